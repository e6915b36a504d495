//! Settings, resolved from the global flags, then the environment, then the settings file, then defaults.

pub mod credentials;
mod error;
mod key_source;
mod options;
mod paths;
pub mod profiles;
mod service;
mod variables;

use std::cell::{Cell, OnceCell};
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::host::Host;
use crate::sqlite::DbLocation;
use crate::text;

pub use error::{ConfigError, ServiceError};
pub use options::{Choice, ColorChoice, Progress, ServiceFlags};
use paths::{journal_location, simulator_location};
pub use service::{
    Service, requested_profile, resolve_address, resolve_profile, resolve_profile_name,
    service_id_prefix,
};
pub use variables::bool_variable;
use variables::is_on;

/// The global flags as given on the command line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flags {
    pub simulate: bool,
    pub simulator_db: Option<String>,
    pub no_journal: bool,
    pub color: Option<ColorChoice>,
    pub progress: Option<Progress>,
    pub no_input: bool,
    pub no_pii: bool,
    pub utc: bool,
    pub tz: Option<String>,
    pub verbose: bool,
    /// The flags that select the live service.
    pub service: ServiceFlags,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub session: Session,
    pub output_settings: OutputSettings,
}

/// The service, the local files, and whether prompts are possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Whether `--simulate` is in effect.
    pub simulate: bool,
    /// The simulator's database. An error is reported only by commands that need it.
    pub simulator_db: Result<DbLocation, ConfigError>,
    /// Whether the flag or the environment variable names the simulator's database.
    pub has_explicit_simulator_db: bool,
    /// The namespace in the simulator's database; `None` for the default one.
    pub namespace: Option<String>,
    /// The journal; `None` with `--no-journal`.
    pub journal: Option<Result<DbLocation, ConfigError>>,
    /// Whether the user can be prompted.
    pub can_prompt: bool,
    /// Whether recipients and payloads are masked.
    pub no_pii: bool,
    /// The flags that select the live service.
    pub flags: ServiceFlags,
    resolver: ServiceResolver,
}

/// The live service, resolved on first use: a `credential_command` may prompt for a password.
#[derive(Debug, Clone, PartialEq, Default)]
struct ServiceResolver {
    service: OnceCell<Result<Service, ServiceError>>,
    /// The timeout of the whole command, which bounds a `credential_command`.
    timeout: Cell<Option<Duration>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OutputSettings {
    pub color_stdout: bool,
    pub color_stderr: bool,
    pub progress: Progress,
    /// The time zone of times in text.
    pub zone: TimeZone,
    /// Whether recipients and payloads are masked.
    pub no_pii: bool,
    /// The program with the flags that select the same service, for commands in hints: `sendivent --simulate`.
    pub program: String,
    /// Whether requests and responses are logged to stderr.
    pub verbose: bool,
}

impl Session {
    /// Returns the live service, resolving it on first use.
    pub fn service(&self, host: &Host) -> Result<&Service, ServiceError> {
        let ServiceResolver { service, timeout } = &self.resolver;
        let service = service.get_or_init(|| Service::resolve(&self.flags, timeout.get(), host));
        service.as_ref().map_err(Clone::clone)
    }

    /// Bounds a `credential_command` by the timeout of the whole command. Zero means no deadline: a single poll is bounded
    /// by its own timeout.
    pub fn set_deadline(&self, timeout: Option<Duration>) {
        let timeout = timeout.filter(|timeout| !timeout.is_zero());
        self.resolver.timeout.set(timeout);
    }

    /// Returns the id of the service in use, if that needs no file to be read.
    pub fn known_service_id(&self) -> Option<String> {
        match self.simulate {
            true => Some(self.simulator_service_id()),
            false => self.resolved_service().map(Service::service_id),
        }
    }

    /// Returns the live service if it is already resolved.
    pub fn resolved_service(&self) -> Option<&Service> {
        self.resolver.service.get()?.as_ref().ok()
    }

    /// Returns the id of the service in use, by which the journal separates its rows.
    pub fn service_id(&self, host: &Host) -> Result<String, ServiceError> {
        match self.simulate {
            true => Ok(self.simulator_service_id()),
            false => Ok(self.service(host)?.service_id()),
        }
    }

