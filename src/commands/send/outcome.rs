//! The result of one request of `send`: built from a response or an error, with its exit code, text, JSON and CSV.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::api::{Decoded, IdempotencyKey, SendResponse};
use crate::client::{AttemptError, RequestError};
use crate::error::{Error, Repeat, RequestFailure};
use crate::exit::Exit;
use crate::host::Interrupt;
use crate::journal::SendState;
use crate::model::{Audience, MessageStatus, Recipient, SendRequest};
use crate::output::{DIM, Rows, TextStyle, TextWriter, Update, style_of};
use crate::redact::{Pii, Redactor};

/// The CSV columns of a [`SendResult`].
const COLUMNS: [&str; 7] = [
    "id",
    "event",
    "recipient",
    "outcome",
    "idempotency_key",
    "replayed",
    "error",
];

/// The width of the outcome column of the text output, in characters.
const LABEL_WIDTH: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub enum SendOutcome {
    Accepted,
    /// The service accepted the request, but the body of its response cannot be decoded.
    NotUnderstood,
    /// The service rejected the request.
    Refused,
    /// The last attempt got a 429 response, and no earlier attempt can have been accepted.
    RateLimited,
    /// It is unknown whether the service accepted the request, for example after a timeout or a 5xx response.
    Unknown,
    /// No attempt was made.
    Unsent,
}

/// The result of one request of `send`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SendResult {
    /// The id of the first notification in `receipts`; null if `receipts` is empty.
    id: Option<String>,
    event: String,
    pub recipient: Pii<String>,
    /// One of `accepted`, `not_understood`, `refused`, `rate_limited`, `unknown` or `unsent`.
    #[cfg_attr(test, schemars(with = "&'static str"))]
    pub outcome: SendOutcome,
    /// The idempotency key of the request. If the request is repeated with this key, it is not sent twice.
    pub idempotency_key: Pii<String>,
    /// Whether this is the stored response of an earlier request with the same key. If so, nothing was sent again.
    replayed: bool,
    pub receipts: Vec<Receipt>,
    error: Option<SendError>,
    /// The exit code for this request. `None` if the request was not sent because an earlier request or a signal
    /// stopped the command.
    #[serde(skip)]
    pub exit: Option<Exit>,
    /// Why the request failed. `None` if it got a receipt or was not attempted.
    #[serde(skip)]
    failure: Option<RequestFailure>,
}

/// A notification that the service accepted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Receipt {
    pub id: String,
    /// The recipient for display. Empty if the response does not name the notification's recipient, unless the request
    /// had only one recipient.
    pub recipient: Pii<String>,
}

/// The reason why a request has no receipt.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SendError {
    message: Pii<String>,
    http_status: Option<u16>,
    /// The error code in the service's response, such as `EVENT_NOT_FOUND`; null if there is no response or it contains
    /// no code.
    code: Option<String>,
}

impl From<SendOutcome> for &'static str {
    fn from(outcome: SendOutcome) -> Self {
        match outcome {
            SendOutcome::Accepted => "accepted",
            SendOutcome::NotUnderstood => "not_understood",
            SendOutcome::Refused => "refused",
            SendOutcome::RateLimited => "rate_limited",
            SendOutcome::Unknown => "unknown",
            SendOutcome::Unsent => "unsent",
        }
    }
}

impl SendResult {
    /// Creates the result of a request before its first attempt, with the outcome `Unsent`. The methods below convert
    /// it to the final result.
    pub fn new(request: &SendRequest, key: &IdempotencyKey, redactor: &Redactor) -> Self {
        Self {
            id: None,
            event: request.event.to_string(),
            recipient: redactor.recipient(request.to.label()),
            outcome: SendOutcome::Unsent,
            // A key that the user chose may contain an address.
            idempotency_key: redactor.text(key.to_string()),
            replayed: false,
            receipts: Vec::new(),
            error: None,
            exit: None,
            failure: None,
        }
    }

