//! Where files lie.

use super::Invalid;
use crate::sqlite::Place;
use crate::world::World;

/// Returns the simulator's file, or [`Invalid`] when there is no place for it: what the flag says over the variable over
/// the default. Returns also whether one of the two named it.
pub fn simulator_place(flag: Option<String>, world: &World) -> (Result<Place, Invalid>, bool) {
    let named = flag.or_else(|| world.variable("SENDIVENT_SIMULATOR_DB"));
    let is_named = named.is_some();
    let place = match named {
        Some(path) if path == ":memory:" => Ok(Place::Memory),
        Some(path) => std::path::absolute(&path)
            .map(Place::File)
            .map_err(|error| Invalid {
                message: format!("--simulator-db: `{path}` cannot be used ({error})"),
                hint: "Name a file.".to_owned(),
            }),
        None => state_file(world, "simulator.db").ok_or_else(|| Invalid {
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
/// [`Invalid`] when there is no place for it.
pub fn journal_place(
    simulate: bool,
    simulator: &Result<Place, Invalid>,
    world: &World,
) -> Result<Place, Invalid> {
    if simulate && *simulator == Ok(Place::Memory) {
        return Ok(Place::Memory);
    }
    state_file(world, "journal.db").ok_or_else(|| Invalid {
        message: "there is no place for the journal: neither XDG_STATE_HOME nor HOME is set"
            .to_owned(),
        hint: "Set HOME, or go on without a journal: --no-journal.".to_owned(),
    })
}

fn state_file(world: &World, name: &str) -> Option<Place> {
    let folder = world.state_folder()?;
    Some(Place::File(folder.join(name)))
}
