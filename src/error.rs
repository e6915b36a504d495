//! The error that a run ends with: data, one message, and a hint.

mod facts;
mod hint;

use std::io;
use std::path::PathBuf;

use crate::api::{ApiError, DecodeError, EncodeError, INTERMEDIARY_HINT, IdempotencyKey};
use crate::client::{AttemptError, ClientBuildError, RequestError};
use crate::config::{ConfigError, ServiceError};
use crate::host::{Interrupt, ProgramError};
use crate::journal::JournalError;
use crate::sqlite::OpenError;

pub use hint::Repeat;
use hint::{api_error_hint, repeat_instruction, store_hint, unknown_hint, with_doctor_hint};

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Invalid arguments or input. Nothing was written or sent.
    #[error("{message}")]
    Usage {
        /// The flag and what is wrong with its value.
        message: String,
        /// The fix.
        hint: String,
    },
    /// No usable key, profile or settings.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A key file cannot be written or removed.
    #[error("the key `{}` cannot be {what}", path.display())]
    KeyFile {
        /// `written` or `removed`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The HTTP client cannot be built.
    #[error(transparent)]
    ClientBuildError(#[from] ClientBuildError),
    /// The request cannot be built; nothing was sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The service rejected the request.
    #[error("{what}: {api_error}")]
    Refused {
        /// The request, for display.
        what: String,
        /// The error response.
        api_error: Box<ApiError>,
        /// The idempotency key of a send.
        idempotency_key: Option<IdempotencyKey>,
    },
    /// The service still limited the rate at the last attempt.
    #[error("{what}: {api_error}, {}", crate::text::count_noun(*attempts as usize, "attempt"))]
    RateLimited {
        /// The request, for display.
        what: String,
        /// The last error response.
        api_error: Box<ApiError>,
        /// How many attempts were made.
        attempts: u32,
        /// The idempotency key of a send.
        idempotency_key: Option<IdempotencyKey>,
    },
    /// The idempotency key belongs to a different request.
    #[error("{0}")]
    KeyReused(JournalError),
    /// There is nothing with that name or id.
    #[error("{message}")]
    NotFound {
        /// What does not exist.
        message: String,
        /// The fix.
        hint: String,
    },
    /// A send that may or may not have been accepted.
    #[error("{what}: outcome unknown: {reason}")]
    OutcomeUnknown {
        /// The request, for display.
        what: String,
        /// Why the last attempt failed.
        reason: String,
        /// The key with which it can be repeated without being sent twice.
        idempotency_key: IdempotencyKey,
        /// What the user can do about the last attempt's error.
        advice: Option<&'static str>,
        /// Which command to repeat.
        repeat: Repeat,
    },
    /// A send that was accepted, with a response that cannot be decoded.
    #[error("{what}: accepted, but the response cannot be decoded: {reason}")]
    ReceiptLost {
        /// The request, for display.
        what: String,
        /// What is wrong with the response.
        reason: String,
        /// The key with which the receipt can be requested again.
        idempotency_key: IdempotencyKey,
        /// Which command to repeat.
        repeat: Repeat,
    },
    /// A read request failed after all attempts.
    #[error("{what}: {reason}")]
    Unavailable {
        /// The request, for display.
        what: String,
        /// Why the last attempt failed.
        reason: String,
        /// What the user can do about it.
        advice: Option<&'static str>,
    },
    /// A 2xx response that cannot be decoded.
    #[error("{what}: {reason}")]
    NotUnderstood {
        /// The request, for display.
        what: String,
        /// What is wrong with the response.
        reason: DecodeError,
    },
    /// The journal or the simulator's file cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(JournalError),
    /// An input file or stdin cannot be read.
    #[error("{what} cannot be read")]
    Input {
        /// The input, for display.
        what: String,
        /// The system's error.
        source: io::Error,
    },
    /// stdout cannot be written.
    #[error("the result cannot be written")]
    Output(#[source] io::Error),
    /// The async runtime cannot be started.
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    /// The program of `simulator run` cannot be started.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A signal ended the run.
    #[error("interrupted")]
    Interrupted(Interrupt),
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.message, error.hint)
    }
}

impl Error {
    /// Returns an error about arguments or input.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Returns the error of a rejected request; `what` names the request.
    pub fn refused(what: impl Into<String>, api_error: Box<ApiError>) -> Self {
        Self::Refused {
            what: what.into(),
            api_error,
            idempotency_key: None,
        }
    }

