//! The outcome of one request of `send`: from a response or a failure to its exit code and its representations.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::api::{ApiError, Decoded, IdempotencyKey, SendResponse};
use crate::client::{AttemptError, RequestError};
use crate::error::{Error, Repeat, RequestFailure};
use crate::exit::Exit;
use crate::journal::SendState;
use crate::model::{Audience, MessageStatus, Recipient, SendRequest};
use crate::output::{DIM, Rows, TextStyle, TextWriter, Update, style_of};
use crate::redact::{Pii, Redactor};

/// The CSV columns of a request.
pub const COLUMNS: [&str; 7] = [
    "id",
    "event",
    "recipient",
    "outcome",
    "idempotency_key",
    "replayed",
    "error",
];

/// The width of the label that begins a line.
const LABEL_WIDTH: usize = 10;

/// The outcome of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// The service accepted it.
    Accepted {
        /// One for each contact, in order.
        receipts: Vec<Receipt>,
        /// Whether it had been accepted before, under the same key.
        replayed: bool,
    },
    /// The service accepted it, but the body of the response cannot be decoded.
    NotUnderstood { reason: Pii<String> },
    /// The service rejected it.
    Refused(ApiError),
    /// The rate limit still applied after the last attempt.
    RateLimited { error: ApiError, attempts: u32 },
    /// No response, or errors until the last attempt: the service may have accepted it.
    Unknown {
        reason: Pii<String>,
        /// The last error response, if there was one.
        error: Option<ApiError>,
        advice: Option<&'static str>,
    },
    /// It was not attempted, because of an error before its first attempt, such as a journal that cannot be written.
    NotSent {
        reason: Pii<String>,
        /// The exit code of the error.
        exit: Exit,
    },
    /// It was not attempted, because an earlier one stopped the run.
    Skipped,
    /// It was not attempted, because the deadline had passed.
    TooLate,
}

/// One accepted notification.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Receipt {
    pub id: String,
    /// Empty when the response does not name the recipient.
    pub recipient: Pii<String>,
}

impl SendOutcome {
    /// Returns the outcome of an accepted send, with the id for each recipient.
    pub fn accepted(response: Decoded<SendResponse>, to: &Audience, redactor: &Redactor) -> Self {
        let body = response.body;
        // Some forms of the response do not name the recipients.
        let fallback = || match to {
            Audience::One(_) => to.label(),
            Audience::Many(_) | Audience::Listeners => String::new(),
        };
        let receipt = |id: String, label: String| Receipt {
            id,
            recipient: redactor.recipient(label),
        };
        let receipts = match body.notifications {
            Some(accepted) if !accepted.is_empty() => accepted
                .into_iter()
                .map(|accepted| {
                    let to = accepted.to.as_ref();
                    let to = to.and_then(|to| Recipient::from_wire(to).ok());
                    let label = to.map(|to| to.label().to_owned());
                    receipt(accepted.id, label.unwrap_or_else(fallback))
                })
                .collect(),
            _ => vec![receipt(body.id, to.label())],
        };
        Self::Accepted {
            receipts,
            replayed: response.replayed,
        }
    }

    /// Returns the outcome of a failed request, and what the journal records of it.
    pub fn failed(error: RequestError, redactor: &Redactor) -> (Self, SendState) {
        let reason = redactor.text(error.to_string());
        let advice = error.hint();
        let is_rejection = error.rejection().is_some();
        let unknown = |response: Option<ApiError>, reason| {
            let outcome = Self::Unknown {
                reason,
                error: response,
                advice,
            };
            (outcome, SendState::Unknown)
        };
        match error.cause {
            AttemptError::Api(response) if response.is_from_intermediary() => {
                unknown(Some(*response), reason)
            }
            AttemptError::Api(response) if is_rejection => {
                (Self::Refused(*response), SendState::Refused)
            }
            // The service checks the rate before it accepts anything: a 429 rejects the request.
            AttemptError::Api(response) if response.status == 429 && !error.ambiguous => (
                Self::RateLimited {
                    error: *response,
                    attempts: error.attempts,
                },
                SendState::Refused,
            ),
            AttemptError::Api(response) => unknown(Some(*response), reason),
            // The service sends no pages: an intermediary responded.
            AttemptError::Decode(body) if body.page => unknown(None, reason),
            AttemptError::Decode(_) => (Self::NotUnderstood { reason }, SendState::Unknown),
            // No attempt was started: the deadline passed while the request waited for the rate limit or the journal.
            AttemptError::DeadlineExceeded if !error.ambiguous && error.attempts == 0 => {
                (Self::TooLate, SendState::Refused)
            }
            AttemptError::Transport(_)
            | AttemptError::DeadlineExceeded
            | AttemptError::Interrupted(_) => unknown(None, reason),
            AttemptError::Encode(_) => (
                Self::NotSent {
                    reason,
                    exit: Exit::Usage,
                },
                SendState::Refused,
            ),
        }
    }

