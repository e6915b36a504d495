//! What stands between a command line and a message that a real person gets.

use crate::api::{ApiKey, Environment, IdempotencyKey};
use crate::config::credentials::{self, KeySource};
use crate::config::{Service, Session};
use crate::error::Error;
use crate::host::Host;
use crate::model::{Audience, SendRequest};
use crate::prompt;
use crate::text;

/// Decides whether a send may go out, and returns whether that needs a yes first.
///
/// # Errors
/// A `live_` key needs `--live`, or somebody who can be asked; `--live` needs a `live_` key.
pub fn live(live: bool, session: &Session, host: &Host) -> Result<bool, Error> {
    // A job that sends for real can be tried as it is written.
    if session.simulate {
        return Ok(false);
    }
    let service = session.service(host)?;
    match (service.environment(), live) {
        (Environment::Sandbox, true) => Err(Error::usage(
            format!("--live: the key from {} is a test_ key", service.key_source),
            "Leave --live out, or use a live_ key. Beware: the sandbox delivers for real, too.",
        )),
        (Environment::Production, false) if !service.live => match session.can_prompt {
            true => Ok(true),
            false => Err(Error::usage(
                format!(
                    "nothing was sent: the key from {} is a live_ key",
                    service.key_source
                ),
                "It sends for real: add --live if that is meant.",
            )),
        },
        (Environment::Sandbox, false) | (Environment::Production, _) => Ok(false),
    }
}

/// Shows all that will go out, and asks once.
///
/// # Errors
/// When the answer is anything but a yes.
pub fn confirm(
    session: &Session,
    host: &Host,
    request: &SendRequest,
    audiences: &[Audience],
) -> Result<(), Error> {
    let columns = host.terminal.size.map_or(80, |(columns, _)| columns);
    let question = question(session, host, audiences)?;
    prompt::confirm_send(session, &question, request, audiences, columns.into())
}

/// Returns the last question before a send.
fn question(session: &Session, host: &Host, audiences: &[Audience]) -> Result<String, Error> {
    if session.simulate {
        return Ok("Send it to the simulator?".to_owned());
    }
    let service = session.service(host)?;
    Ok(match service.environment() {
        Environment::Sandbox => "Send it? The sandbox delivers for real.".to_owned(),
        Environment::Production => format!(
            "Send it live to {}, with the key {} {}?",
            receivers(audiences),
            service.key.fingerprint(),
            source(service)
        ),
    })
}

/// Returns how many a send goes to, in words.
fn receivers(audiences: &[Audience]) -> String {
    let counts = audiences.iter().map(|audience| match audience {
        Audience::Listeners => None,
        Audience::One(_) => Some(1),
        Audience::Many(recipients) => Some(recipients.len()),
    });
    match counts.sum::<Option<usize>>() {
        Some(count) => text::count_noun(count, "recipient"),
        None => "the event's listeners".to_owned(),
    }
}

/// Returns where the key comes from, short enough for a question.
fn source(service: &Service) -> String {
    match &service.key_source {
        KeySource::Flag(_) => "from --api-key-file".to_owned(),
        KeySource::FileVariable(_) => format!("from {}", credentials::KEY_FILE),
        KeySource::Variable => format!("from {}", credentials::KEY),
        KeySource::Command(_) | KeySource::Login(_) => {
            format!("of the profile {}", service.profile)
        }
    }
}

/// Refuses requests that hold the API key: somebody would read it in a message, or in the journal.
///
/// # Errors
/// A usage error that does not repeat it.
pub fn keyless(
    requests: &[(SendRequest, Option<IdempotencyKey>)],
    key: &ApiKey,
) -> Result<(), Error> {
    let texts = requests.iter().flat_map(|(request, idempotency_key)| {
        [
            request.to_json(),
            request.event.to_string(),
            idempotency_key
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ]
    });
    keyless_texts(texts, key)
}

/// Refuses texts, of JSON or any other, that hold the API key.
///
/// # Errors
/// A usage error that does not repeat it.
pub fn keyless_texts(texts: impl Iterator<Item = String>, key: &ApiKey) -> Result<(), Error> {
    // In JSON, a quote or a backslash of the key would have an escape before it.
    let written = serde_json::Value::from(key.expose()).to_string();
    let written = written.trim_matches('"');
    for text in texts {
        if text.contains(key.expose()) || text.contains(written) {
            return Err(Error::usage(
                "nothing was sent: the request holds the API key itself",
                "Take the key out of the recipient, the values and the idempotency key.",
            ));
        }
    }
    Ok(())
}
