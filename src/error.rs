//! The error that ends a command, with its message, hint and exit code.

mod request_failure;

use std::io;
use std::path::PathBuf;

use crate::api::{ApiError, EncodeError, IdempotencyKey};
use crate::client::{AttemptError, ClientBuildError, RequestError};
use crate::config::{ConfigError, ServiceError};
use crate::exit::Exit;
use crate::host::{Interrupt, ProgramError};
use crate::journal::JournalError;
use crate::sqlite::{OpenError, OpenFailure};

pub use request_failure::{Repeat, RequestFailure};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments or the input are invalid. Nothing was written or sent.
    #[error("{message}")]
    Usage {
        /// Names the flag, and explains what is wrong with its value.
        message: String,
        hint: String,
    },
    /// The service cannot be selected: no API key, an unknown profile or invalid settings.
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("the key `{}` cannot be {what}", path.display())]
    KeyFile {
        /// The participle that completes the message: `written` or `removed`.
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(transparent)]
    ClientBuildError(#[from] ClientBuildError),
    /// The request cannot be built, for example because an id is too long for a URL. Nothing was sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error("{what}: {failure}")]
    Request {
        /// Describes the request in the message, such as the event and the recipient.
        what: String,
        failure: RequestFailure,
        /// The idempotency key if the request is a send, otherwise `None`.
        idempotency_key: Option<IdempotencyKey>,
    },
    #[error("{message}")]
    NotFound { message: String, hint: String },
    /// The journal or the simulator's database cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("{what} cannot be read")]
    Input { what: String, source: io::Error },
    #[error("the result cannot be written")]
    Output(#[source] io::Error),
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error("interrupted")]
    Interrupted(Interrupt),
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.message, error.hint)
    }
}

impl Error {
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Creates the error of a failed request that has no idempotency key. `what` describes the request in the message.
    pub fn request(what: impl Into<String>, failure: RequestFailure) -> Self {
        Self::Request {
            what: what.into(),
            failure,
            idempotency_key: None,
        }
    }

    /// Converts the error of a request that is not a send. `what` describes the request in the message.
    pub fn of_request(what: &str, error: RequestError) -> Self {
        let is_rejection = error.rejection().is_some();
        let failure = match error.cause {
            AttemptError::Api(api_error) if is_rejection => RequestFailure::Refused(api_error),
            AttemptError::Api(api_error) if api_error.status == 429 => {
                RequestFailure::RateLimited {
                    api_error,
                    attempts: error.attempts,
                }
            }
            AttemptError::Decode(reason) => RequestFailure::NotUnderstood(reason),
            AttemptError::Interrupted(interrupt) => return Self::Interrupted(interrupt),
            AttemptError::Encode(error) => return Self::Encode(error),
            AttemptError::Api(_) | AttemptError::Transport(_) | AttemptError::DeadlineExceeded => {
                RequestFailure::Unavailable {
                    reason: error.to_string(),
                    advice: error.cause.hint(),
                }
            }
        };
        Self::request(what, failure)
    }

