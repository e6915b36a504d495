//! Where files lie.

use super::ConfigError;
use crate::host::Host;
use crate::sqlite::DbLocation;

/// Returns the simulator's file, or [`ConfigError`] when there is no place for it: what the flag says over the variable over
/// the default. Returns also whether one of the two named it.
pub fn simulator_location(
    flag: Option<String>,
    host: &Host,
) -> (Result<DbLocation, ConfigError>, bool) {
    let named = flag.or_else(|| host.variable("SENDIVENT_SIMULATOR_DB"));
    let is_named = named.is_some();
    let place = match named {
        Some(path) if path == ":memory:" => Ok(DbLocation::Memory),
        Some(path) => std::path::absolute(&path)
            .map(DbLocation::File)
            .map_err(|error| ConfigError {
                message: format!("--simulator-db: `{path}` cannot be used ({error})"),
                hint: "Name a file.".to_owned(),
            }),
        None => state_file(host, "simulator.db").ok_or_else(|| ConfigError {
            message:
                "there is no place for the simulator's file: neither XDG_STATE_HOME nor HOME is set"
                    .to_owned(),
            hint: "Name the file: --simulator-db PATH or SENDIVENT_SIMULATOR_DB.".to_owned(),
        }),
    };
    (place, is_named)
}

/// Returns the journal. That of a simulation in memory is in memory, too: its ids mean nothing to the next run.
///
/// # Errors
/// [`ConfigError`] when there is no place for it.
pub fn journal_location(
    simulate: bool,
    simulator: &Result<DbLocation, ConfigError>,
    host: &Host,
) -> Result<DbLocation, ConfigError> {
    if simulate && *simulator == Ok(DbLocation::Memory) {
        return Ok(DbLocation::Memory);
    }
    state_file(host, "journal.db").ok_or_else(|| ConfigError {
        message: "there is no place for the journal: neither XDG_STATE_HOME nor HOME is set"
            .to_owned(),
        hint: "Set HOME, or go on without a journal: --no-journal.".to_owned(),
    })
}

fn state_file(host: &Host, name: &str) -> Option<DbLocation> {
    let folder = host.state_directory()?;
    Some(DbLocation::File(folder.join(name)))
}
