//! From settings to a client and a journal: each is opened only by a command that needs it.

use std::io;
use std::time::Duration;

use super::Context;
use crate::api::ApiKey;
use crate::client::{Client, Network, Transport};
use crate::config::Session;
use crate::error::{Error, Repeat};
use crate::intent::Ids;
use crate::journal::{Journal, SendState};
use crate::model::masked;
use crate::report::{Lookup, Sink, Update};
use crate::simulator::Simulator;
use crate::sqlite::{DbLocation, OpenError};

/// Returns a client of the service that the settings name. All that it does ends at `deadline`, if one is given.
pub fn client(context: Context<'_>, deadline: Option<Duration>) -> Result<Client<'_>, Error> {
    let Context {
        session,
        host,
        observer,
    } = context;
    if session.simulate {
        return simulator(context, deadline);
    }
    let service = session.service(host)?;
    let time = deadline.map(|deadline| deadline.saturating_sub(host.clock.elapsed()));
    let network = Network::new(service.address.clone(), service.key.clone(), time, host)?;
    let transport = Transport::Network(network);
    let client = Client::new(transport, service.key.clone(), host, observer, deadline);
    Ok(client.with_key_from(service.key_source.to_string()))
}

/// Returns a client of the simulator, whatever the settings say of the service.
pub fn simulator(context: Context<'_>, deadline: Option<Duration>) -> Result<Client<'_>, Error> {
    let Context {
        session,
        host,
        observer,
    } = context;
    let place = simulator_location(session)?;
    let simulator = Simulator::open(place, host.clock.clone(), host.entropy.clone())?;
    let key = simulator_key(session.namespace.as_deref())?;
    let transport = Transport::Simulator(simulator);
    Ok(Client::new(transport, key, host, observer, deadline))
}

/// Returns the simulator's file. The folder of one that was named is not made: it may be the one of a `simulator run`
/// that has ended, and took it away.
pub fn simulator_location(session: &Session) -> Result<&DbLocation, Error> {
    let place = session.simulator_db.as_ref().map_err(Clone::clone)?;
    let folder = match place {
        DbLocation::File(path) if session.has_explicit_simulator_db => path.parent(),
        _ => None,
    };
    if let (DbLocation::File(path), Some(folder)) =
        (place, folder.filter(|folder| !folder.exists()))
    {
        let said = format!("there is no folder `{}`", folder.display());
        return Err(Error::Store(OpenError::Io {
            name: "simulator file",
            path: path.clone(),
            source: io::Error::new(io::ErrorKind::NotFound, said),
        }));
    }
    Ok(place)
}

/// Returns the key that a run's namespace is seen with, or the main one.
fn simulator_key(run: Option<&str>) -> Result<ApiKey, Error> {
    ApiKey::for_simulator(run).map_err(|_| {
        Error::usage(
            format!("`{}` cannot be the name of a run", run.unwrap_or_default()),
            "The key is test_run_NAME: use letters, digits, `.`, `-` and `_` for the name.",
        )
    })
}

/// Opens the journal, unless it is switched off.
pub fn journal(context: Context<'_>) -> Result<Option<Journal>, Error> {
    match &context.session.journal {
        None => Ok(None),
        Some(place) => {
            let place = place.as_ref().map_err(Clone::clone)?;
            Ok(Some(Journal::open(place)?))
        }
    }
}

/// Returns where a run sends to, in words.
pub fn place(context: Context<'_>) -> Result<String, Error> {
    if context.session.simulate {
        return Ok("the simulator".to_owned());
    }
    let service = context.session.service(context.host)?;
    Ok(format!("{} (profile {})", service.address, service.profile))
}

/// The notifications that are meant.
pub struct Meant {
    /// Their ids.
    pub ids: Vec<String>,
    /// How many sends of the same commands have an outcome that nobody knows: no verdict covers them.
    pub unknown: usize,
}

/// Returns the notifications that are meant: the given ones, or those of the journal's last commands. Sends among these
/// whose outcome nobody knows are told as warnings; if there are only such, that is the error.
pub fn meant(ids: Ids, context: Context<'_>, sink: &mut dyn Sink) -> Result<Meant, Error> {
    let count = match ids {
        Ids::Given(ids) => return Ok(Meant { ids, unknown: 0 }),
        Ids::Last(count) => count,
    };
    let session = context.session;
    let service_id = session.service_id(context.host)?;
    let Some(journal) = journal(context)? else {
        return Err(Error::usage(
            "--last reads the journal, which is switched off",
            "Leave --no-journal out, or name the ids.",
        ));
    };
    let sends = journal.latest(&service_id, count).map_err(Error::Journal)?;
    let mut found: Vec<String> = Vec::new();
    let mut unknown: Vec<Error> = Vec::new();
    for send in sends {
        match send.state {
            SendState::Accepted(ids) | SendState::Simulated(ids) => found.extend(ids),
            SendState::Refused => {}
            SendState::Unknown => unknown.push(Error::OutcomeUnknown {
                what: match send.recipient.as_str() {
                    "" => format!("`{}` to its listeners", send.event),
                    whom if session.no_pii => format!("`{}` to {}", send.event, masked(whom)),
                    whom => format!("`{}` to {whom}", send.event),
                },
                reason: "no answer to it was recorded".to_owned(),
                idempotency_key: send.idempotency_key,
                advice: None,
                repeat: Repeat::Earlier,
            }),
        }
    }
    if found.is_empty() && !unknown.is_empty() {
        return Err(unknown.swap_remove(0));
    }
    for error in &unknown {
        let hint = error.hint().unwrap_or_default();
        sink.take(Update::Warning(format!("{error}. {hint}")));
    }
    if found.is_empty() {
        return Err(Error::NotFound {
            message: format!(
                "--last: the journal holds no accepted send to {}",
                place(context)?
            ),
            hint: "Send something first, or name the ids; `sendivent activity` lists them."
                .to_owned(),
        });
    }
    let mut unique = Vec::with_capacity(found.len());
    for id in found {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    Ok(Meant {
        ids: unique,
        unknown: unknown.len(),
    })
}

/// Returns the error of an id that the service does not know. If the journal knows it from elsewhere, it says so.
pub fn not_known(id: &str, context: Context<'_>) -> Error {
    let hint = match elsewhere(&[id], context).pop() {
        Some((_, place)) => format!("It was sent from here, but {place}."),
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

/// Warns of ids among several that the service does not know, but the journal does, from elsewhere.
pub fn warn_of_others(found: &[Lookup], context: Context<'_>, sink: &mut dyn Sink) {
    let missing = found.iter().filter(|found| found.missing);
    let missing: Vec<&str> = missing.map(|found| found.id.as_str()).collect();
    for (id, place) in elsewhere(&missing, context) {
        sink.take(Update::Warning(format!(
            "{id} was sent from here, but {place}"
        )));
    }
}

/// Returns where else the journal knows ids from, in words. A journal that cannot be read adds nothing to an error.
fn elsewhere<'i>(ids: &[&'i str], context: Context<'_>) -> Vec<(&'i str, String)> {
    if ids.is_empty() {
        return Vec::new();
    }
    let journal = journal(context).ok().flatten();
    let here = context.session.service_id(context.host).ok();
    let (Some(journal), Some(here)) = (journal, here) else {
        return Vec::new();
    };
    let found = ids.iter().filter_map(|id| {
        let service_id = journal.service_id_of(id).ok()??;
        let place = match service_id.strip_prefix("simulator") {
            _ if service_id == here => return None,
            Some("") => "to a simulator: add --simulate".to_owned(),
            Some(file) => format!("to the simulator{file}: add --simulate"),
            None => format!("as {service_id}: use that profile, key or address"),
        };
        Some((*id, place))
    });
    found.collect()
}
