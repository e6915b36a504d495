//! From the identifier that a channel uses to its outcome.

use super::outcomes::{self, Outcome};
use super::phones;
use super::third_party::{self, Borrowed};
use crate::model::Channel;
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::Scenario;
use crate::text;

/// The domain whose local parts are outcomes. `.test` is reserved: a value that leaks reaches nobody.
pub const DOMAIN: &str = "simulator.test";
/// The one listener of an event that has no definition (assumed). Its messages are ordinary.
pub const LISTENER: &str = "listener@simulator.test";
/// What an outcome begins with in the identifier of any other channel.
pub const PREFIX: &str = "sim:";

/// What a recipient makes happen, and by which word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steering {
    /// What happens.
    pub outcome: Outcome,
    /// What is stored as `decided_by`: `recipient:` and the word as it is documented, or `phone:` and four digits.
    pub by: String,
}

/// A recipient that looks as if it steers, and does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{recipient}` steers nothing: {problem}; `sendivent simulator recipients` lists what does"
)]
pub struct UnknownOutcome {
    /// The recipient.
    pub recipient: String,
    /// What is wrong with it, and what was probably meant.
    pub problem: String,
}

/// Returns what the identifier that a channel uses makes happen. None for an ordinary one.
///
/// # Errors
/// [`UnknownOutcome`] when the identifier looks as if it steers.
pub fn steer(channel: &Channel, identifier: &str) -> Result<Option<Steering>, UnknownOutcome> {
    if let Some(rest) = identifier.strip_prefix(PREFIX) {
        let word = rest.split_once(':').map_or(rest, |(word, _)| word);
        return ours(channel, identifier, word).map(Some);
    }
    if phones::takes(channel) {
        return phone(identifier);
    }
    if *channel != Channel::Email || identifier.eq_ignore_ascii_case(LISTENER) {
        return Ok(None);
    }
    let Some((in_process, domain)) = identifier.rsplit_once('@') else {
        return Ok(None);
    };
    let word = in_process
        .split_once('+')
        .map_or(in_process, |(word, _)| word);
    if domain.eq_ignore_ascii_case(DOMAIN) {
        return ours(channel, identifier, word).map(Some);
    }
    third_party::DOMAINS
        .iter()
        .find(|third_party| domain.eq_ignore_ascii_case(third_party.domain))
        .map(|third_party| theirs(third_party, identifier, word))
        .transpose()
}

fn ours(channel: &Channel, recipient: &str, word: &str) -> Result<Steering, UnknownOutcome> {
    match outcomes::read(word) {
        Some((outcome, word)) => Ok(Steering {
            outcome: over(channel, outcome),
            by: format!("recipient:{word}"),
        }),
        None => Err(unknown(recipient, word, outcomes::nearest(word))),
    }
}

fn theirs(third_party: &Borrowed, recipient: &str, word: &str) -> Result<Steering, UnknownOutcome> {
    let wanted = outcomes::plain(word);
    let found = third_party
        .words
        .iter()
        .find(|(theirs, _)| *theirs == wanted)
        .and_then(|(_, ours)| outcomes::find(ours));
    match found {
        Some(row) => Ok(Steering {
            outcome: row.outcome,
            by: format!("recipient:{}", row.word),
        }),
        None => {
            let words = third_party.words.iter().map(|(theirs, _)| *theirs);
            Err(unknown(
                recipient,
                word,
                text::closest_match(&wanted, words),
            ))
        }
    }
}

fn phone(phone: &str) -> Result<Option<Steering>, UnknownOutcome> {
    let Some(digits) = phones::in_block(phone) else {
        return Ok(None);
    };
    match phones::outcome(phone) {
        Some(outcome) => Ok(Some(Steering {
            outcome,
            by: format!("phone:{digits}"),
        })),
        None => Err(UnknownOutcome {
            recipient: phone.to_owned(),
            problem: format!(
                "the table of the block {}xxxx has no such number",
                phones::BLOCK
            ),
        }),
    }
}

fn unknown(recipient: &str, word: &str, nearest: Option<&str>) -> UnknownOutcome {
    let problem = match nearest {
        Some(nearest) => format!("`{word}` is not an outcome (did you mean `{nearest}`?)"),
        None => format!("`{word}` is not an outcome"),
    };
    UnknownOutcome {
        recipient: recipient.to_owned(),
        problem,
    }
}

/// An identifier that cannot exist is called by the name of what it is.
fn over(channel: &Channel, outcome: Outcome) -> Outcome {
    let reason = match channel {
        Channel::Email => Reason::InvalidEmail,
        Channel::Sms | Channel::Whatsapp => Reason::InvalidPhone,
        _ => Reason::ProviderRejected,
    };
    match outcome {
        Outcome::Scenario(Scenario::Rejected(Reason::InvalidEmail)) => {
            Outcome::Scenario(Scenario::Rejected(reason))
        }
        outcome => outcome,
    }
}