    /// Returns the id of the simulator's database and namespace.
    pub fn simulator_service_id(&self) -> String {
        let file = match &self.simulator_db {
            Ok(DbLocation::File(path)) => format!("simulator {}", path.display()),
            Ok(DbLocation::Memory) | Err(_) => "simulator".to_owned(),
        };
        match &self.namespace {
            Some(namespace) => format!("{file}, namespace {namespace}"),
            None => file,
        }
    }
}

impl Settings {
    pub fn resolve(flags: Flags, host: &Host) -> Result<Self, ConfigError> {
        let Flags {
            simulate,
            simulator_db,
            no_journal,
            color,
            progress,
            no_input,
            no_pii,
            utc,
            tz,
            verbose,
            service,
        } = flags;
        let simulate = simulate || bool_variable(host, "SENDIVENT_SIMULATE")?;
        let no_pii = no_pii || bool_variable(host, "SENDIVENT_NO_PII")?;
        let program = program_with_flags(simulate, simulator_db.as_deref(), &service);
        let (simulator_db, has_explicit_simulator_db) = simulator_location(simulator_db, host);
        let color = color.unwrap_or_default();
        Ok(Self {
            session: Session {
                simulate,
                has_explicit_simulator_db,
                namespace: credentials::key_namespace(host),
                journal: (!no_journal).then(|| journal_location(simulate, &simulator_db, host)),
                simulator_db,
                can_prompt: host.terminal.stdin
                    && host.terminal.stderr
                    && !no_input
                    && !is_on(host, "CI"),
                no_pii,
                flags: service,
                resolver: ServiceResolver::default(),
            },
            output_settings: OutputSettings {
                color_stdout: is_colored(color, host.terminal.stdout, host),
                color_stderr: is_colored(color, host.terminal.stderr, host),
                progress: resolve_progress(progress.unwrap_or_default(), verbose, host),
                zone: time_zone(utc, tz, host)?,
                no_pii,
                program,
                verbose,
            },
        })
    }
}

fn has_dumb_terminal(host: &Host) -> bool {
    host.variable("TERM").is_none_or(|term| term == "dumb")
}

fn is_colored(choice: ColorChoice, is_terminal: bool, host: &Host) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if host.variable("NO_COLOR").is_some() => false,
        ColorChoice::Auto if is_on(host, "CLICOLOR_FORCE") => true,
        ColorChoice::Auto => is_terminal && !has_dumb_terminal(host),
    }
}

fn resolve_progress(choice: Progress, verbose: bool, host: &Host) -> Progress {
    // Log lines on the same terminal would tear redrawn lines.
    let can_redraw =
        host.terminal.stderr && !is_on(host, "CI") && !has_dumb_terminal(host) && !verbose;
    match choice {
        Progress::Auto if can_redraw => Progress::Live,
        Progress::Auto => Progress::Plain,
        chosen => chosen,
    }
}

fn program_with_flags(
    simulate: bool,
    simulator_db: Option<&str>,
    service: &ServiceFlags,
) -> String {
    let mut program = match simulate {
        true => "sendivent --simulate".to_owned(),
        false => "sendivent".to_owned(),
    };
    let mut add = |flag: &str, value: Option<&str>| {
        if let Some(value) = value {
            program.push_str(&format!(" {flag} {}", text::shell_quote(value)));
        }
    };
    add("--simulator-db", simulator_db);
    if simulate {
        return program;
    }
    let ServiceFlags {
        profile,
        api_url,
        key_file,
        allow_http,
    } = service;
    add("--profile", profile.as_deref());
    add("--api-url", api_url.as_deref());
    // A key that was read from stdin is not there for the next command.
    let key_file = key_file.as_deref().filter(|file| *file != "-");
    add("--api-key-file", key_file);
    if *allow_http {
        program.push_str(" --allow-http");
    }
    program
}

fn time_zone(utc: bool, name: Option<String>, host: &Host) -> Result<TimeZone, ConfigError> {
    match name {
        Some(name) => TimeZone::get(&name).map_err(|_| {
            ConfigError::new(
                format!("--tz: `{name}` is not a time zone"),
                "Use a name like Europe/Stockholm or America/New_York.",
            )
        }),
        None if utc => Ok(TimeZone::UTC),
        None => Ok(host.time_zone()),
    }
}
