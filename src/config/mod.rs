//! Settings. Their sources, in order of precedence: global flags, environment variables, the settings file, defaults.

pub mod credentials;
mod error;
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

pub use error::{ConfigError, ServiceError};
pub use options::{Progress, ServiceFlags};
pub use paths::{journal_location, simulator_location};
pub use service::{
    Service, requested_profile, resolve_address, resolve_profile, resolve_profile_name,
    service_id_prefix,
};
pub use variables::{bool_variable, is_on};

#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub session: Session,
    pub output_settings: OutputSettings,
}

/// The settings of a command, except those for its output: the service, the local files, and whether prompts are
/// possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Whether the command uses the simulator instead of the live service (`--simulate`).
    pub simulate: bool,
    /// The location of the simulator's database. Only commands that need the database report the error.
    pub simulator_db: Result<DbLocation, ConfigError>,
    /// Whether `--simulator-db` or `SENDIVENT_SIMULATOR_DB` names the simulator's database.
    pub has_explicit_simulator_db: bool,
    /// The namespace in the simulator's database; `None` for the main namespace.
    pub namespace: Option<String>,
    /// The location of the journal, or why there is none; `None` with `--no-journal`.
    pub journal: Option<Result<DbLocation, ConfigError>>,
    /// Whether prompts are possible: stdin and stderr are terminals, and neither `--no-input` nor `CI` is set.
    pub can_prompt: bool,
    /// Whether recipients and payloads are masked in output.
    pub no_pii: bool,
    /// The global flags that select the live service.
    pub flags: ServiceFlags,
    pub resolver: ServiceResolver,
}

/// The live service, which is resolved on first use. Commands that send no requests do not resolve it, because a
/// `credential_command` may prompt for a password.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceResolver {
    service: OnceCell<Result<Service, ServiceError>>,
    /// The timeout of the whole invocation, which also limits a `credential_command`. `None` for no timeout.
    timeout: Cell<Option<Duration>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OutputSettings {
    pub color_stdout: bool,
    pub color_stderr: bool,
    pub progress: Progress,
    /// The time zone in which text output shows times.
    pub zone: TimeZone,
    /// The program's name and the flags that select the same service, such as `sendivent --simulate`. Commands in hints
    /// begin with it.
    pub program: String,
    /// Whether requests and responses are logged to stderr.
    pub verbose: bool,
}

impl Session {
    /// Returns the live service, which is resolved on the first call.
    pub fn service(&self, host: &Host) -> Result<&Service, ServiceError> {
        let ServiceResolver { service, timeout } = &self.resolver;
        let service = service.get_or_init(|| Service::resolve(&self.flags, timeout.get(), host));
        service.as_ref().map_err(Clone::clone)
    }

    /// Sets the maximum run time of a `credential_command` to the timeout of the whole invocation. Zero has the same
    /// effect as `None`, because `--timeout 0` requests a single poll, which has its own timeout.
    pub fn set_deadline(&self, timeout: Option<Duration>) {
        let timeout = timeout.filter(|timeout| !timeout.is_zero());
        self.resolver.timeout.set(timeout);
    }

    /// Returns the service id that the journal stores with each row. `None` if the live service is not resolved,
    /// because resolving it reads files and may run a `credential_command`.
    pub fn known_service_id(&self) -> Option<String> {
        match self.simulate {
            true => Some(self.simulator_service_id()),
            false => self.resolved_service().map(Service::service_id),
        }
    }

    /// Returns the live service; `None` if it has not been resolved.
    pub fn resolved_service(&self) -> Option<&Service> {
        self.resolver.service.get()?.as_ref().ok()
    }

    /// Returns the service id that the journal stores with each row. Resolves the live service if necessary.
    pub fn service_id(&self, host: &Host) -> Result<String, ServiceError> {
        match self.simulate {
            true => Ok(self.simulator_service_id()),
            false => Ok(self.service(host)?.service_id()),
        }
    }

    /// Returns the service id for the simulator. It names the simulator's database and namespace.
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
