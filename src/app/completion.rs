//! Responses to shell completion scripts. They use no network and never wait.

use super::startup::startup_reporter;
use crate::commands::{self, GlobalArgs};
use crate::config::{resolve_profile, service_id_prefix};
use crate::exit::Exit;
use crate::host::Host;
use crate::journal::{Journal, SendState};
use crate::output::print_clap_error;
use crate::redact::Redactor;
use crate::sqlite::DbLocation;

/// How many sends are searched for ids.
const MAX_SENDS: u32 = 50;

/// Prints the candidates that a completion script requests. None if the run is not for a script, as with `COMPLETE=0`.
pub fn complete(host: &Host) -> Option<Exit> {
    let sends = recorded_sends(host);
    // The user is typing: without a journal there are no candidates, and no error.
    let ids = move || {
        let candidates = sends.as_ref().and_then(RecordedSends::candidates);
        candidates.unwrap_or_default()
    };
    match commands::complete(&host.arguments, ids) {
        Ok(true) => Some(Exit::Ok),
        Ok(false) => None,
        Err(error) => Some(print_clap_error(error, &startup_reporter(host))),
    }
}

/// The sends whose ids are candidates.
#[derive(Clone)]
struct RecordedSends {
    journal: std::path::PathBuf,
    services: Services,
    no_pii: bool,
}

#[derive(Clone)]
enum Services {
    One(String),
    /// Every service whose id begins so.
    Prefix(String),
}

/// Returns the sends that the command line being completed selects.
fn recorded_sends(host: &Host) -> Option<RecordedSends> {
    // The line being completed follows the first `--` of the script's own arguments.
    let line = host
        .arguments
        .iter()
        .position(|argument| argument == "--")?;
    let arguments = GlobalArgs::read_leniently(&host.arguments[line + 1..]);
    let session = arguments.settings(host).ok()?.session;
    let services = match session.simulate {
        true => Services::One(session.simulator_service_id()),
        // The key decides the environment, and reading it may run a program.
        false => Services::Prefix(service_id_prefix(
            &resolve_profile(&session.flags, host).ok()?.0,
        )),
    };
    let DbLocation::File(journal) = session.journal?.ok()? else {
        return None;
    };
    Some(RecordedSends {
        journal,
        services,
        no_pii: session.no_pii,
    })
}

impl RecordedSends {
    /// Returns the ids of the sends, each with a description.
    fn candidates(&self) -> Option<Vec<(String, String)>> {
        let journal = Journal::open_read_only(&self.journal)?;
        let sends = match &self.services {
            Services::One(id) => journal.latest(id, MAX_SENDS).ok()?,
            Services::Prefix(prefix) => journal.latest_with_prefix(prefix, MAX_SENDS).ok()?,
        };
        let redactor = Redactor::new(self.no_pii);
        let mut candidates: Vec<(String, String)> = Vec::new();
        for send in sends {
            let (SendState::Accepted(ids) | SendState::Simulated(ids)) = send.state else {
                continue;
            };
            let recipient = redactor.recipient(send.recipient);
            for id in ids {
                if candidates.iter().all(|(other, _)| *other != id) {
                    candidates.push((id, format!("{} to {}", send.event, *recipient)));
                }
            }
        }
        Some(candidates)
    }
}
