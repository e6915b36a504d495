//! Settings: from the global flags, then the environment, then the settings file, then defaults.

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
    pub resolver: ServiceResolver,
}

/// The live service, resolved on first use: a `credential_command` may prompt for a password.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceResolver {
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
