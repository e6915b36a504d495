//! The kinds of request failures, with their exit codes and hints.

use crate::api::{ApiError, DecodeError, INTERMEDIARY_HINT, IdempotencyKey};
use crate::exit::Exit;
use crate::model::help_topic;
use crate::text::count_noun;

/// The command that repeats a send with the same idempotency key, so that the user learns its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The current command, with `--idempotency-key` added.
    WithKey,
    /// The current command as it is: it already has `--idempotency-key`.
    Unchanged,
    /// The command of an earlier send, which is recorded in the journal.
    Earlier,
}

/// How a request failed after all its attempts.
#[derive(Debug, thiserror::Error)]
pub enum RequestFailure {
    /// The service rejected the request.
    #[error("{0}")]
    Refused(Box<ApiError>),
    /// The last attempt got a 429.
    #[error("{api_error}, {}", count_noun(attempts, "attempt"))]
    RateLimited {
        api_error: Box<ApiError>,
        attempts: u32,
    },
    /// The service may or may not have accepted the send.
    #[error("outcome unknown: {reason}")]
    OutcomeUnknown {
        /// Why the last attempt failed.
        reason: String,
        /// What the user can do about `reason`. `None` if there is nothing to do but try again.
        advice: Option<&'static str>,
        repeat: Repeat,
    },
    /// The service accepted the send, but its response cannot be decoded.
    #[error("accepted, but the response cannot be decoded: {reason}")]
    ReceiptLost { reason: String, repeat: Repeat },
    /// A request other than a send failed after all attempts.
    #[error("{reason}")]
    Unavailable {
        /// Why the last attempt failed.
        reason: String,
        /// What the user can do about `reason`. `None` if there is nothing to do but try again.
        advice: Option<&'static str>,
    },
    /// The status of the response is a success, but its body cannot be decoded. The request is not a send.
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

    /// Returns what the user can do about the failure. `what` describes the request; `key` is the idempotency key of a
    /// send.
    pub(super) fn hint(&self, what: &str, key: Option<&IdempotencyKey>) -> Option<String> {
        Some(match self {
            Self::Refused(api_error) if api_error.status == 507 => {
                "Check the disk and the file, or use another one: --simulator-db.".to_owned()
            }
            Self::Refused(api_error) => api_error_hint(api_error),
            Self::RateLimited { .. } => "Wait, then repeat the command.".to_owned(),
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
    /// Returns the instruction to repeat a send with its idempotency key, so that it is not sent twice. `what`
    /// describes the send.
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

/// Appends the instruction to run `sendivent doctor`, which finds out where a connection fails.
fn with_doctor_hint(advice: &str) -> String {
    format!("{advice} Run `sendivent doctor` to find the cause.")
}

/// Returns the hint for an error response: the first action of its help topic. If the action contains no command,
/// `sendivent explain` with the topic's name is added. The name comes from our list of topics, never directly from the
/// response, because users paste the command into a shell.
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
