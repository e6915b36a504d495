//! `doctor`: everything that a send needs, looked at step by step. It sends nothing.

use std::time::Duration;

use super::{Context, connect, login};
use crate::client::TransportFault;
use crate::client::probe::{self, Probe, Stopped};
use crate::config::{self, Invalid, Service, ServiceError, profiles::Profiles};
use crate::error::Error;
use crate::report::{Check, Report, State, Trouble};
use crate::simulator::Simulator;
use crate::words;

/// How far two clocks may be apart before times of sends are misleading.
const MOST_SKEW: Duration = Duration::from_secs(5);

/// Checks everything. What depends on something that failed is left out.
pub async fn run(context: Context<'_>) -> Result<Report, Error> {
    let mut checks = Vec::new();
    if !context.session.simulate {
        checks.push(settings(context));
        match context.session.service(context.world) {
            Ok(service) => {
                checks.extend(account(service, context));
                way(service, context, &mut checks).await?;
            }
            Err(error) => checks.push(no_service(&error)),
        }
    }
    checks.push(journal(context));
    if let Some(check) = simulator(context) {
        checks.push(check);
    }
    Ok(Report::Diagnosis(checks))
}

fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check {
        name,
        state: State::Ok,
        found: found.into(),
        fix: None,
    }
}

fn warn(name: &'static str, found: impl Into<String>, fix: &str) -> Check {
    Check {
        state: State::Warn,
        fix: Some(fix.to_owned()),
        ..ok(name, found)
    }
}

fn fail(name: &'static str, trouble: Trouble, found: impl Into<String>, fix: &str) -> Check {
    Check {
        state: State::Fail(trouble),
        fix: Some(fix.to_owned()),
        ..ok(name, found)
    }
}

fn settings(context: Context<'_>) -> Check {
    let path = Profiles::path(context.world);
    match (Profiles::load(context.world), path) {
        (Err(Invalid { message, hint }), _) => fail("settings", Trouble::Settings, message, &hint),
        (Ok(_), Some(path)) if path.exists() => ok("settings", path.display().to_string()),
        (Ok(_), _) => ok("settings", "no settings file, the defaults are used"),
    }
}

fn no_service(error: &ServiceError) -> Check {
    let (name, trouble) = match error {
        ServiceError::Invalid(_) => ("address", Trouble::Settings),
        ServiceError::NoKey { .. } | ServiceError::KeyRejected { .. } => ("key", Trouble::Key),
        ServiceError::NoProfile { .. } => ("profile", Trouble::Profile),
    };
    fail(name, trouble, error.to_string(), &error.hint())
}

/// What is known of the account without the network.
fn account(service: &Service, context: Context<'_>) -> Vec<Check> {
    let mut key = ok(
        "key",
        format!("{}, from {}", service.key.fingerprint(), service.key_source),
    );
    if let config::credentials::KeySource::Login(path) = &service.key_source
        && is_shared(path)
    {
        key = warn(
            "key",
            format!("{} can be read by others", path.display()),
            &format!("chmod 600 {}", words::shell(&path.display().to_string())),
        );
    }
    let environment = service.environment().as_str();
    let real = match service.environment() {
        crate::api::Environment::Sandbox => "it delivers for real; only --simulate does not",
        crate::api::Environment::Production if service.live => "the profile sends without --live",
        crate::api::Environment::Production => "a send needs --live",
    };
    let mut checks = vec![
        ok("profile", service.profile.clone()),
        key,
        ok("environment", format!("{environment}: {real}")),
        ok(
            "address",
            format!("{}, from {}", service.address, service.address_source),
        ),
    ];
    let variables = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let proxy = variables
        .iter()
        .find(|name| context.world.variable(name).is_some());
    if let Some(name) = proxy.filter(|_| !service.address.is_loopback()) {
        checks.push(ok("proxy", format!("as {name} says")));
    }
    checks
}

fn is_shared(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0)
}

/// The way to the service, until it ends.
async fn way(
    service: &Service,
    context: Context<'_>,
    checks: &mut Vec<Check>,
) -> Result<(), Error> {
    let behind_proxy = checks.iter().any(|check| check.name == "proxy");
    if !behind_proxy && !direct(service, context, checks).await? {
        return Ok(());
    }
    let deadline = context.world.clock.elapsed() + 2 * probe::LIMIT;
    let client = connect::client(context, Some(deadline))?;
    match client.probe().await {
        Ok(probe) => {
            if service.address.is_secure() {
                checks.push(ok("tls", "the certificate is trusted"));
            }
            checks.extend(answer(&probe, context));
        }
        Err(Stopped::Interrupted(interrupt)) => return Err(Error::Interrupted(interrupt)),
        Err(Stopped::Fault(fault)) => {
            let name = match fault {
                TransportFault::Certificate { .. } | TransportFault::Tls { .. } => "tls",
                _ => "service",
            };
            checks.push(stopped(&fault, name));
        }
    }
    Ok(())
}