    /// Returns the notifications that were accepted.
    pub fn receipts(&self) -> &[Receipt] {
        match self {
            Self::Accepted { receipts, .. } => receipts,
            _ => &[],
        }
    }

    /// Returns whether the requests after this one would end in the same way.
    pub fn stops_the_run(&self) -> bool {
        match self {
            Self::Refused(error) => error.status == 401,
            Self::RateLimited { .. } | Self::Unknown { .. } | Self::NotSent { .. } => true,
            Self::Accepted { .. } | Self::NotUnderstood { .. } | Self::Skipped | Self::TooLate => {
                false
            }
        }
    }

    /// Returns the exit code; none for a request that another one's outcome stopped.
    pub fn exit(&self) -> Option<Exit> {
        match self {
            Self::Accepted { .. } => Some(Exit::Ok),
            Self::Refused(error) => Some(error.into()),
            Self::RateLimited { .. } => Some(Exit::RateLimited),
            Self::NotUnderstood { .. } | Self::Unknown { .. } => Some(Exit::Unavailable),
            Self::NotSent { exit, .. } => Some(*exit),
            Self::Skipped => None,
            Self::TooLate => Some(Exit::Timeout),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::NotUnderstood { .. } => "not_understood",
            Self::Refused(_) => "refused",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unknown { .. } => "unknown",
            Self::NotSent { .. } | Self::Skipped | Self::TooLate => "unsent",
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::NotUnderstood { .. } => "no receipt",
            Self::RateLimited { .. } => "limited",
            _ => self.name(),
        }
    }

    /// Returns why the request was not accepted.
    fn reason(&self) -> Option<String> {
        match self {
            Self::Accepted { .. } => None,
            Self::NotUnderstood { reason } | Self::Unknown { reason, .. } => {
                Some(reason.to_string())
            }
            Self::Refused(error) | Self::RateLimited { error, .. } => Some(error.to_string()),
            Self::NotSent { reason, .. } => Some(format!("not sent: {}", **reason)),
            Self::Skipped => Some("not sent: the run stopped before".to_owned()),
            Self::TooLate => Some("not sent: the deadline passed before".to_owned()),
        }
    }

    fn error_response(&self) -> Option<&ApiError> {
        match self {
            Self::Refused(error)
            | Self::RateLimited { error, .. }
            | Self::Unknown {
                error: Some(error), ..
            } => Some(error),
            _ => None,
        }
    }
}

/// The result of one request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SendResult {
    /// The id of the first notification.
    id: Option<String>,
    pub event: String,
    pub recipient: Pii<String>,
    /// `accepted`, `not_understood`, `refused`, `rate_limited`, `unknown` or `unsent`.
    #[serde(rename = "outcome")]
    name: &'static str,
    /// The key under which the request can be repeated safely.
    pub idempotency_key: Pii<String>,
    /// Whether an earlier request with the same key was accepted.
    replayed: bool,
    pub receipts: Vec<Receipt>,
    error: Option<SendError>,
    #[serde(skip)]
    pub outcome: SendOutcome,
}

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SendError {
    message: Pii<String>,
    http_status: Option<u16>,
    /// The service's code.
    code: Option<String>,
}

impl SendResult {
    /// Returns the result of a request.
    pub fn new(
        request: &SendRequest,
        idempotency_key: &IdempotencyKey,
        outcome: SendOutcome,
        redactor: &Redactor,
    ) -> Self {
        let response = outcome.error_response();
        let error = outcome.reason().map(|reason| SendError {
            message: redactor.text(reason),
            http_status: response.map(|error| error.status),
            code: response.and_then(|error| error.code.clone()),
        });
        let receipts = outcome.receipts();
        Self {
            id: receipts.first().map(|receipt| receipt.id.clone()),
            event: request.event.to_string(),
            recipient: redactor.recipient(request.to.label()),
            name: outcome.name(),
            // A key that the user chose may contain an address.
            idempotency_key: redactor.text(idempotency_key.to_string()),
            replayed: matches!(outcome, SendOutcome::Accepted { replayed: true, .. }),
            receipts: receipts.to_vec(),
            error,
            outcome,
        }
    }

