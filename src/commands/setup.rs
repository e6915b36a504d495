//! Creates what several commands need: a client, the journal, and the ids that `--last` selects.

use std::io;
use std::time::Duration;

use serde::Serialize;

use super::args::ids::{Ids, unique};
use super::command::Context;
use super::notification::Lookup;
use crate::api::ApiKey;
use crate::client::{Client, Network, Transport};
use crate::config::Session;
use crate::error::{Error, Repeat, RequestFailure};
use crate::journal::{Journal, RecordedSend, SendState};
use crate::output::{TextWriter, Update};
use crate::redact::Pii;
use crate::simulator::Simulator;
use crate::sqlite::{DbLocation, OpenError};

/// A problem that does not change the command's result.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Warning {
    pub message: Pii<String>,
}

impl Update for Warning {
    const TYPE: Option<&'static str> = Some("warning");

    fn note(&self, out: &mut TextWriter<'_>) {
        out.line(format_args!(
            "warning: {}",
            out.style().sanitize(&self.message)
        ));
    }
}

impl<'a> Context<'a> {
    pub fn warn(&self, message: impl Into<String>) {
        let message = self.redactor.text(message);
        // A closed stdout is detected when the next result is printed.
        let _ = self.reporter.update(&Warning { message });
    }

    /// Creates a client for the service, or for the simulator with `--simulate`. Requests fail when `Clock::elapsed`
    /// reaches `deadline`; `None` for no limit.
    pub fn client(&self, deadline: Option<Duration>) -> Result<Client<'a>, Error> {
        if self.session.simulate {
            return self.simulator_client(deadline);
        }
        let service = self.session.service(self.host)?;
        let time = deadline.map(|deadline| deadline.saturating_sub(self.host.clock.elapsed()));
        let (address, key) = (service.address.clone(), service.key.clone());
        let network = Network::new(address, key.clone(), time, self.host)?;
        let transport = Transport::Network(network);
        let mut client = Client::new(transport, key, self.host, self.observer, deadline);
        client.key_source = Some(service.key_source.to_string());
        Ok(client)
    }

    /// Creates a client for the simulator, even without `--simulate`. See [`Self::client`] for `deadline`.
    pub fn simulator_client(&self, deadline: Option<Duration>) -> Result<Client<'a>, Error> {
        let location = simulator_location(self.session)?;
        let (clock, entropy) = (self.host.clock.clone(), self.host.entropy.clone());
        let simulator = Simulator::open(location, clock, entropy)?;
        let key = simulator_key(self.session.namespace.as_deref())?;
        let transport = Transport::Simulator(simulator);
        let client = Client::new(transport, key, self.host, self.observer, deadline);
        Ok(client)
    }

    /// Opens the journal. Returns `None` if it is switched off, such as with `--no-journal`.
    pub fn journal(&self) -> Result<Option<Journal>, Error> {
        let Some(location) = &self.session.journal else {
            return Ok(None);
        };
        let location = location.as_ref().map_err(Clone::clone)?;
        Ok(Some(Journal::open(location)?))
    }

    /// Describes the service that receives the requests: `the simulator`, or the service's address and the profile.
    pub fn service_description(&self) -> Result<String, Error> {
        if self.session.simulate {
            return Ok("the simulator".to_owned());
        }
        let service = self.session.service(self.host)?;
        Ok(format!("{} (profile {})", service.address, service.profile))
    }

    /// Returns the given ids, or for `--last` the ids of the last `send` commands in the journal. Prints a warning for
    /// each send of these commands whose outcome is unknown. Fails if there are no ids.
    pub fn resolve_ids(&self, ids: Ids) -> Result<ResolvedIds, Error> {
        let count = match ids {
            Ids::Given(ids) => return Ok(ResolvedIds { ids, unresolved: 0 }),
            Ids::Last(count) => count,
        };
        let service_id = self.session.service_id(self.host)?;
        let Some(journal) = self.journal()? else {
            return Err(Error::usage(
                "--last reads the journal, which is switched off",
                "Leave out --no-journal, or name the ids.",
            ));
        };
        let sends = journal.latest(&service_id, count)?;
        let mut ids: Vec<String> = Vec::new();
        let mut unknown: Vec<Error> = Vec::new();
        for send in sends {
            match send.state {
                SendState::Accepted(accepted) | SendState::Simulated(accepted) => {
                    ids.extend(accepted);
                }
                SendState::NotAccepted => {}
                SendState::Unknown => unknown.push(self.outcome_unknown(send)),
            }
        }
        let ids = unique(ids);
        if ids.is_empty() && !unknown.is_empty() {
            return Err(unknown.swap_remove(0));
        }
        for error in &unknown {
            self.warn(format!("{error}. {}", error.hint().unwrap_or_default()));
        }
        if ids.is_empty() {
            return Err(Error::NotFound {
                message: format!(
                    "--last: the journal has no accepted send to {}",
                    self.service_description()?
                ),
                hint: "Send something first, or name the ids; `sendivent activity` lists them."
                    .to_owned(),
            });
        }
        Ok(ResolvedIds {
            ids,
            unresolved: unknown.len(),
        })
    }

    /// Returns the error for an earlier send without a recorded response. Its hint is to repeat the send with the same
    /// key.
    fn outcome_unknown(&self, send: RecordedSend) -> Error {
        let recipient = self.redactor.recipient(send.recipient);
        let to = match recipient.as_str() {
            "" => "its listeners",
            recipient => recipient,
        };
        Error::Request {
            what: format!("`{}` to {to}", send.event),
            failure: RequestFailure::OutcomeUnknown {
                reason: "no response was recorded".to_owned(),
                advice: None,
                repeat: Repeat::Earlier,
            },
            idempotency_key: Some(send.idempotency_key),
        }
    }

    /// Returns the error for an id that the service does not know. If the journal has the id for another service, the
    /// hint names that service.
    pub fn not_found(&self, id: &str) -> Error {
        let hint = match self.other_services(&[id]).pop() {
            Some((_, service)) => format!("It was sent from here, but {service}."),
            None => {
                "Check the id, and whether it belongs to this service: `sendivent activity` lists what there is."
                    .to_owned()
            }
        };
        Error::NotFound {
            message: format!("there is no notification {id}"),
            hint,
        }
    }

    /// Prints a warning for each id that was not found but that the journal has for another service.
    pub fn warn_of_other_services(&self, lookups: &[Lookup]) {
        let missing = lookups.iter().filter(|lookup| lookup.missing);
        let missing: Vec<&str> = missing.map(|lookup| lookup.id.as_str()).collect();
        for (id, service) in self.other_services(&missing) {
            self.warn(format!("{id} was sent from here, but {service}"));
        }
    }

    /// Returns the ids that the journal has for a service other than the current one. The string for each id describes
    /// where it was sent and how to select that service, such as `to a simulator: add --simulate`.
    fn other_services<'i>(&self, ids: &[&'i str]) -> Vec<(&'i str, String)> {
        if ids.is_empty() {
            return Vec::new();
        }
        // The result only improves a message, so a journal that cannot be read is ignored.
        let journal = self.journal().ok().flatten();
        let current = self.session.service_id(self.host).ok();
        let (Some(journal), Some(current)) = (journal, current) else {
            return Vec::new();
        };
        let found = ids.iter().filter_map(|id| {
            let service_id = journal.service_id_of(id).ok()??;
            let description = match service_id.strip_prefix("simulator") {
                _ if service_id == current => return None,
                Some("") => "to a simulator: add --simulate".to_owned(),
                Some(file) => format!("to the simulator{file}: add --simulate"),
                None => format!("as {service_id}: use that profile, key or address"),
            };
            Some((*id, description))
        });
        found.collect()
    }
}