/// The name and the connection. Returns whether the way goes on.
async fn direct(
    service: &Service,
    context: Context<'_>,
    checks: &mut Vec<Check>,
) -> Result<bool, Error> {
    let address = &service.address;
    let world = context.world;
    let found = world.unless_interrupted(probe::resolve(address)).await;
    let found = match found.map_err(Error::Interrupted)? {
        Ok(found) => found,
        Err(fault) => {
            checks.push(stopped(&fault, "dns"));
            return Ok(false);
        }
    };
    checks.push(ok(
        "dns",
        format!(
            "{} has {}",
            address.host(),
            match found.len() {
                1 => "1 address".to_owned(),
                count => format!("{count} addresses"),
            }
        ),
    ));
    let connected = world
        .unless_interrupted(probe::connect(address, &found))
        .await;
    match connected.map_err(Error::Interrupted)? {
        Ok(place) => {
            checks.push(ok("tcp", format!("{place} takes connections")));
            Ok(true)
        }
        Err(fault) => {
            checks.push(stopped(&fault, "tcp"));
            Ok(false)
        }
    }
}

fn stopped(fault: &TransportFault, name: &'static str) -> Check {
    let fix = fault
        .hint()
        .unwrap_or("Check the network, or try again later.");
    fail(name, Trouble::Network, fault.to_string(), fix)
}

fn answer(probe: &Probe, context: Context<'_>) -> Vec<Check> {
    let status = probe.status;
    let who = if probe.simulated {
        "the simulator"
    } else {
        "the service"
    };
    let mut checks = vec![match status {
        401 => fail(
            "service",
            Trouble::Key,
            "the service does not know the key (401)",
            "Store the right one with `sendivent login`, or see `sendivent explain 401`.",
        ),
        300..=399 => fail(
            "service",
            Trouble::Network,
            format!("something in between leads elsewhere (HTTP {status})"),
            "Log in to the network, or check the proxy and the address.",
        ),
        _ if probe.is_page => fail(
            "service",
            Trouble::Network,
            format!("a page came where JSON belongs (HTTP {status})"),
            "Something answers in the service's place: a login page, a proxy, or another program.",
        ),
        200..=299 | 404 => ok("service", format!("{who} answers and knows the key")),
        429 => warn(
            "service",
            "the service answers, and limits the rate (429)",
            "Wait a little before the next send.",
        ),
        _ => fail(
            "service",
            Trouble::Network,
            format!("the service answers HTTP {status}"),
            "Try again later.",
        ),
    }];
    // The simulator's clock is virtual, and is meant to differ.
    if let Some(date) = probe.date.filter(|_| !probe.simulated) {
        let skew = context.world.clock.now().abs_diff(date);
        let skew = Duration::from_millis(skew);
        checks.push(if skew > MOST_SKEW {
            warn(
                "clock",
                format!("{} apart from the service's", words::duration(skew)),
                "Set this machine's clock: times and signatures are compared.",
            )
        } else {
            ok("clock", "agrees with the service's")
        });
    }
    checks
}

fn journal(context: Context<'_>) -> Check {
    let Some(place) = &context.session.journal else {
        return warn(
            "journal",
            "switched off: a send that is interrupted cannot be looked up",
            "Leave --no-journal out.",
        );
    };
    let place = match place {
        Ok(place) => place,
        Err(invalid) => {
            return fail(
                "journal",
                Trouble::Settings,
                &*invalid.message,
                &invalid.hint,
            );
        }
    };
    if matches!(place, crate::sqlite::Place::File(path) if !path.exists()) {
        return ok("journal", format!("{}, not made yet", login::shown(place)));
    }
    match connect::journal(context) {
        Ok(_) => ok("journal", login::shown(place)),
        Err(error) => broken("journal", &error),
    }
}

/// The simulator's file, if there is one: who never simulates has none.
fn simulator(context: Context<'_>) -> Option<Check> {
    let place = match &context.session.simulator {
        Ok(place) => place,
        Err(invalid) if context.session.simulate => {
            let fix = &invalid.hint;
            return Some(fail("simulator", Trouble::Settings, &*invalid.message, fix));
        }
        Err(_) => return None,
    };
    if matches!(place, crate::sqlite::Place::File(path) if !path.exists()) {
        let made = format!("{}, not made yet", login::shown(place));
        return context.session.simulate.then(|| ok("simulator", made));
    }
    let world = context.world;
    let opened = Simulator::open(place, world.clock.clone(), world.entropy.clone());
    Some(match opened {
        Ok(_) => ok("simulator", login::shown(place)),
        Err(error) => broken("simulator", &Error::from(error)),
    })
}

fn broken(name: &'static str, error: &Error) -> Check {
    let fix = error.hint().unwrap_or_default();
    fail(name, Trouble::File, error.to_string(), &fix)
}
