//! `doctor`: everything that a send needs, looked at step by step. It sends nothing.

mod way;

use std::path::Path;

use super::{Context, connect, login};
use crate::config::credentials::KeySource;
use crate::config::{ConfigError, Service, ServiceError, profiles::Profiles};
use crate::error::Error;
use crate::host::unwritable_ancestor;
use crate::report::{Check, Report, State, Trouble};
use crate::simulator::Simulator;
use crate::sqlite::DbLocation;
use crate::text;

/// Checks everything. What depends on something that failed is left out.
pub async fn run(context: Context<'_>) -> Result<Report, Error> {
    let mut checks = Vec::new();
    if !context.session.simulate {
        let settings = settings(context);
        let readable = settings.state == State::Ok;
        checks.push(settings);
        match context.session.service(context.host) {
            Ok(service) => {
                checks.extend(account(service));
                way::check(service, context, &mut checks).await?;
            }
            // What is wrong with the settings was said.
            Err(_) if !readable => {}
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
    let path = Profiles::path(context.host);
    match (Profiles::load(context.host), path) {
        (Err(ConfigError { message, hint }), _) => {
            fail("settings", Trouble::Settings, message, &hint)
        }
        (Ok(_), Some(path)) if path.exists() => ok("settings", path.display().to_string()),
        (Ok(_), _) => ok("settings", "no settings file, the defaults are used"),
    }
}

fn no_service(error: &ServiceError) -> Check {
    let (name, trouble) = match error {
        ServiceError::Config(_) => ("address", Trouble::Settings),
        ServiceError::NoKey { .. }
        | ServiceError::KeyInvalid { .. }
        | ServiceError::KeyUnreadable { .. } => ("key", Trouble::Key),
        ServiceError::NoProfile { .. } => ("profile", Trouble::Profile),
    };
    fail(name, trouble, error.to_string(), &error.hint())
}

/// What is known of the account without the network.
fn account(service: &Service) -> Vec<Check> {
    let environment = service.environment();
    let real = service.effect();
    vec![
        ok("profile", service.profile.clone()),
        key(service),
        ok("environment", format!("{}: {real}", environment.as_str())),
        ok(
            "address",
            format!("{}, from {}", service.address, service.address_source),
        ),
    ]
}

fn key(service: &Service) -> Check {
    let found = format!("{}, from {}", service.key.fingerprint(), service.key_source);
    let file = match &service.key_source {
        KeySource::Login(path) => path.display().to_string(),
        KeySource::Flag(path) | KeySource::FileVariable(path) => path.clone(),
        KeySource::Variable | KeySource::Command(_) => return ok("key", found),
    };
    match is_shared(Path::new(&file)) {
        true => warn(
            "key",
            format!("{found}, which others on this machine can read"),
            &format!("chmod 600 {}", text::shell_quote(&file)),
        ),
        false => ok("key", found),
    }
}

/// Returns whether others may read a file. What is no file, such as a pipe from another program, is read once.
fn is_shared(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o044 != 0)
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
    if let Some(check) = to_be_made("journal", place) {
        return check;
    }
    match connect::journal(context) {
        Ok(_) => ok("journal", login::shown(place)),
        Err(error) => broken("journal", &error),
    }
}

/// The simulator's file, if there is one: who never simulates has none.
fn simulator(context: Context<'_>) -> Option<Check> {
    let place = match &context.session.simulator_db {
        Ok(place) => place,
        Err(invalid) if context.session.simulate => {
            let fix = &invalid.hint;
            return Some(fail("simulator", Trouble::Settings, &*invalid.message, fix));
        }
        Err(_) => return None,
    };
    if let Err(error) = connect::simulator_location(context.session) {
        return Some(broken("simulator", &error)).filter(|_| context.session.simulate);
    }
    if let Some(check) = to_be_made("simulator", place) {
        return context.session.simulate.then_some(check);
    }
    let host = context.host;
    let opened = Simulator::open(place, host.clock.clone(), host.entropy.clone());
    Some(match opened {
        Ok(_) => ok("simulator", login::shown(place)),
        Err(error) => broken("simulator", &Error::from(error)),
    })
}

/// Returns whether a file can be made, if it does not exist yet.
fn to_be_made(name: &'static str, place: &DbLocation) -> Option<Check> {
    let DbLocation::File(path) = place else {
        return None;
    };
    if path.exists() {
        return None;
    }
    let shown = path.display();
    let Some(folder) = unwritable_ancestor(path) else {
        return Some(ok(name, format!("{shown}, not made yet")));
    };
    let fix = match name {
        "journal" => {
            "Set XDG_STATE_HOME to a folder that can be written, or go on with --no-journal."
        }
        _ => "Name a file elsewhere: --simulator-db FILE.",
    };
    let why = if folder.is_dir() {
        "cannot be written"
    } else {
        "is no folder"
    };
    let found = format!("{shown} cannot be made: `{}` {why}", folder.display());
    Some(fail(name, Trouble::File, found, fix))
}

fn broken(name: &'static str, error: &Error) -> Check {
    let fix = error.hint().unwrap_or_default();
    fail(name, Trouble::File, error.to_string(), &fix)
}
