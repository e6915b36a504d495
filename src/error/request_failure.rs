//! How a request failed.

use crate::api::{ApiError, DecodeError, INTERMEDIARY_HINT, IdempotencyKey};
use crate::exit::Exit;
use crate::model::help_topic;
use crate::text::count_noun;

/// Which command to repeat to settle a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The current one, with `--idempotency-key` added.
    WithKey,
    /// The current one, which has the key already.
    Unchanged,
    /// An earlier one, from the journal.
    Earlier,
}

#[derive(Debug, thiserror::Error)]
pub enum RequestFailure {
    #[error("{0}")]
    Refused(Box<ApiError>),
    #[error("{api_error}, {}", count_noun(attempts, "attempt"))]
    RateLimited {
        api_error: Box<ApiError>,
        attempts: u32,
    },
    /// A send that may or may not have been accepted.
    #[error("outcome unknown: {reason}")]
    OutcomeUnknown {
        /// Why the last attempt failed.
        reason: String,
        /// What the user can do about that.
        advice: Option<&'static str>,
        repeat: Repeat,
    },
    /// A send that was accepted, with a response that cannot be decoded.
    #[error("accepted, but the response cannot be decoded: {reason}")]
    ReceiptLost { reason: String, repeat: Repeat },
    /// A read request failed after all attempts.
    #[error("{reason}")]
    Unavailable {
        /// Why the last attempt failed.
        reason: String,
        /// What the user can do about that.
        advice: Option<&'static str>,
    },
    /// A 2xx response that cannot be decoded.
    #[error("{0}")]
    NotUnderstood(DecodeError),
}

impl RequestFailure {
    pub(super) fn code_and_exit(&self) -> (&'static str, Exit) {
        let api_error_name = |status: u16| match status {
            401 => "unauthorized",
            402 => "quota_exceeded",
            403 => "forbidden",
            404 => "not_found",
            409 => "conflict",
            429 => "rate_limited",
            _ => "refused",
        };
        match self {
            Self::Refused(api_error) => {
                (api_error_name(api_error.status), api_error.as_ref().into())
            }
            Self::RateLimited { .. } => ("rate_limited", Exit::RateLimited),
            Self::OutcomeUnknown { .. } => ("outcome_unknown", Exit::Unavailable),
            Self::ReceiptLost { .. } | Self::NotUnderstood(_) => {
                ("not_understood", Exit::Unavailable)
            }
            Self::Unavailable { .. } => ("unavailable", Exit::Unavailable),
        }
    }

    pub fn exit(&self) -> Exit {
        self.code_and_exit().1
    }

    /// Returns what the user can do about it; `what` names the request.
    pub(super) fn hint(&self, what: &str, key: Option<&IdempotencyKey>) -> Option<String> {
        Some(match self {
            Self::Refused(api_error) if api_error.status == 507 => {
                "Check the disk and the file, or use another one: --simulator-db.".to_owned()
            }
            Self::Refused(api_error) => api_error_hint(api_error),
            Self::RateLimited { .. } => {
                "Wait, then repeat the command: nothing was accepted.".to_owned()
            }
            Self::OutcomeUnknown { advice, repeat, .. } => {
                let repeat = repeat.instruction(what, key?);
                let advice = advice.map(with_doctor_hint);
                let advice = advice.map_or(String::new(), |advice| format!("{advice} "));
                format!("{advice}{repeat}: it is sent only once.")
            }
            Self::ReceiptLost { repeat, .. } => {
                let repeat = repeat.instruction(what, key?);
                format!("{repeat} to get the receipt; nothing is sent twice.")
            }
            Self::Unavailable { advice, .. } => {
                advice.map_or("Try again later.".to_owned(), with_doctor_hint)
            }
            Self::NotUnderstood(_) => with_doctor_hint(INTERMEDIARY_HINT),
        })
    }
}

impl Repeat {
    /// Returns how to repeat a send under its key, so that it is not sent twice.
    fn instruction(self, what: &str, key: &IdempotencyKey) -> String {
        match self {
            Self::WithKey => format!("Repeat the same command with `--idempotency-key {key}`"),
            Self::Unchanged => {
                format!("Repeat the same command unchanged, with its `--idempotency-key {key}`")
            }
            Self::Earlier => format!("Repeat that send ({what}) with `--idempotency-key {key}`"),
        }
    }
}

/// Adds the command that finds where a connection fails.
fn with_doctor_hint(advice: &str) -> String {
    format!("{advice} Run `sendivent doctor` to find the cause.")
}

/// Returns the hint for an error response: the first action of its help topic, with a command to run. The service's code is
/// repeated only if it names a topic, because the command is meant to be pasted.
fn api_error_hint(api_error: &ApiError) -> String {
    let status = api_error.status.to_string();
    let names = [api_error.topic(), status];
    let topic = names
        .iter()
        .find_map(|name| Some((name, help_topic(name)?.actions.first()?)));
    match (api_error.status, topic) {
        _ if api_error.is_from_intermediary() => with_doctor_hint(INTERMEDIARY_HINT),
        (407, _) => {
            "Set the user name and password in the proxy address of the environment.".to_owned()
        }
        (_, Some((_, action))) if action.contains("`sendivent ") => (*action).to_owned(),
        (_, Some((name, action))) => {
            format!(
                "{}; see `sendivent explain {name}`.",
                action.trim_end_matches('.')
            )
        }
        (200..=299, None) => {
            "Correct the request: it was not accepted, although the status is a success.".to_owned()
        }
        (_, None) => with_doctor_hint(INTERMEDIARY_HINT),
    }
}
