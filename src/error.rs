//! The error that a run ends with: data, one sentence, and what to do beside it.

mod facts;
mod hint;

use std::io;
use std::path::PathBuf;

use crate::api::{ApiError, DecodeError, INTERMEDIARY_HINT};
use crate::client::{ClientBuildError, Failure, LastTry};
use crate::config::{ConfigError, ServiceError};
use crate::host::{Interrupt, ProgramError};
use crate::journal::JournalError;
use crate::sqlite::OpenError;

use hint::{refusal_hint, repetition, store_hint, unknown_hint, with_doctor_hint};

/// Why a run could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed is wrong. Nothing was written, nothing was sent.
    #[error("{message}")]
    Usage {
        /// What is wrong, naming the flag.
        message: String,
        /// The fix.
        hint: String,
    },
    /// There is no service to speak to: no key, no profile, or settings that cannot be used.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The file of a key cannot be written or removed.
    #[error("the key `{}` cannot be {what}", path.display())]
    KeyFile {
        /// What was to be done with it.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The HTTP client cannot be made.
    #[error(transparent)]
    ClientBuildError(#[from] ClientBuildError),
    /// The service refused.
    #[error("{what}: {api_error}")]
    Refused {
        /// What was asked, in words.
        what: String,
        /// What it said.
        api_error: Box<ApiError>,
        /// The key that it was sent with, of a send.
        idempotency_key: Option<String>,
    },
    /// The service limited the rate until all tries were used up.
    #[error("{what}: {api_error}, {}", crate::text::count_noun(*tries as usize, "attempt"))]
    RateLimited {
        /// What was asked, in words.
        what: String,
        /// What it said last.
        api_error: Box<ApiError>,
        /// How many tries there were.
        tries: u32,
        /// The key that it was sent with, of a send.
        idempotency_key: Option<String>,
    },
    /// The same idempotency key with another request.
    #[error("{0}")]
    KeyReused(JournalError),
    /// Nothing is known under that name.
    #[error("{message}")]
    NotFound {
        /// What is not known.
        message: String,
        /// The fix.
        hint: String,
    },
    /// A send without an answer that settles it.
    #[error("{what}: outcome unknown: {reason}")]
    OutcomeUnknown {
        /// What was asked, in words.
        what: String,
        /// What the last try brought.
        reason: String,
        /// The key under which it can be repeated.
        idempotency_key: String,
        /// What can be done about the last try.
        advice: Option<&'static str>,
        /// Which command is to be repeated.
        repeat: Repeat,
    },
    /// A send that the service took, with an answer that cannot be understood.
    #[error("{what}: accepted, but the answer cannot be understood: {reason}")]
    ReceiptLost {
        /// What was asked, in words.
        what: String,
        /// What is wrong with the answer.
        reason: String,
        /// The key under which the receipt can be asked for.
        idempotency_key: String,
        /// Which command is to be repeated.
        repeat: Repeat,
    },
    /// No answer to a question.
    #[error("{what}: {reason}")]
    Unavailable {
        /// What was asked, in words.
        what: String,
        /// What the last try brought.
        reason: String,
        /// What can be done about it.
        advice: Option<&'static str>,
    },
    /// A success whose body is not what is documented.
    #[error("{what}: {reason}")]
    NotUnderstood {
        /// What was asked, in words.
        what: String,
        /// What is wrong with the answer.
        reason: DecodeError,
    },
    /// A file of ours cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The journal failed while it was in use.
    #[error(transparent)]
    Journal(JournalError),
    /// A file or stream that was named cannot be read.
    #[error("{what} cannot be read")]
    Input {
        /// What was to be read.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The result cannot be written.
    #[error("the result cannot be written")]
    Output(#[source] io::Error),
    /// The runtime could not be started.
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    /// The program of `simulator run` cannot be run.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A signal came.
    #[error("interrupted")]
    Interrupted(Interrupt),
}

/// Which command is to be repeated under the key of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// This one, with the key added.
    WithKey,
    /// This one as it is: the key was given.
    Unchanged,
    /// An earlier one, which the journal remembers.
    Earlier,
}

impl From<ConfigError> for Error {
    fn from(invalid: ConfigError) -> Self {
        Self::usage(invalid.message, invalid.hint)
    }
}

impl Error {
    /// Returns an error about what was typed.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Returns the error of a question that the service refused. `what` is what was asked, in words.
    pub fn refused(what: impl Into<String>, api_error: Box<ApiError>) -> Self {
        Self::Refused {
            what: what.into(),
            api_error,
            idempotency_key: None,
        }
    }

    /// Returns the error that a failed question ends a run with. `what` is what was asked, in words.
    pub fn of_failure(what: &str, failure: Failure) -> Self {
        let what = what.to_owned();
        match failure {
            Failure::Refused(api_error) => Self::refused(what, api_error),
            Failure::NotUnderstood(reason) => Self::NotUnderstood { what, reason },
            Failure::GaveUp {
                last: LastTry::Refused(api_error),
                tries,
                ..
            } if api_error.status == 429 => Self::RateLimited {
                what,
                api_error,
                tries,
                idempotency_key: None,
            },
            Failure::GaveUp { .. } => Self::Unavailable {
                what,
                reason: failure.to_string(),
                advice: failure.advice(),
            },
            Failure::Interrupted(interrupt) => Self::Interrupted(interrupt),
        }
    }

    /// Returns the error with its causes and what to do about it, as one sentence after the other.
    pub fn to_single_line(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(&format!(", because {cause}"));
            source = cause.source();
        }
        match self.hint() {
            Some(hint) => format!("{text}. {hint}"),
            None => text,
        }
    }

    /// Returns the stable word for the error in JSON.
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

    /// Returns what to do about it, if there is anything to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } => Some(hint.clone()),
            Self::Service(error) => Some(error.hint()),
            Self::ClientBuildError(error) => error.hint(),
            Self::KeyFile { .. } => {
                Some("Check the folder's permissions, and whether the disk is full.".to_owned())
            }
            Self::Refused { api_error, .. } if api_error.status == 507 => Some(
                "Nothing was stored. Check the disk and the file, or name another one with --simulator-db."
                    .to_owned(),
            ),
            Self::Refused { api_error, .. } => Some(refusal_hint(api_error)),
            Self::RateLimited { .. } => {
                Some("Wait, then send it again: nothing was accepted.".to_owned())
            }
            Self::KeyReused(_) => Some(
                "Repeat the first request unchanged, or take a new key for a new send.".to_owned(),
            ),
            Self::OutcomeUnknown {
                what,
                idempotency_key,
                advice,
                repeat,
                ..
            } => Some(unknown_hint(*advice, &repetition(*repeat, what, idempotency_key))),
            Self::ReceiptLost {
                what,
                idempotency_key,
                repeat,
                ..
            } => {
                let repetition = repetition(*repeat, what, idempotency_key);
                Some(format!("{repetition}: that asks for the receipt, and nothing is sent twice."))
            }
            Self::Unavailable { advice, .. } => {
                Some(advice.map_or("Try again later.".to_owned(), with_doctor_hint))
            }
            Self::NotUnderstood { .. } => {
                Some(INTERMEDIARY_HINT.to_owned())
            }
            Self::Store(error) => Some(store_hint(error)),
            Self::Journal(_) => Some(
                "Check the disk and the file's permissions, or go on without it: --no-journal."
                    .to_owned(),
            ),
            Self::Input { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                Some("The file must be UTF-8.".to_owned())
            }
            Self::Input { .. } => Some("Check the name and its permissions.".to_owned()),
            Self::Output(_) => Some("Check the disk that the output goes to.".to_owned()),
            Self::Program(error) => Some(error.hint().to_owned()),
            Self::Runtime(_) | Self::Interrupted(_) => None,
        }
    }
}