    /// Returns whether the same command may succeed if it is run again later.
    pub fn is_retryable(&self) -> bool {
        use RequestFailure::{NotUnderstood, Refused};
        match self {
            Self::Request { failure, .. } => !matches!(failure, Refused(_) | NotUnderstood(_)),
            _ => false,
        }
    }

    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        match self {
            Self::Request {
                idempotency_key, ..
            } => idempotency_key.as_ref(),
            _ => None,
        }
    }

    pub fn api_error(&self) -> Option<&ApiError> {
        match self {
            Self::Request {
                failure:
                    RequestFailure::Refused(api_error) | RequestFailure::RateLimited { api_error, .. },
                ..
            } => Some(api_error),
            _ => None,
        }
    }

    /// Returns the chain of sources, starting with the direct cause of this error.
    pub fn causes(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        std::iter::successors(std::error::Error::source(self), |cause| cause.source())
    }

    /// Returns the message, its causes and the hint on one line.
    pub fn to_single_line(&self) -> String {
        let mut text = self.to_string();
        for cause in self.causes() {
            text.push_str(&format!(": {cause}"));
        }
        match self.hint() {
            Some(hint) => format!("{text}. {hint}"),
            None => text,
        }
    }

    /// Returns the stable code for JSON, such as `not_found`, and the exit code.
    pub fn code_and_exit(&self) -> (&'static str, Exit) {
        match self {
            Self::Usage { .. }
            | Self::Service(ServiceError::Config(_))
            | Self::Encode(_)
            | Self::ClientBuildError(
                ClientBuildError::Proxy { .. } | ClientBuildError::Authorities { .. },
            ) => ("usage", Exit::Usage),
            Self::Input { .. } => ("input", Exit::Usage),
            Self::NotFound { .. } | Self::Service(ServiceError::NoProfile { .. }) => {
                ("not_found", Exit::NotFound)
            }
            Self::Service(_) => ("no_key", Exit::Auth),
            Self::ClientBuildError(ClientBuildError::Tls(_)) | Self::Runtime(_) => {
                ("internal", Exit::Error)
            }
            Self::KeyFile { .. } => ("key_file", Exit::Error),
            Self::Request { failure, .. } => failure.code_and_exit(),
            Self::Journal(JournalError::KeyReused { .. }) => {
                ("idempotency_conflict", Exit::Refused)
            }
            Self::Store(_) => ("store", Exit::Error),
            Self::Journal(JournalError::Sqlite(_)) => ("journal", Exit::Error),
            Self::Output(_) => ("output", Exit::Error),
            Self::Program(error) if error.is_missing() => ("program", Exit::NoProgram),
            Self::Program(_) => ("program", Exit::CannotStart),
            Self::Interrupted(interrupt) => ("interrupted", (*interrupt).into()),
        }
    }

    pub fn exit(&self) -> Exit {
        self.code_and_exit().1
    }

    /// Returns what the user can do about the error, with a command to run where possible.
    pub fn hint(&self) -> Option<String> {
        let fixed = match self {
            Self::Usage { hint, .. } | Self::NotFound { hint, .. } => return Some(hint.clone()),
            Self::Service(error) => return Some(error.hint()),
            Self::ClientBuildError(error) => return error.hint(),
            Self::Request {
                what,
                failure,
                idempotency_key,
            } => return failure.hint(what, idempotency_key.as_ref()),
            Self::Store(error) => return Some(store_hint(error)),
            Self::KeyFile { .. } => "Check the folder's permissions and free disk space.",
            Self::Journal(JournalError::KeyReused { .. }) => {
                "Repeat the first request unchanged, or use a new key for a new send."
            }
            Self::Journal(JournalError::Sqlite(_)) => {
                "Check the disk and the file's permissions, or continue without it: --no-journal."
            }
            Self::Input { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                "Save the file as UTF-8."
            }
            Self::Input { .. } => "Check the file's name and permissions.",
            Self::Output(_) => "Check the disk that the output is written to.",
            Self::Program(error) => error.hint(),
            Self::Encode(_) => "Use a shorter id.",
            Self::Runtime(_) | Self::Interrupted(_) => return None,
        };
        Some(fixed.to_owned())
    }
}

fn store_hint(error: &OpenError) -> String {
    // Each database has its own flag or variable to select another file.
    let another = match error.name {
        "temporary folder" => "set TMPDIR to another folder",
        "journal" => "set XDG_STATE_HOME to another folder, or continue without it: --no-journal",
        _ => "use another file: --simulator-db",
    };
    match &error.cause {
        OpenFailure::Newer { .. } => format!("Update sendivent, or {another}."),
        OpenFailure::Io(_) | OpenFailure::Sqlite(_) => {
            format!("Check that the folder exists, is writable and has free space, or {another}.")
        }
        OpenFailure::Directory
        | OpenFailure::Special
        | OpenFailure::Foreign
        | OpenFailure::Corrupt(_) => format!("Move `{}` away, or {another}.", error.path.display()),
    }
}
