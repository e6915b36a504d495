//! Settings: what the global flags say over what the environment says over the defaults.

pub mod credentials;
mod forms;
mod places;
pub mod profiles;
mod service;

use std::cell::{Cell, OnceCell};
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::sqlite::Place;
use crate::words;
use crate::world::World;

pub use forms::{Format, Progress, When};
use places::{journal_place, simulator_place};
pub use service::{
    Service, ServiceError, ServiceFlags, address, named_profile, profile, profile_name, target_of,
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
    pub color: Option<When>,
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
    pub presentation: Presentation,
}

/// Where the run looks, and whether it may ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Whether the run is simulated.
    pub simulate: bool,
    /// The simulator's file; an error when there is no place for it, told when it is needed.
    pub simulator: Result<Place, Invalid>,
    /// Whether the simulator's file was named, by the flag or the variable.
    pub simulator_named: bool,
    /// The run whose world of the simulator's file is seen; none for the main one.
    pub simulator_run: Option<String>,
    /// The journal; none when it is switched off.
    pub journal: Option<Result<Place, Invalid>>,
    /// Whether questions may be asked.
    pub may_ask: bool,
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
pub struct Presentation {
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
pub struct Invalid {
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
    pub fn service(&self, world: &World) -> Result<&Service, ServiceError> {
        let Search { service, time } = &self.search;
        let found = service.get_or_init(|| Service::find(&self.flags, time.get(), world));
        found.as_ref().map_err(Clone::clone)
    }

    /// Limits the time for finding the service to that of the whole run. One that only looks once has no limit.
    pub fn has_time(&self, time: Option<Duration>) {
        self.search.time.set(time.filter(|time| !time.is_zero()));
    }

    /// Returns the name of the service that is in use, if no file has to be read for it.
    pub fn known_target(&self) -> Option<String> {
        match self.simulate {
            true => Some(self.simulator_target()),
            false => self.in_use().map(Service::target),
        }
    }

    /// Returns the live service, if it was looked for.
    pub fn in_use(&self) -> Option<&Service> {
        self.search.service.get()?.as_ref().ok()
    }

    /// Returns the name of the service that is in use: what the journal keeps apart.
    ///
    /// # Errors
    /// [`ServiceError`] when it is the live service, and there is none.
    pub fn target(&self, world: &World) -> Result<String, ServiceError> {
        match self.simulate {
            true => Ok(self.simulator_target()),
            false => Ok(self.service(world)?.target()),
        }
    }

    /// Returns the name of the simulator's file.
    pub fn simulator_target(&self) -> String {
        let file = match &self.simulator {
            Ok(Place::File(path)) => format!("simulator {}", path.display()),
            Ok(Place::Memory) | Err(_) => "simulator".to_owned(),
        };
        match &self.simulator_run {
            Some(run) => format!("{file}, run {run}"),
            None => file,
        }
    }
}

impl Settings {
    /// Makes the settings of a run.
    ///
    /// # Errors
    /// [`Invalid`] names the variable or the flag that cannot be understood.
    pub fn resolve(flags: Flags, world: &World) -> Result<Self, Invalid> {
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
            None => format_variable(world)?,
        };
        let simulate = simulate || switch(world, "SENDIVENT_SIMULATE")?;
        let no_pii = no_pii || switch(world, "SENDIVENT_NO_PII")?;
        let ci = is_ci(world);
        let dumb = world.variable("TERM").is_none_or(|term| term == "dumb");
        let program = program(simulate, simulator_db.as_deref(), &service);
        let (simulator, simulator_named) = simulator_place(simulator_db, world);
        let journal = (!no_journal).then(|| journal_place(simulate, &simulator, world));
        let colored = |terminal: bool| match color.unwrap_or_default() {
            When::Always => true,
            When::Never => false,
            When::Auto if world.variable("NO_COLOR").is_some() => false,
            When::Auto if world.variable("CLICOLOR_FORCE").is_some_and(|v| v != "0") => true,
            When::Auto => terminal && !dumb,
        };
        let live = world.terminal.stderr && !ci && !dumb && !verbose && format != Format::Ids;
        Ok(Self {
            session: Session {
                simulate,
                simulator,
                simulator_named,
                simulator_run: credentials::run(world),
                journal,
                may_ask: world.terminal.stdin && world.terminal.stderr && !no_input && !ci,
                no_pii,
                flags: service,
                search: Search::default(),
            },
            presentation: Presentation {
                format,
                color_stdout: colored(world.terminal.stdout),
                color_stderr: colored(world.terminal.stderr),
                progress: match progress.unwrap_or_default() {
                    Progress::Auto if live => Progress::Live,
                    Progress::Auto => Progress::Plain,
                    chosen => chosen,
                },
                zone: zone(utc, tz, world)?,
                no_pii,
                program,
                verbose,
            },
        })
    }
}

impl Settings {
    /// Returns how an error is shown that comes before the settings are made.
    pub fn fallback(format: Option<Format>, world: &World) -> Presentation {
        let format = format.unwrap_or_else(|| format_variable(world).unwrap_or_default());
        Presentation {
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
            program.push_str(&format!(" {flag} {}", words::shell(value)));
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

fn format_variable(world: &World) -> Result<Format, Invalid> {
    let Some(name) = world.variable("SENDIVENT_OUTPUT") else {
        return Ok(Format::default());
    };
    let found = Format::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, format)| format).ok_or_else(|| Invalid {
        message: format!("SENDIVENT_OUTPUT: `{name}` is not a format"),
        hint: format!(
            "Use {}.",
            words::either(&Format::ALL.map(|(known, _)| known))
        ),
    })
}

fn is_ci(world: &World) -> bool {
    let told = world.variable("CI");
    told.is_some_and(|value| value != "false" && value != "0")
}

/// Reads a variable that switches something on.
fn switch(world: &World, name: &str) -> Result<bool, Invalid> {
    match world.variable(name).as_deref() {
        None | Some("0" | "false" | "no") => Ok(false),
        Some("1" | "true" | "yes") => Ok(true),
        Some(other) => Err(Invalid {
            message: format!("{name}: `{other}` is neither yes nor no"),
            hint: format!("Set {name}=1, or unset it."),
        }),
    }
}

fn zone(utc: bool, name: Option<String>, world: &World) -> Result<TimeZone, Invalid> {
    match name {
        Some(name) => TimeZone::get(&name).map_err(|_| Invalid {
            message: format!("--tz: `{name}` is not a time zone"),
            hint: "Use a name like Europe/Stockholm or America/New_York.".to_owned(),
        }),
        None if utc => Ok(TimeZone::UTC),
        None => Ok(world.time_zone()),
    }
}