    /// Returns the result of an accepted request, with a receipt for each notification in the response.
    pub fn with_response(
        self,
        response: Decoded<SendResponse>,
        to: &Audience,
        redactor: &Redactor,
    ) -> Self {
        let body = response.body;
        // Some responses contain ids without their recipients.
        let fallback = || match to {
            Audience::One(_) => to.label(),
            Audience::Many(_) | Audience::Listeners => String::new(),
        };
        let receipt = |id: String, label: String| Receipt {
            id,
            recipient: redactor.recipient(label),
        };
        let receipts = match body.notifications {
            Some(accepted) => accepted
                .into_iter()
                .map(|accepted| {
                    let to = accepted.to.as_ref();
                    let to = to.and_then(|to| Recipient::from_wire(to).ok());
                    let label = to.map(|to| to.label().to_owned());
                    receipt(accepted.id, label.unwrap_or_else(fallback))
                })
                .collect(),
            None => vec![receipt(body.id, to.label())],
        };
        Self {
            id: receipts.first().map(|receipt| receipt.id.clone()),
            outcome: SendOutcome::Accepted,
            replayed: response.replayed,
            receipts,
            exit: Some(Exit::Ok),
            ..self
        }
    }

    /// Returns the result of a failed request. `repeat` selects the wording of the hint on how to repeat the request.
    pub fn with_error(self, error: RequestError, repeat: Repeat, redactor: &Redactor) -> Self {
        let mut message = redactor.text(error.to_string());
        let reason = message.to_string();
        let advice = error.cause.hint();
        let is_rejection = error.rejection().is_some();
        let (http_status, code) = match &error.cause {
            AttemptError::Api(api_error) => (Some(api_error.status), api_error.code.clone()),
            _ => (None, None),
        };
        let (outcome, failure) = match error.cause {
            AttemptError::Api(api_error) if is_rejection && !api_error.is_from_intermediary() => {
                (SendOutcome::Refused, RequestFailure::Refused(api_error))
            }
            // The service checks the rate before it accepts anything: a 429 rejects the request.
            AttemptError::Api(api_error) if api_error.status == 429 && !error.ambiguous => {
                message = redactor.text(api_error.to_string());
                let attempts = error.attempts;
                let failure = RequestFailure::RateLimited {
                    api_error,
                    attempts,
                };
                (SendOutcome::RateLimited, failure)
            }
            // An HTML page is left to the last arm: the service sends none, so an intermediary responded.
            AttemptError::Decode(body) if !body.page => {
                let failure = RequestFailure::ReceiptLost { reason, repeat };
                (SendOutcome::NotUnderstood, failure)
            }
            // No attempt was started: the deadline passed while the request waited for the rate limit or the journal.
            AttemptError::DeadlineExceeded if !error.ambiguous && error.attempts == 0 => {
                return self.after_deadline(redactor);
            }
            AttemptError::Encode(_) => {
                return self.without_attempt(&reason, Some(Exit::Usage), redactor);
            }
            AttemptError::Api(_)
            | AttemptError::Decode(_)
            | AttemptError::Transport(_)
            | AttemptError::DeadlineExceeded
            | AttemptError::Interrupted(_) => {
                let failure = RequestFailure::OutcomeUnknown {
                    reason,
                    advice,
                    repeat,
                };
                (SendOutcome::Unknown, failure)
            }
        };
        Self {
            outcome,
            error: Some(SendError {
                message,
                http_status,
                code,
            }),
            exit: Some(failure.exit()),
            failure: Some(failure),
            ..self
        }
    }

    /// Returns the result of a request that was not attempted because the deadline had passed.
    pub fn after_deadline(self, redactor: &Redactor) -> Self {
        let exit = Some(Exit::Timeout);
        self.without_attempt("the deadline had passed", exit, redactor)
    }

    /// Returns the result of a request that was not attempted because the command had stopped. `interrupted` is the
    /// signal that stopped the command; `None` if an earlier request stopped it.
    pub fn after_stop(self, interrupted: Option<Interrupt>, redactor: &Redactor) -> Self {
        let reason = match interrupted {
            Some(_) => "interrupted",
            None => "an earlier request stopped the command",
        };
        self.without_attempt(reason, None, redactor)
    }

