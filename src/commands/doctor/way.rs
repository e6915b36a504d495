//! The way to the service: name, connection, encryption, answer, clock.

use std::time::Duration;

use super::{fail, ok, warn};
use crate::client::probe::{self, Probe};
use crate::client::{AttemptError, ClientBuildError, ProxySettings, TransportError};
use crate::commands::{Context, connect};
use crate::config::Service;
use crate::error::Error;
use crate::report::{Check, Trouble};
use crate::text;

/// How far two clocks may be apart before times of sends are misleading.
const MOST_SKEW: Duration = Duration::from_secs(5);

/// Goes the way to the service, until it ends.
pub async fn check(
    service: &Service,
    context: Context<'_>,
    checks: &mut Vec<Check>,
) -> Result<(), Error> {
    match ProxySettings::find(&service.address, context.host) {
        Err(error) => {
            checks.push(unusable("proxy", error));
            return Ok(());
        }
        Ok(Some(proxy)) => {
            let found = format!("the one that {} names", proxy.variable);
            checks.push(ok("proxy", found));
        }
        Ok(None) if direct(service, context, checks).await? => {}
        Ok(None) => return Ok(()),
    }
    let deadline = context.host.clock.elapsed() + 2 * probe::STEP_TIMEOUT;
    let client = match connect::client(context, Some(deadline)) {
        Err(Error::ClientBuildError(error @ ClientBuildError::Authorities { .. })) => {
            checks.push(unusable("tls", error));
            return Ok(());
        }
        client => client?,
    };
    match client.probe().await {
        Ok(probe) => {
            if service.address.is_secure() {
                checks.push(ok("tls", "the certificate is trusted"));
            }
            checks.push(answer(&probe, service));
            checks.extend(clock(&probe, context));
        }
        Err(AttemptError::Interrupted(interrupt)) => return Err(Error::Interrupted(interrupt)),
        Err(AttemptError::Transport(fault)) => {
            let name = match fault {
                TransportError::Certificate { .. } | TransportError::Tls { .. } => "tls",
                _ => "service",
            };
            checks.push(stopped(name, &fault));
        }
        Err(error) => checks.push(fail(
            "service",
            Trouble::Network,
            error.to_string(),
            "Check the network, or try again later.",
        )),
    }
    Ok(())
}

/// Returns the step that the environment spoils.
fn unusable(name: &'static str, error: ClientBuildError) -> Check {
    let fix = error.hint().unwrap_or_default();
    fail(name, Trouble::Settings, error.to_string(), &fix)
}

/// Returns the step where the way ends.
fn stopped(name: &'static str, fault: &TransportError) -> Check {
    let fix = fault
        .hint()
        .unwrap_or("Check the network, or try again later.");
    fail(name, Trouble::Network, fault.to_string(), fix)
}

/// The name and the connection. Returns whether the way goes on.
async fn direct(
    service: &Service,
    context: Context<'_>,
    checks: &mut Vec<Check>,
) -> Result<bool, Error> {
    let address = &service.address;
    let host = context.host;
    let found = host.run_until_interrupted(probe::resolve(address)).await;
    let found = match found.map_err(Error::Interrupted)? {
        Ok(found) => found,
        Err(fault) => {
            checks.push(stopped("dns", &fault));
            return Ok(false);
        }
    };
    let named = address.host().parse::<std::net::IpAddr>().is_err();
    checks.push(ok(
        "dns",
        match found.len() {
            _ if !named => "no name to look up".to_owned(),
            1 => format!("{} has 1 address", address.host()),
            count => format!("{} has {count} addresses", address.host()),
        },
    ));
    let connected = host
        .run_until_interrupted(probe::connect(address, &found))
        .await;
    match connected.map_err(Error::Interrupted)? {
        Ok(place) => {
            checks.push(ok("tcp", format!("{place} takes connections")));
            Ok(true)
        }
        Err(fault) => {
            checks.push(stopped("tcp", &fault));
            Ok(false)
        }
    }
}

fn answer(probe: &Probe, service: &Service) -> Check {
    let status = probe.status;
    let no = |trouble, found: String, fix| fail("service", trouble, found, fix);
    match status {
        300..=399 => no(
            Trouble::Network,
            format!("the answer leads elsewhere (HTTP {status}), and is not followed"),
            "Log in to the network if it asks for that, or check the address and the proxy.",
        ),
        ..=428 | 430..=499 if probe.is_foreign => no(
            Trouble::Network,
            format!("what came is not JSON (HTTP {status})"),
            "Something answers in the service's place: a login page, a proxy, or another program.",
        ),
        401 => no(
            Trouble::Key,
            format!("it does not know the key from {} (401)", service.key_source),
            "Copy the key from the dashboard again; `sendivent login` stores it.",
        ),
        402 | 403 => no(
            Trouble::Refused,
            format!("it knows the key, and refuses (HTTP {status})"),
            match status {
                402 => "See `sendivent explain 402`.",
                _ => "See `sendivent explain 403`.",
            },
        ),
        200..=299 | 404 if probe.simulated => ok("service", "a simulator answers: nothing is real"),
        200..=299 | 404 => ok("service", "answers, and knows the key"),
        429 => warn(
            "service",
            "answers, but limits the rate (429)",
            "Wait a little before the next send.",
        ),
        500.. => no(
            Trouble::Network,
            format!("is in trouble itself (HTTP {status})"),
            "Try again later.",
        ),
        _ => no(
            Trouble::Network,
            format!("answers what it should not (HTTP {status})"),
            "Check the address: another program may answer there.",
        ),
    }
}

/// Compares the clocks. That of a simulator is virtual, and is meant to differ.
fn clock(probe: &Probe, context: Context<'_>) -> Option<Check> {
    let theirs = probe.date.filter(|_| !probe.simulated)?;
    let ours = context.host.clock.now();
    let skew = Duration::from_millis(ours.abs_diff(theirs));
    if skew <= MOST_SKEW {
        return Some(ok("clock", "agrees with the service's"));
    }
    let way = if ours > theirs { "ahead of" } else { "behind" };
    Some(warn(
        "clock",
        format!("{} {way} the service's", text::format_duration(skew)),
        "Set the clock of this machine: the times that it shows are wrong.",
    ))
}
