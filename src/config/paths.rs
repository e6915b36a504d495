//! The locations of the simulator's database and of the journal.

use super::error::ConfigError;
use crate::host::Host;
use crate::sqlite::DbLocation;

/// Returns the location of the simulator's database, and whether `--simulator-db` or `SENDIVENT_SIMULATOR_DB` names it.
pub fn simulator_location(
    flag: Option<String>,
    host: &Host,
) -> (Result<DbLocation, ConfigError>, bool) {
    let explicit = flag.or_else(|| host.variable("SENDIVENT_SIMULATOR_DB"));
    let is_explicit = explicit.is_some();
    let location = match explicit {
        Some(path) if path == ":memory:" => Ok(DbLocation::Memory),
        Some(path) => std::path::absolute(&path)
            .map(DbLocation::File)
            .map_err(|error| {
                ConfigError::new(
                    format!("--simulator-db: `{path}` cannot be used ({error})"),
                    "Use the path of a file.",
                )
            }),
        None => state_file(host, "simulator.db").ok_or_else(|| {
            ConfigError::new(
                "no location for the simulator's database: neither XDG_STATE_HOME nor HOME is set",
                "Use --simulator-db PATH or set SENDIVENT_SIMULATOR_DB.",
            )
        }),
    };
    (location, is_explicit)
}

pub fn journal_location(
    simulate: bool,
    simulator: &Result<DbLocation, ConfigError>,
    host: &Host,
) -> Result<DbLocation, ConfigError> {
    // Another process cannot look up the ids of a simulation in memory, so they are not stored on disk.
    if simulate && *simulator == Ok(DbLocation::Memory) {
        return Ok(DbLocation::Memory);
    }
    state_file(host, "journal.db").ok_or_else(|| {
        ConfigError::new(
            "no location for the journal: neither XDG_STATE_HOME nor HOME is set",
            "Set HOME, or use --no-journal.",
        )
    })
}

fn state_file(host: &Host, name: &str) -> Option<DbLocation> {
    Some(DbLocation::File(host.state_directory()?.join(name)))
}