    fn reason(&self) -> &str {
        self.error.as_ref().map_or("", |error| &error.message)
    }

    /// Turns a failure into the error of the run, for a run with a single request. `repeat` is how to repeat it safely.
    pub fn into_single(self, key: &IdempotencyKey, repeat: Repeat) -> Result<Self, Error> {
        let what = format!("`{}` to {}", self.event, *self.recipient);
        let failure = match self.outcome {
            SendOutcome::Refused(error) => RequestFailure::Refused(Box::new(error)),
            SendOutcome::RateLimited { error, attempts } => RequestFailure::RateLimited {
                api_error: Box::new(error),
                attempts,
            },
            SendOutcome::Unknown { reason, advice, .. } => RequestFailure::OutcomeUnknown {
                reason: reason.to_string(),
                advice,
                repeat,
            },
            SendOutcome::NotUnderstood { reason } => RequestFailure::ReceiptLost {
                reason: reason.to_string(),
                repeat,
            },
            SendOutcome::Accepted { .. }
            | SendOutcome::NotSent { .. }
            | SendOutcome::Skipped
            | SendOutcome::TooLate => return Ok(self),
        };
        Err(Error::Request {
            what,
            failure,
            idempotency_key: Some(key.clone()),
        })
    }

    /// Writes one line for each receipt, or one with the reason.
    pub fn write(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let status = match self.outcome {
            SendOutcome::Accepted { .. } => MessageStatus::Delivered,
            _ => MessageStatus::Failed,
        };
        let label = format!("{:<LABEL_WIDTH$}", self.outcome.label());
        let label = style.paint(&label, style_of(&status));
        let replayed = if self.replayed {
            "  (accepted before)"
        } else {
            ""
        };
        for Receipt { id, recipient } in &self.receipts {
            let recipient = style.recipient(Some(recipient));
            self.write_line(&label, &format!("{id}  {recipient}{replayed}"), out);
        }
        let rest = format!(
            "{}  {}",
            style.recipient(Some(&self.recipient)),
            style.sanitize(self.reason())
        );
        match self.outcome {
            SendOutcome::Accepted { .. } => {}
            // A request that was never attempted has no key to repeat it with.
            SendOutcome::NotSent { .. } | SendOutcome::Skipped | SendOutcome::TooLate => {
                out.line(format_args!("{label}  {rest}"));
            }
            _ => self.write_line(&label, &rest, out),
        }
    }

    fn write_line(&self, label: &str, rest: &str, out: &mut TextWriter<'_>) {
        let style: &TextStyle = out.style();
        let key = format!("key {}", style.sanitize(&self.idempotency_key));
        // On a narrow terminal the key has a line of its own.
        let width = LABEL_WIDTH + 2 + rest.width() + 2 + key.width();
        let gap = match style.width {
            Some(limit) if width > limit => format!("\n{}", " ".repeat(LABEL_WIDTH)),
            Some(_) | None => String::new(),
        };
        out.line(format_args!(
            "{label}  {rest}{gap}  {}",
            style.paint(&key, DIM)
        ));
    }
}

impl Update for SendResult {
    const TYPE: Option<&'static str> = Some("receipt");

    fn text(&self, out: &mut TextWriter<'_>) {
        self.write(out);
    }

    fn rows(&self) -> Option<Rows> {
        let row = |id: &str, recipient: &str| {
            vec![
                id.to_owned(),
                self.event.clone(),
                recipient.to_owned(),
                self.name.to_owned(),
                self.idempotency_key.to_string(),
                self.replayed.to_string(),
                self.reason().to_owned(),
            ]
        };
        let receipts = self.receipts.iter();
        Some(Rows {
            header: &COLUMNS,
            rows: match self.receipts.as_slice() {
                [] => vec![row("", &self.recipient)],
                _ => receipts.map(|one| row(&one.id, &one.recipient)).collect(),
            },
        })
    }

    fn ids(&self) -> Vec<&str> {
        let receipts = self.receipts.iter();
        receipts.map(|receipt| receipt.id.as_str()).collect()
    }
}
