//! Settings: what the global flags say over what the environment says over the defaults.

pub mod credentials;
mod options;
mod paths;
pub mod profiles;
mod service;

use std::cell::{Cell, OnceCell};
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::host::Host;
use crate::sqlite::DbLocation;
use crate::text;

pub use options::{ColorChoice, Format, Progress};
use paths::{journal_location, simulator_location};
pub use service::{
    Service, ServiceError, ServiceFlags, requested_profile, resolve_address, resolve_profile,
    resolve_profile_name, service_id_prefix,
};

/// The global flags, as they were typed. What is missing was not typed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flags {
    /// `--simulate`
    pub simulate: bool,
    /// `--simulator-db`
    pub simulator_db: Option<String>,
    /// `--no-journal`
    pub no_journal: bool,
    /// `--output`, or what `--json` and `--quiet` are short for
    pub output: Option<Format>,
    /// `--color`
    pub color: Option<ColorChoice>,
    /// `--progress`
    pub progress: Option<Progress>,
    /// `--no-input`
    pub no_input: bool,
    /// `--no-pii`
    pub no_pii: bool,
    /// `--utc`
    pub utc: bool,
    /// `--tz`
    pub tz: Option<String>,
    /// `--verbose`
    pub verbose: bool,
    /// What they say of the live service.
    pub service: ServiceFlags,
}

/// What the flags, the environment and the defaults come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the run looks.
    pub session: Session,
    /// How the run talks.
    pub output_settings: OutputSettings,
}

/// Where the run looks, and whether it may ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Whether the run is simulated.
    pub simulate: bool,
    /// The simulator's file; an error when there is no place for it, told when it is needed.
    pub simulator_db: Result<DbLocation, ConfigError>,
    /// Whether the simulator's file was named, by the flag or the variable.
    pub has_explicit_simulator_db: bool,
    /// The run whose world of the simulator's file is seen; none for the main one.
    pub namespace: Option<String>,
    /// The journal; none when it is switched off.
    pub journal: Option<Result<DbLocation, ConfigError>>,
    /// Whether questions may be asked.
    pub can_prompt: bool,
    /// Whether recipients and payloads are masked.
    pub no_pii: bool,
    /// What the flags say of the live service.
    pub flags: ServiceFlags,
    search: Search,
}

/// The search for the live service.
#[derive(Debug, Clone, PartialEq, Default)]
struct Search {
    /// The live service, once it was looked for.
    service: OnceCell<Result<Service, ServiceError>>,
    /// How long the whole run may take, once that was read; none for no end.
    time: Cell<Option<Duration>>,
}

/// How the run talks.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputSettings {
    /// The format of results.
    pub format: Format,
    /// Whether stdout takes colour.
    pub color_stdout: bool,
    /// Whether stderr takes colour.
    pub color_stderr: bool,
    /// How progress is shown.
    pub progress: Progress,
    /// The time zone of times in text.
    pub zone: TimeZone,
    /// Whether recipients and payloads are masked.
    pub no_pii: bool,
    /// The program with the flags that bring another run to the same service: `sendivent --simulate`.
    pub program: String,
    /// Whether requests and answers are shown.
    pub verbose: bool,
}

/// A setting that cannot be used: what is wrong, and the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong, naming the flag or the variable.
    pub message: String,
    /// The fix.
    pub hint: String,
}

impl Session {
    /// Returns the live service. It is looked for once: a `credential_command` may ask for a password.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn service(&self, host: &Host) -> Result<&Service, ServiceError> {
        let Search { service, time } = &self.search;
        let found = service.get_or_init(|| Service::resolve(&self.flags, time.get(), host));
        found.as_ref().map_err(Clone::clone)
    }

    /// Limits the time for finding the service to that of the whole run. One that only looks once has no limit.
    pub fn set_deadline(&self, time: Option<Duration>) {
        self.search.time.set(time.filter(|time| !time.is_zero()));
    }

    /// Returns the name of the service that is in use, if no file has to be read for it.
    pub fn known_service_id(&self) -> Option<String> {
        match self.simulate {
            true => Some(self.simulator_service_id()),
            false => self.resolved_service().map(Service::service_id),
        }
    }

    /// Returns the live service, if it was looked for.
    pub fn resolved_service(&self) -> Option<&Service> {
        self.search.service.get()?.as_ref().ok()
    }

    /// Returns the name of the service that is in use: what the journal keeps apart.
    ///
    /// # Errors
    /// [`ServiceError`] when it is the live service, and there is none.
    pub fn service_id(&self, host: &Host) -> Result<String, ServiceError> {
        match self.simulate {
            true => Ok(self.simulator_service_id()),
            false => Ok(self.service(host)?.service_id()),
        }
    }

    /// Returns the name of the simulator's file.
    pub fn simulator_service_id(&self) -> String {
        let file = match &self.simulator_db {
            Ok(DbLocation::File(path)) => format!("simulator {}", path.display()),
            Ok(DbLocation::Memory) | Err(_) => "simulator".to_owned(),
        };
        match &self.namespace {
            Some(run) => format!("{file}, run {run}"),
            None => file,
        }
    }
}

