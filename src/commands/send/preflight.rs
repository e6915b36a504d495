//! Checks before a send: a live key is used with `--live` or after confirmation, and no request contains the API key.

use crate::api::{ApiKey, Environment, IdempotencyKey};
use crate::config::credentials::{self, KeySource};
use crate::config::{Service, Session};
use crate::error::Error;
use crate::host::Host;
use crate::model::{Audience, SendRequest};
use crate::prompt;
use crate::text;

/// Checks that `--live` matches the environment of the API key. Returns whether the user must confirm the send.
pub fn check_live(live: bool, session: &Session, host: &Host) -> Result<bool, Error> {
    // `--live` is ignored here, so that a script can be tried with the simulator unchanged.
    if session.simulate {
        return Ok(false);
    }
    let service = session.service(host)?;
    match (service.environment(), live) {
        (Environment::Sandbox, true) => Err(Error::usage(
            format!("--live: the key from {} is a test_ key", service.key_source),
            "Leave out --live, or use a live_ key. The sandbox delivers for real, too.",
        )),
        (Environment::Sandbox, false) | (Environment::Production, true) => Ok(false),
        (Environment::Production, false) if service.live => Ok(false),
        (Environment::Production, false) if session.can_prompt => Ok(true),
        (Environment::Production, false) => Err(Error::usage(
            format!(
                "nothing was sent: the key from {} is a live_ key",
                service.key_source
            ),
            "This is a production key. Add `--live` to send for real.",
        )),
    }
}

/// Prints what will be sent, and prompts for confirmation. Fails if the user declines.
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

fn question(session: &Session, host: &Host, audiences: &[Audience]) -> Result<String, Error> {
    if session.simulate {
        return Ok("Send it to the simulator?".to_owned());
    }
    let service = session.service(host)?;
    Ok(match service.environment() {
        Environment::Sandbox => "Send it? The sandbox delivers for real.".to_owned(),
        Environment::Production => format!(
            "Send it live to {}, with the key {} {}?",
            recipient_count(audiences),
            service.key.fingerprint(),
            source(service)
        ),
    })
}

fn recipient_count(audiences: &[Audience]) -> String {
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

/// Describes the source of the API key for the confirmation prompt, such as `from SENDIVENT_API_KEY`.
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

/// Fails if a request contains the API key, because the key would be sent to the recipient and stored in the journal.
pub fn reject_embedded_key_in(
    requests: &[(SendRequest, Option<IdempotencyKey>)],
    key: &ApiKey,
) -> Result<(), Error> {
    let texts = requests.iter().flat_map(|(request, idempotency_key)| {
        let texts = [request.to_json(), request.event.to_string()];
        texts
            .into_iter()
            .chain(idempotency_key.as_ref().map(ToString::to_string))
    });
    reject_embedded_key(texts, key)
}

/// Fails if one of the strings contains the API key, either as it is or escaped as in JSON. The error does not contain
/// the key.
pub fn reject_embedded_key(texts: impl Iterator<Item = String>, key: &ApiKey) -> Result<(), Error> {
    // In JSON, quotes and backslashes in the key are escaped.
    let escaped = serde_json::Value::from(key.expose()).to_string();
    let escaped = escaped.trim_matches('"');
    for text in texts {
        if text.contains(key.expose()) || text.contains(escaped) {
            return Err(Error::usage(
                "nothing was sent: the request contains the API key",
                "Take the key out of the recipient, the values and the idempotency key.",
            ));
        }
    }
    Ok(())
}
