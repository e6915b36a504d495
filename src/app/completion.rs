//! Candidates for shell completion scripts. The network is never used, so that the shell does not wait.

use super::startup::startup_reporter;
use crate::commands::{self, GlobalArgs};
use crate::config::{resolve_profile, service_id_prefix};
use crate::exit::Exit;
use crate::host::Host;
use crate::journal::{Journal, SendState};
use crate::output::print_clap_error;
use crate::redact::Redactor;
use crate::sqlite::DbLocation;

/// How many commands in the journal, starting with the newest, are searched for notification ids.
const MAX_COMMANDS: u32 = 50;

/// Prints the candidates for a shell completion script. Returns `None` if the invocation does not come from such a
/// script, for example with `COMPLETE=0`; the caller then runs the command line as usual.
pub fn complete(host: &Host) -> Option<Exit> {
    let sends = recorded_sends(host);
    // An error would disturb the user's input in the shell: without a journal there are just no candidates.
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

/// Where to find the sends whose notification ids are candidates.
#[derive(Clone)]
struct RecordedSends {
    journal: std::path::PathBuf,
    services: Services,
    no_pii: bool,
}

/// The services whose sends are candidates.
#[derive(Clone)]
enum Services {
    One(String),
    /// All services whose id starts with this prefix.
    Prefix(String),
}

/// Returns where to find the sends for the command line that is being completed. `None` if that command line is
/// incomplete or invalid, or if there is no journal file.
fn recorded_sends(host: &Host) -> Option<RecordedSends> {
    // The script passes its own arguments, then `--`, then the command line that is being completed.
    let line = host
        .arguments
        .iter()
        .position(|argument| argument == "--")?;
    let arguments = GlobalArgs::read_leniently(&host.arguments[line + 1..]);
    let session = arguments.settings(host).ok()?.session;
    let services = match session.simulate {
        true => Services::One(session.simulator_service_id()),
        // The id ends with the environment of the API key, and reading the key may run a program. So the prefix must do.
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
    /// Returns the notification ids, each with a description for the shell. `None` if the journal cannot be read.
    fn candidates(&self) -> Option<Vec<(String, String)>> {
        let journal = Journal::open_read_only(&self.journal)?;
        let sends = match &self.services {
            Services::One(id) => journal.latest(id, MAX_COMMANDS).ok()?,
            Services::Prefix(prefix) => journal.latest_with_prefix(prefix, MAX_COMMANDS).ok()?,
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