    /// Returns the error of a failed request that is not a send; `what` names the request.
    pub fn of_request(what: &str, error: RequestError) -> Self {
        let what = what.to_owned();
        let is_rejection = error.rejection().is_some();
        match error.cause {
            AttemptError::Api(api_error) if is_rejection => Self::refused(what, api_error),
            AttemptError::Api(api_error) if api_error.status == 429 => Self::RateLimited {
                what,
                api_error,
                attempts: error.attempts,
                idempotency_key: None,
            },
            AttemptError::Decode(reason) => Self::NotUnderstood { what, reason },
            AttemptError::Interrupted(interrupt) => Self::Interrupted(interrupt),
            AttemptError::Encode(error) => Self::Encode(error),
            AttemptError::Api(_) | AttemptError::Transport(_) | AttemptError::DeadlineExceeded => {
                Self::Unavailable {
                    what,
                    reason: error.to_string(),
                    advice: error.hint(),
                }
            }
        }
    }

    /// Returns the message with its causes and the hint, on one line.
    pub fn to_single_line(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        match self.hint() {
            Some(hint) => format!("{text}. {hint}"),
            None => text,
        }
    }

    /// Returns the stable code for JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Service(ServiceError::Config(_))
            | Self::ClientBuildError(
                ClientBuildError::Proxy { .. } | ClientBuildError::Authorities { .. },
            ) => "usage",
            Self::Service(ServiceError::NoProfile { .. }) => "not_found",
            Self::Service(_) => "no_key",
            Self::ClientBuildError(ClientBuildError::Tls(_)) => "internal",
            Self::Encode(_) => "usage",
            Self::KeyFile { .. } => "key_file",
            Self::Refused { api_error, .. } => match api_error.status {
                401 => "unauthorized",
                402 => "quota_exceeded",
                403 => "forbidden",
                404 => "not_found",
                409 => "conflict",
                429 => "rate_limited",
                _ => "refused",
            },
            Self::RateLimited { .. } => "rate_limited",
            Self::KeyReused(_) => "idempotency_conflict",
            Self::NotFound { .. } => "not_found",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::ReceiptLost { .. } => "not_understood",
            Self::Unavailable { .. } => "unavailable",
            Self::NotUnderstood { .. } => "not_understood",
            Self::Store(_) => "store",
            Self::Journal(_) => "journal",
            Self::Input { .. } => "input",
            Self::Output(_) => "output",
            Self::Runtime(_) => "internal",
            Self::Program(_) => "program",
            Self::Interrupted(_) => "interrupted",
        }
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } => Some(hint.clone()),
            Self::Service(error) => Some(error.hint()),
            Self::ClientBuildError(error) => error.hint(),
            Self::KeyFile { .. } => {
                Some("Check the folder's permissions and free disk space.".to_owned())
            }
            Self::Refused { api_error, .. } if api_error.status == 507 => {
                Some("Check the disk and the file, or use another one: --simulator-db.".to_owned())
            }
            Self::Refused { api_error, .. } => Some(api_error_hint(api_error)),
            Self::RateLimited { .. } => {
                Some("Wait, then repeat the command: nothing was accepted.".to_owned())
            }
            Self::KeyReused(_) => Some(
                "Repeat the first request unchanged, or use a new key for a new send.".to_owned(),
            ),
            Self::OutcomeUnknown {
                what,
                idempotency_key,
                advice,
                repeat,
                ..
            } => Some(unknown_hint(
                *advice,
                &repeat_instruction(*repeat, what, idempotency_key),
            )),
            Self::ReceiptLost {
                what,
                idempotency_key,
                repeat,
                ..
            } => {
                let repeat = repeat_instruction(*repeat, what, idempotency_key);
                Some(format!(
                    "{repeat} to get the receipt; nothing is sent twice."
                ))
            }
            Self::Unavailable { advice, .. } => {
                Some(advice.map_or("Try again later.".to_owned(), with_doctor_hint))
            }
            Self::NotUnderstood { .. } => Some(with_doctor_hint(INTERMEDIARY_HINT)),
            Self::Store(error) => Some(store_hint(error)),
            Self::Journal(_) => Some(
                "Check the disk and the file's permissions, or continue without it: --no-journal."
                    .to_owned(),
            ),
            Self::Input { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                Some("Save the file as UTF-8.".to_owned())
            }
            Self::Input { .. } => Some("Check the file's name and permissions.".to_owned()),
            Self::Output(_) => Some("Check the disk that the output is written to.".to_owned()),
            Self::Program(error) => Some(error.hint().to_owned()),
            Self::Encode(_) => Some("Use a shorter id.".to_owned()),
            Self::Runtime(_) | Self::Interrupted(_) => None,
        }
    }
}