    /// Returns the result of a request that was not attempted. `exit` is the exit code for the reason; `None` if
    /// another request or a signal determines the exit code.
    pub fn without_attempt(self, reason: &str, exit: Option<Exit>, redactor: &Redactor) -> Self {
        Self {
            error: Some(SendError {
                message: redactor.text(format!("not sent: {reason}")),
                http_status: None,
                code: None,
            }),
            exit,
            ..self
        }
    }

    /// Returns the state that the journal stores for the request. `simulated` is whether the service marked its
    /// response as simulated.
    pub fn state(&self, simulated: bool) -> SendState {
        let ids = || {
            let receipts = self.receipts.iter();
            receipts.map(|receipt| receipt.id.clone()).collect()
        };
        match self.outcome {
            SendOutcome::Accepted if simulated => SendState::Simulated(ids()),
            SendOutcome::Accepted => SendState::Accepted(ids()),
            SendOutcome::NotUnderstood | SendOutcome::Unknown => SendState::Unknown,
            SendOutcome::Refused | SendOutcome::RateLimited | SendOutcome::Unsent => {
                SendState::NotAccepted
            }
        }
    }

    /// Returns whether the command must not send its remaining requests, because they would probably fail for the same
    /// reason.
    pub fn stops_command(&self) -> bool {
        match self.outcome {
            SendOutcome::Accepted | SendOutcome::NotUnderstood => false,
            SendOutcome::Refused => self.exit == Some(Exit::Auth),
            SendOutcome::RateLimited | SendOutcome::Unknown => true,
            // The deadline is checked again before each request.
            SendOutcome::Unsent => self.exit != Some(Exit::Timeout),
        }
    }

    /// Returns an error for the whole command if the request failed. Used only if the command has one request.
    pub fn into_single(self, key: &IdempotencyKey) -> Result<Self, Error> {
        match self.failure {
            None => Ok(self),
            Some(failure) => Err(Error::Request {
                what: format!("`{}` to {}", self.event, *self.recipient),
                failure,
                idempotency_key: Some(key.clone()),
            }),
        }
    }

    fn write_line(&self, label: &str, rest: &str, out: &mut TextWriter<'_>) {
        let style: &TextStyle = out.style();
        let key = format!("key {}", style.sanitize(&self.idempotency_key));
        // On a narrow terminal, the key goes to a line of its own.
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

    /// Writes one line for each receipt, or one line with the reason why there is none.
    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let status = match self.outcome {
            SendOutcome::Accepted => MessageStatus::Delivered,
            _ => MessageStatus::Failed,
        };
        let label = match self.outcome {
            SendOutcome::NotUnderstood => "no receipt",
            SendOutcome::RateLimited => "limited",
            outcome => outcome.into(),
        };
        let label = format!("{label:<LABEL_WIDTH$}");
        let label = style.paint(&label, style_of(&status));
        let replayed = match self.replayed {
            true => "  (accepted before)",
            false => "",
        };
        for Receipt { id, recipient } in &self.receipts {
            let recipient = style.recipient(Some(recipient));
            self.write_line(&label, &format!("{id}  {recipient}{replayed}"), out);
        }
        if let Some(error) = &self.error {
            let recipient = style.recipient(Some(&self.recipient));
            let rest = format!("{recipient}  {}", style.sanitize(&error.message));
            match self.outcome {
                // Repeating a request that was never attempted needs no key.
                SendOutcome::Unsent => out.line(format_args!("{label}  {rest}")),
                _ => self.write_line(&label, &rest, out),
            }
        }
    }

    fn rows(&self) -> Option<Rows> {
        let row = |id: &str, recipient: &str| {
            let outcome: &str = self.outcome.into();
            let (key, replayed) = (&self.idempotency_key, self.replayed.to_string());
            let reason = self.error.as_ref().map_or("", |error| &error.message);
            let cells = [id, &self.event, recipient, outcome, key, &replayed, reason];
            cells.map(ToOwned::to_owned).to_vec()
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