impl Settings {
    /// Makes the settings of a run.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable or the flag that cannot be understood.
    pub fn resolve(flags: Flags, host: &Host) -> Result<Self, ConfigError> {
        let Flags {
            simulate,
            simulator_db,
            no_journal,
            output,
            color,
            progress,
            no_input,
            no_pii,
            utc,
            tz,
            verbose,
            service,
        } = flags;
        let format = match output {
            Some(format) => format,
            None => format_variable(host)?,
        };
        let simulate = simulate || switch(host, "SENDIVENT_SIMULATE")?;
        let no_pii = no_pii || switch(host, "SENDIVENT_NO_PII")?;
        let ci = is_ci(host);
        let dumb = host.variable("TERM").is_none_or(|term| term == "dumb");
        let program = program(simulate, simulator_db.as_deref(), &service);
        let (simulator_db, has_explicit_simulator_db) = simulator_location(simulator_db, host);
        let journal = (!no_journal).then(|| journal_location(simulate, &simulator_db, host));
        let colored = |terminal: bool| match color.unwrap_or_default() {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if host.variable("NO_COLOR").is_some() => false,
            ColorChoice::Auto if host.variable("CLICOLOR_FORCE").is_some_and(|v| v != "0") => true,
            ColorChoice::Auto => terminal && !dumb,
        };
        let live = host.terminal.stderr && !ci && !dumb && !verbose && format != Format::Ids;
        Ok(Self {
            session: Session {
                simulate,
                simulator_db,
                has_explicit_simulator_db,
                namespace: credentials::key_namespace(host),
                journal,
                can_prompt: host.terminal.stdin && host.terminal.stderr && !no_input && !ci,
                no_pii,
                flags: service,
                search: Search::default(),
            },
            output_settings: OutputSettings {
                format,
                color_stdout: colored(host.terminal.stdout),
                color_stderr: colored(host.terminal.stderr),
                progress: match progress.unwrap_or_default() {
                    Progress::Auto if live => Progress::Live,
                    Progress::Auto => Progress::Plain,
                    chosen => chosen,
                },
                zone: zone(utc, tz, host)?,
                no_pii,
                program,
                verbose,
            },
        })
    }
}

impl Settings {
    /// Returns how an error is shown that comes before the settings are made.
    pub fn fallback(format: Option<Format>, host: &Host) -> OutputSettings {
        let format = format.unwrap_or_else(|| format_variable(host).unwrap_or_default());
        OutputSettings {
            format,
            color_stdout: false,
            color_stderr: false,
            progress: Progress::None,
            zone: TimeZone::UTC,
            no_pii: true,
            program: "sendivent".to_owned(),
            verbose: false,
        }
    }
}

fn program(simulate: bool, simulator_db: Option<&str>, service: &ServiceFlags) -> String {
    let ServiceFlags {
        profile,
        api_url,
        key_file,
        allow_http,
    } = service;
    let mut program = "sendivent".to_owned();
    let mut add = |flag: &str, value: Option<&str>| {
        if let Some(value) = value {
            program.push_str(&format!(" {flag} {}", text::shell_quote(value)));
        }
    };
    add("--simulator-db", simulator_db);
    if simulate {
        return program.replacen("sendivent", "sendivent --simulate", 1);
    }
    add("--profile", profile.as_deref());
    add("--api-url", api_url.as_deref());
    // What came from stdin does not come again.
    add(
        "--api-key-file",
        key_file.as_deref().filter(|file| *file != "-"),
    );
    if *allow_http {
        program.push_str(" --allow-http");
    }
    program
}

fn format_variable(host: &Host) -> Result<Format, ConfigError> {
    let Some(name) = host.variable("SENDIVENT_OUTPUT") else {
        return Ok(Format::default());
    };
    let found = Format::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, format)| format).ok_or_else(|| ConfigError {
        message: format!("SENDIVENT_OUTPUT: `{name}` is not a format"),
        hint: format!(
            "Use {}.",
            text::join_or(&Format::ALL.map(|(known, _)| known))
        ),
    })
}

fn is_ci(host: &Host) -> bool {
    let told = host.variable("CI");
    told.is_some_and(|value| value != "false" && value != "0")
}

/// Reads a variable that switches something on.
fn switch(host: &Host, name: &str) -> Result<bool, ConfigError> {
    match host.variable(name).as_deref() {
        None | Some("0" | "false" | "no") => Ok(false),
        Some("1" | "true" | "yes") => Ok(true),
        Some(other) => Err(ConfigError {
            message: format!("{name}: `{other}` is neither yes nor no"),
            hint: format!("Set {name}=1, or unset it."),
        }),
    }
}

fn zone(utc: bool, name: Option<String>, host: &Host) -> Result<TimeZone, ConfigError> {
    match name {
        Some(name) => TimeZone::get(&name).map_err(|_| ConfigError {
            message: format!("--tz: `{name}` is not a time zone"),
            hint: "Use a name like Europe/Stockholm or America/New_York.".to_owned(),
        }),
        None if utc => Ok(TimeZone::UTC),
        None => Ok(host.time_zone()),
    }
}
