//! The network checks of `doctor`: proxy, DNS, TCP, TLS, the service's response, and the clock.

use std::fmt::Display;
use std::time::Duration;

use super::check::{Check, fail, ok, warn};
use crate::client::probe::{self, Probe};
use crate::client::{AttemptError, ClientBuildError, ProxySettings, TransportError};
use crate::commands::command::Context;
use crate::config::Service;
use crate::error::Error;
use crate::exit::Exit;
use crate::text;

/// The maximum accepted difference between this machine's clock and the service's clock.
const MAX_SKEW: Duration = Duration::from_secs(5);

/// Connects to the service step by step, and adds the result of each step to `checks`. Stops at the first failure.
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
            let found = format!("the proxy in {}", proxy.variable);
            checks.push(ok("proxy", found));
        }
        Ok(None) if direct(service, context, checks).await? => {}
        Ok(None) => return Ok(()),
    }
    let deadline = context.host.clock.elapsed() + 2 * probe::STEP_TIMEOUT;
    let client = match context.client(Some(deadline)) {
        Err(Error::ClientBuildError(error @ ClientBuildError::Authorities { .. })) => {
            checks.push(unusable("tls", error));
            return Ok(());
        }
        client => client?,
    };
    match client.probe().await {
        Ok(probe) => {
            if service.address.is_secure {
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
            checks.push(failed(name, &fault, fault.hint()));
        }
        Err(error) => checks.push(failed("service", &error, None)),
    }
    Ok(())
}

/// Creates the result of a check that failed because an environment variable, such as `HTTPS_PROXY`, is not valid.
fn unusable(name: &'static str, error: ClientBuildError) -> Check {
    let fix = error.hint().unwrap_or_default();
    fail(name, Exit::Usage, error.to_string(), fix)
}

/// Creates the result of a network check that failed. Without a hint, the fix is general advice.
fn failed(name: &'static str, error: &impl Display, hint: Option<&str>) -> Check {
    let fix = hint.unwrap_or("Check the network, or try again later.");
    fail(name, Exit::Unavailable, error.to_string(), fix)
}

/// Looks up the service's host name and opens a TCP connection. Returns whether both succeeded.
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
            checks.push(failed("dns", &fault, fault.hint()));
            return Ok(false);
        }
    };
    let named = address.host.parse::<std::net::IpAddr>().is_err();
    checks.push(ok(
        "dns",
        match found.len() {
            _ if !named => "no name to look up".to_owned(),
            1 => format!("{} has 1 address", address.host),
            count => format!("{} has {count} addresses", address.host),
        },
    ));
    let connected = host
        .run_until_interrupted(probe::connect(address, &found))
        .await;
    match connected.map_err(Error::Interrupted)? {
        Ok(socket_address) => {
            checks.push(ok("tcp", format!("{socket_address} accepts connections")));
            Ok(true)
        }
        Err(fault) => {
            checks.push(failed("tcp", &fault, fault.hint()));
            Ok(false)
        }
    }
}

fn answer(probe: &Probe, service: &Service) -> Check {
    let status = probe.status;
    let no = |exit, found: String, fix| fail("service", exit, found, fix);
    match status {
        300..=399 => no(
            Exit::Unavailable,
            format!("the response is a redirect (HTTP {status}), which is not followed"),
            "Log in to the network if it has a login page, or check the address and the proxy.",
        ),
        ..=428 | 430..=499 if probe.is_foreign => no(
            Exit::Unavailable,
            format!("the response is not JSON (HTTP {status})"),
            "Another server responds in place of the service: a login page, a proxy or another program.",
        ),
        401 => no(
            Exit::Auth,
            format!("rejects the key from {} (401)", service.key_source),
            "Copy the key from the dashboard again; `sendivent login` stores it.",
        ),
        402 | 403 => no(
            Exit::Refused,
            format!("accepts the key, but rejects the request (HTTP {status})"),
            match status {
                402 => "See `sendivent explain 402`.",
                _ => "See `sendivent explain 403`.",
            },
        ),
        200..=299 | 404 if probe.simulated => {
            ok("service", "a simulator responds: nothing is delivered")
        }
        200..=299 | 404 => ok("service", "responds, and accepts the key"),
        429 => warn(
            "service",
            "responds, but limits the rate (429)",
            "Wait a little before the next send.",
        ),
        500.. => no(
            Exit::Unavailable,
            format!("reports an internal error (HTTP {status})"),
            "Try again later.",
        ),
        _ => no(
            Exit::Unavailable,
            format!("unexpected response (HTTP {status})"),
            "Check the address: another program may respond there.",
        ),
    }
}

/// Compares this machine's clock with the `Date` header of the response. Returns `None` if the header is missing, or if
/// a simulator responded, because its clock is virtual.
fn clock(probe: &Probe, context: Context<'_>) -> Option<Check> {
    let theirs = probe.date.filter(|_| !probe.simulated)?;
    let ours = context.host.clock.now();
    let skew = Duration::from_millis(ours.abs_diff(theirs));
    if skew <= MAX_SKEW {
        return Some(ok("clock", "agrees with the service's"));
    }
    let direction = if ours > theirs { "ahead of" } else { "behind" };
    Some(warn(
        "clock",
        format!("{} {direction} the service's", text::format_duration(skew)),
        "Set the clock of this machine.",
    ))
}