/// The ids of the notifications that a command requests.
pub struct ResolvedIds {
    pub ids: Vec<String>,
    /// How many sends of the commands that `--last` selects have an unknown outcome, and therefore no id. Zero without
    /// `--last`.
    pub unresolved: usize,
}

/// Returns the location of the simulator's database. Fails if the directory of an explicit location does not exist. The
/// directory is not created, because it may belong to a `simulator run` that has ended and removed it.
pub fn simulator_location(session: &Session) -> Result<&DbLocation, Error> {
    let location = session.simulator_db.as_ref().map_err(Clone::clone)?;
    if let DbLocation::File(path) = location
        && session.has_explicit_simulator_db
        && let Some(directory) = path.parent().filter(|directory| !directory.exists())
    {
        let reason = format!("there is no folder `{}`", directory.display());
        return Err(Error::Store(OpenError::new(
            "simulator file",
            path,
            io::Error::new(io::ErrorKind::NotFound, reason),
        )));
    }
    Ok(location)
}

/// Returns the API key that selects a namespace of the simulator; `None` selects the main namespace.
fn simulator_key(namespace: Option<&str>) -> Result<ApiKey, Error> {
    ApiKey::for_simulator(namespace).map_err(|_| {
        Error::usage(
            format!(
                "`{}` cannot be the name of a namespace",
                namespace.unwrap_or_default()
            ),
            "The key is test_run_NAME: use letters, digits, `.`, `-` and `_` for the name.",
        )
    })
}
