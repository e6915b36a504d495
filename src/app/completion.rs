//! Answers to the completion scripts of shells: never from the network, and never a wait.

use crate::cli;
use crate::config::{Flags, ServiceFlags, Settings, profile, target_of};
use crate::exit::Exit;
use crate::journal::{Closing, Journal, Remembered};
use crate::output::show_clap_error;
use crate::sqlite::Place;
use crate::world::World;

/// Answers a completion script. None when the run is none of one, as with `COMPLETE=0`.
pub fn complete(world: &World) -> Option<Exit> {
    let flags = Flags {
        simulator_db: typed(world, &["--simulator-db"]),
        service: ServiceFlags {
            profile: typed(world, &["--profile", "-P"]),
            ..ServiceFlags::default()
        },
        ..Flags::default()
    };
    let settings = Settings::resolve(flags, world);
    let place = settings.ok().and_then(|settings| {
        let session = settings.session;
        let target = match session.simulate {
            true => Target::Named(session.simulator_target()),
            // Which environment is meant tells the key, and no key is looked for while somebody types.
            false => Target::Beginning(target_of(&profile(&session.flags, world).ok()?.0)),
        };
        Some((session.journal?.ok()?, target, session.no_pii))
    });
    let ids = move || {
        let Some((Place::File(path), target, no_pii)) = &place else {
            return Vec::new();
        };
        // Nothing can be said on a command line that is being typed: no journal, no candidates.
        let sends = Journal::peek(path)
            .and_then(|journal| match target {
                Target::Named(target) => journal.latest(target, 50).ok(),
                Target::Beginning(start) => journal.latest_of(start, 50).ok(),
            })
            .unwrap_or_default();
        let mut found: Vec<(String, String)> = Vec::new();
        for candidate in sends.into_iter().flat_map(|send| candidates(send, *no_pii)) {
            if found.iter().all(|(id, _)| *id != candidate.0) {
                found.push(candidate);
            }
        }
        found
    };
    match cli::complete(world.arguments(), ids) {
        Ok(true) => Some(Exit::Ok),
        Ok(false) => None,
        Err(error) => Some(show_clap_error(
            &error,
            super::fallback(world),
            super::simulated(world),
            world,
        )),
    }
}

/// Returns the value of a flag, if the line that is being completed has it under one of its names.
fn typed(world: &World, names: &[&str]) -> Option<String> {
    let words: Vec<&str> = world
        .arguments()
        .iter()
        .filter_map(|word| word.to_str())
        .collect();
    words.iter().enumerate().find_map(|(index, word)| {
        let rest = names.iter().find_map(|name| word.strip_prefix(name))?;
        let value = match rest {
            "" => words.get(index + 1).copied(),
            rest => rest.strip_prefix('='),
        };
        value.map(ToOwned::to_owned)
    })
}

/// Whose ids are completed.
#[derive(Clone)]
enum Target {
    /// Those of one service.
    Named(String),
    /// Those of every service whose name begins so.
    Beginning(String),
}

fn candidates(send: Remembered, no_pii: bool) -> Vec<(String, String)> {
    let recipient = if no_pii {
        crate::model::masked(&send.recipient)
    } else {
        send.recipient
    };
    let about = format!("{} to {recipient}", send.event);
    match send.closing {
        Closing::Accepted(ids) | Closing::Simulated(ids) => {
            ids.into_iter().map(|id| (id, about.clone())).collect()
        }
        Closing::Refused | Closing::Unknown => Vec::new(),
    }
}
