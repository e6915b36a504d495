//! Answers to the completion scripts of shells: never from the network, and never a wait.

use crate::cli;
use crate::config::{Flags, ServiceFlags, Settings, resolve_profile, service_id_prefix};
use crate::exit::Exit;
use crate::host::Host;
use crate::journal::{Journal, RecordedSend, SendState};
use crate::output::show_clap_error;
use crate::sqlite::DbLocation;

/// Answers a completion script. None when the run is none of one, as with `COMPLETE=0`.
pub fn complete(host: &Host) -> Option<Exit> {
    let flags = Flags {
        simulator_db: typed(host, &["--simulator-db"]),
        service: ServiceFlags {
            profile: typed(host, &["--profile", "-P"]),
            ..ServiceFlags::default()
        },
        ..Flags::default()
    };
    let settings = Settings::resolve(flags, host);
    let place = settings.ok().and_then(|settings| {
        let session = settings.session;
        let service_id = match session.simulate {
            true => Target::Named(session.simulator_service_id()),
            // Which environment is meant tells the key, and no key is looked for while somebody types.
            false => Target::Beginning(service_id_prefix(
                &resolve_profile(&session.flags, host).ok()?.0,
            )),
        };
        Some((session.journal?.ok()?, service_id, session.no_pii))
    });
    let ids = move || {
        let Some((DbLocation::File(path), service_id, no_pii)) = &place else {
            return Vec::new();
        };
        // Nothing can be said on a command line that is being typed: no journal, no candidates.
        let sends = Journal::open_read_only(path)
            .and_then(|journal| match service_id {
                Target::Named(service_id) => journal.latest(service_id, 50).ok(),
                Target::Beginning(start) => journal.latest_with_prefix(start, 50).ok(),
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
    match cli::complete(host.arguments(), ids) {
        Ok(true) => Some(Exit::Ok),
        Ok(false) => None,
        Err(error) => Some(show_clap_error(
            &error,
            super::fallback(host),
            super::simulated(host),
            host,
        )),
    }
}

/// Returns the value of a flag, if the line that is being completed has it under one of its names.
fn typed(host: &Host, names: &[&str]) -> Option<String> {
    let words: Vec<&str> = host
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

fn candidates(send: RecordedSend, no_pii: bool) -> Vec<(String, String)> {
    let recipient = if no_pii {
        crate::model::masked(&send.recipient)
    } else {
        send.recipient
    };
    let about = format!("{} to {recipient}", send.event);
    match send.state {
        SendState::Accepted(ids) | SendState::Simulated(ids) => {
            ids.into_iter().map(|id| (id, about.clone())).collect()
        }
        SendState::Refused | SendState::Unknown => Vec::new(),
    }
}
