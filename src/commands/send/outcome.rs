//! The result of one request of `send`: from a response or a failure to its exit code and its representations.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::api::{Decoded, IdempotencyKey, SendResponse};
use crate::client::{AttemptError, RequestError};
use crate::error::{Error, Repeat, RequestFailure};
use crate::exit::Exit;
use crate::journal::SendState;
use crate::model::{Audience, MessageStatus, Recipient, SendRequest};
use crate::output::{DIM, Rows, TextStyle, TextWriter, Update, style_of};
use crate::redact::{Pii, Redactor};

/// The CSV columns of a request.
const COLUMNS: [&str; 7] = [
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub enum SendOutcome {
    Accepted,
    /// The service accepted it, but the body of the response cannot be decoded.
    NotUnderstood,
    /// The service rejected it.
    Refused,
    /// The rate limit still applied after the last attempt.
    RateLimited,
    /// No response, or errors until the last attempt: the service may have accepted it.
    Unknown,
    /// It was not attempted.
    Unsent,
}

/// The result of one request.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SendResult {
    /// The id of the first notification.
    id: Option<String>,
    event: String,
    pub recipient: Pii<String>,
    /// `accepted`, `not_understood`, `refused`, `rate_limited`, `unknown` or `unsent`.
    #[cfg_attr(test, schemars(with = "&'static str"))]
    pub outcome: SendOutcome,
    /// The key under which the request can be repeated safely.
    pub idempotency_key: Pii<String>,
    /// Whether an earlier request with the same key was accepted.
    replayed: bool,
    pub receipts: Vec<Receipt>,
    error: Option<SendError>,
    /// None for a request that was not sent because another one stopped the run.
    #[serde(skip)]
    pub exit: Option<Exit>,
    /// Why an attempted request failed.
    #[serde(skip)]
    failure: Option<RequestFailure>,
}

/// One accepted notification.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Receipt {
    pub id: String,
    /// Empty when the response does not name the recipient.
    pub recipient: Pii<String>,
}

/// Why a request was not accepted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SendError {
    message: Pii<String>,
    http_status: Option<u16>,
    /// The service's code.
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
    /// Returns a result without an outcome, which one of the methods below adds.
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

    /// Returns the result of an accepted request, with the id for each recipient.
    pub fn with_response(
        self,
        response: Decoded<SendResponse>,
        to: &Audience,
        redactor: &Redactor,
    ) -> Self {
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

    /// Returns the result of a failed request. `repeat` is how to repeat it safely.
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
            // The service sends no pages: an intermediary responded.
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
        self.without_attempt("the deadline passed before", exit, redactor)
    }

    /// Returns the result of a request that was not attempted because an earlier one stopped the run.
    pub fn after_stop(self, redactor: &Redactor) -> Self {
        self.without_attempt("the run stopped before", None, redactor)
    }

    /// Returns the result of a request that was not attempted, with the exit code of the reason.
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

    /// Returns what the journal records, given whether the response was marked as simulated.
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
                SendState::Refused
            }
        }
    }

    /// Returns whether the requests after this one would end in the same way.
    pub fn stops_the_run(&self) -> bool {
        match self.outcome {
            SendOutcome::Accepted | SendOutcome::NotUnderstood => false,
            SendOutcome::Refused => self.exit == Some(Exit::Auth),
            SendOutcome::RateLimited | SendOutcome::Unknown => true,
            // The deadline is checked again before each request.
            SendOutcome::Unsent => self.exit != Some(Exit::Timeout),
        }
    }

    /// Turns a failure into the error of the run, for a run with a single request.
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

    /// Writes one line for each receipt, or one with the reason.
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
                // A request that was never attempted has no key to repeat it with.
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
