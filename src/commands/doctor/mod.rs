//! `doctor`: checks step by step whether a send would work, without sending a notification.

mod check;
mod network;

use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::command::{Command, Context, Setup};
use super::setup::simulator_location;
use crate::config::{Service, ServiceError, profiles::Profiles};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::unwritable_ancestor;
use crate::output::{BAD, BOLD, HINT, Report, TextWriter};
use crate::simulator::Simulator;
use crate::sqlite::DbLocation;
use crate::text;
use check::{Check, State, fail, invalid, ok, warn};

/// Check settings, key, network, service, clock and files, without sending
#[derive(Debug, Clone, Args)]
pub struct Doctor {}

impl Command for Doctor {
    const NAME: &'static str = "doctor";
    type Input = ();
    type Report = DoctorReport;

    fn validate(self, setup: &Setup<'_>) -> Result<(), Error> {
        let Self {} = self;
        if !setup.session.simulate {
            // Resolved here, where Ctrl-C can end a `credential_command`. A failure is one of the checks.
            drop(setup.session.service(setup.host));
        }
        Ok(())
    }

    async fn run((): (), context: Context<'_>) -> Result<DoctorReport, Error> {
        let mut checks = Vec::new();
        if !context.session.simulate {
            let settings = settings(context);
            let is_readable = settings.state == State::Ok;
            checks.push(settings);
            match context.session.service(context.host) {
                Ok(service) => {
                    checks.extend(account(service));
                    network::check(service, context, &mut checks).await?;
                }
                // The check of the settings has reported this error.
                Err(_) if !is_readable => {}
                Err(error) => checks.push(no_service(&error)),
            }
        }
        checks.push(journal(context));
        if let Some(check) = simulator(context) {
            checks.push(check);
        }
        Ok(DoctorReport { checks })
    }
}

/// The results of the checks. A check that depends on a failed check is omitted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DoctorReport {
    checks: Vec<Check>,
}

impl Report for DoctorReport {
    const SCHEMA: &'static str = "sendivent.doctor/1";

    fn has_outcome(&self) -> bool {
        true
    }

    fn exit(&self) -> Exit {
        let exits = self.checks.iter().map(|check| check.exit);
        Exit::combine(exits.filter(|exit| *exit != Exit::Ok))
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        for check in &self.checks {
            let state = match check.state {
                State::Ok => "ok  ".to_owned(),
                State::Warn => style.paint("warn", BOLD),
                State::Fail => style.paint("fail", BAD),
            };
            let found = style.sanitize(&check.found);
            out.line(format_args!("{state}  {:<11}  {found}", check.name));
            if let Some(fix) = &check.fix {
                let fix = style.sanitize(fix);
                out.line(format_args!("{:<17}  {}", "", style.paint(&fix, HINT)));
            }
        }
    }
}

fn settings(context: Context<'_>) -> Check {
    let path = Profiles::path(context.host);
    match (Profiles::load(context.host), path) {
        (Err(error), _) => invalid("settings", &error),
        (Ok(_), Some(path)) if path.exists() => ok("settings", path.display().to_string()),
        (Ok(_), _) => ok("settings", "no settings file, the defaults are used"),
    }
}

fn no_service(error: &ServiceError) -> Check {
    let (name, exit) = match error {
        ServiceError::Config(_) => ("address", Exit::Usage),
        ServiceError::NoKey { .. }
        | ServiceError::KeyInvalid { .. }
        | ServiceError::KeyUnreadable { .. } => ("key", Exit::Auth),
        ServiceError::NoProfile { .. } => ("profile", Exit::NotFound),
    };
    fail(name, exit, error.to_string(), error.hint())
}

/// Returns the results for the profile, the key, the environment and the address. These checks need no network.
fn account(service: &Service) -> Vec<Check> {
    let environment = service.environment();
    let effect = service.effect();
    vec![
        ok("profile", service.profile.clone()),
        key(service),
        ok("environment", format!("{}: {effect}", environment.as_str())),
        ok(
            "address",
            format!("{}, from {}", service.address, service.address_source),
        ),
    ]
}

fn key(service: &Service) -> Check {
    let found = format!("{}, from {}", service.key.fingerprint(), service.key_source);
    let Some(file) = service.key_source.file() else {
        return ok("key", found);
    };
    match is_shared(file) {
        true => warn(
            "key",
            format!("{found}, which other users can read"),
            format!(
                "chmod 600 {}",
                text::shell_quote(&file.display().to_string())
            ),
        ),
        false => ok("key", found),
    }
}

/// Returns whether other users can read a file. A pipe, such as bash's `<(command)`, does not count as readable by
/// others.
fn is_shared(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o044 != 0)
}

fn journal(context: Context<'_>) -> Check {
    let Some(location) = &context.session.journal else {
        return warn(
            "journal",
            "switched off: a send that is interrupted cannot be looked up",
            "Leave out --no-journal.",
        );
    };
    let location = match location {
        Ok(location) => location,
        Err(error) => return invalid("journal", error),
    };
    database("journal", location, || context.journal().map(drop))
}

/// Checks the simulator's file. Without `--simulate`, returns `None` if the file does not exist or its path is not
/// valid.
fn simulator(context: Context<'_>) -> Option<Check> {
    let (session, host) = (context.session, context.host);
    let location = match &session.simulator_db {
        Ok(location) => location,
        Err(error) => return session.simulate.then(|| invalid("simulator", error)),
    };
    if !session.simulate && matches!(location, DbLocation::File(path) if !path.exists()) {
        return None;
    }
    Some(match simulator_location(session) {
        Ok(location) => database("simulator", location, || {
            Simulator::open(location, host.clock.clone(), host.entropy.clone())?;
            Ok(())
        }),
        Err(error) => unusable_file("simulator", &error),
    })
}

fn database(
    name: &'static str,
    location: &DbLocation,
    open: impl FnOnce() -> Result<(), Error>,
) -> Check {
    if let Some(check) = missing_file(name, location) {
        return check;
    }
    match open() {
        Ok(()) => ok(name, location.to_string()),
        Err(error) => unusable_file(name, &error),
    }
}

/// Checks that a missing file can be created. Returns `None` if the file exists, or if the database is in memory.
fn missing_file(name: &'static str, location: &DbLocation) -> Option<Check> {
    let DbLocation::File(path) = location else {
        return None;
    };
    if path.exists() {
        return None;
    }
    let path_text = path.display();
    let Some(folder) = unwritable_ancestor(path) else {
        return Some(ok(name, format!("{path_text}, not created yet")));
    };
    let fix = match name {
        "journal" => "Set XDG_STATE_HOME to a writable folder, or use --no-journal.",
        _ => "Name a file elsewhere: --simulator-db FILE.",
    };
    let why = if folder.is_dir() {
        "cannot be written"
    } else {
        "is not a folder"
    };
    let found = format!(
        "{path_text} cannot be created: `{}` {why}",
        folder.display()
    );
    Some(fail(name, Exit::Error, found, fix))
}

fn unusable_file(name: &'static str, error: &Error) -> Check {
    let fix = error.hint().unwrap_or_default();
    fail(name, Exit::Error, error.to_string(), fix)
}
