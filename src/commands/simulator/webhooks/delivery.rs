//! One webhook delivery: its fields, its attempts, its text.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::api::webhooks;
use crate::model::{Timestamp, from_millis};
use crate::output::{BOLD, DIM, TextStyle, TextWriter};
use crate::redact::{Pii, Redactor};
use crate::text;

/// The delivery of one event to the endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Delivery {
    pub id: String,
    /// The name of the event.
    pub event: String,
    pub message_id: String,
    pub notification_id: String,
    pub recipient: Pii<String>,
    /// `waiting`, `retrying`, `delivered`, `summary` or `dropped`.
    pub status: String,
    /// When the event happens.
    pub at: Timestamp,
    /// When the next attempt is due.
    pub due_at: Option<Timestamp>,
    /// The number of attempts so far.
    pub attempts: u32,
    /// Why it was dropped.
    pub reason: Option<String>,
}

/// One attempt at a delivery.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it ended, in virtual time.
    pub at: Timestamp,
    /// When it ended, in real time.
    pub real: Timestamp,
    pub url: String,
    /// The request headers that are particular to webhooks.
    pub headers: BTreeMap<String, String>,
    pub http_status: Option<u16>,
    /// The beginning of the response's body.
    pub answer: Option<Pii<String>>,
    /// Why it failed.
    pub error: Option<Pii<String>>,
    /// Real time.
    pub took_ms: i64,
    /// Whether `replay` or `trigger` made it.
    pub replay: bool,
}

/// A delivery with its payload and its attempts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryReport {
    /// Virtual time.
    at: Timestamp,
    delivery: Delivery,
    /// The posted body, byte for byte: the signature covers it.
    payload: String,
    /// In order.
    attempts: Vec<Attempt>,
}

impl Delivery {
    /// Returns a delivery of the control plane.
    pub fn new(delivery: &webhooks::Delivery, redactor: &Redactor) -> Self {
        Self {
            id: delivery.id.clone(),
            event: delivery.event.clone(),
            message_id: delivery.message.clone(),
            notification_id: delivery.notification.clone(),
            recipient: redactor.recipient(delivery.recipient.as_str()),
            status: delivery.status.clone(),
            at: from_millis(delivery.at),
            due_at: delivery.due_at.map(from_millis),
            attempts: delivery.attempts,
            reason: delivery.reason.clone(),
        }
    }

    fn state(&self, style: &TextStyle) -> String {
        let status = self.status.replace('_', " ");
        match (&self.reason, self.due_at) {
            (Some(reason), _) => format!("{status}: {}", style.sanitize(reason)),
            (None, Some(due)) => format!("{status}, due {}", style.time(due)),
            (None, None) if self.status == "waiting" => {
                format!("{status} for an earlier event of its message")
            }
            (None, None) => status,
        }
    }
}

impl Attempt {
    /// Returns an attempt of the control plane.
    pub fn new(attempt: webhooks::Attempt, redactor: &Redactor) -> Self {
        Self {
            number: attempt.number,
            at: from_millis(attempt.at),
            real: from_millis(attempt.real),
            url: attempt.url,
            headers: attempt.headers.into_iter().collect(),
            http_status: attempt.status,
            answer: attempt.answer.map(|text| redactor.text(text)),
            error: attempt.error.map(|text| redactor.text(text)),
            took_ms: attempt.took,
            replay: attempt.replay,
        }
    }

    /// Returns the response's status, or why there was none.
    pub fn result(&self, style: &TextStyle) -> String {
        match (&self.error, self.http_status) {
            (Some(error), _) => style.sanitize(error),
            (None, Some(status)) => format!("HTTP {status}"),
            (None, None) => String::new(),
        }
    }

    fn write(&self, out: &mut TextWriter<'_>) {
        /// How many lines of a response are enough for people.
        const MAX_LINES: usize = 20;
        let style = out.style();
        let took = Duration::from_millis(u64::try_from(self.took_ms).unwrap_or(0));
        let manual = if self.replay { ", manual" } else { "" };
        out.line(format_args!(
            "{} {} to {}{manual}: {} ({})",
            style.paint(&format!("attempt {}", self.number), BOLD),
            style.time(self.at),
            style.sanitize(&self.url),
            self.result(style),
            text::format_duration(took)
        ));
        for (name, value) in &self.headers {
            out.line(format_args!("  {name}: {}", style.sanitize(value)));
        }
        let answer = self.answer.as_ref().map_or("", |answer| answer.as_str());
        for line in answer.lines().take(MAX_LINES) {
            out.line(style.paint(&format!("  < {}", style.sanitize(line)), DIM));
        }
    }
}

impl DeliveryReport {
    /// Returns a delivery of the control plane.
    pub fn new(detail: webhooks::DeliveryDetail, redactor: &Redactor) -> Self {
        let attempts = detail.attempts.into_iter();
        Self {
            at: from_millis(detail.now),
            delivery: Delivery::new(&detail.delivery, redactor),
            payload: detail.payload,
            attempts: attempts
                .map(|attempt| Attempt::new(attempt, redactor))
                .collect(),
        }
    }

    /// Writes the delivery, its payload and its attempts.
    pub fn write(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let delivery = &self.delivery;
        out.line(format_args!(
            "{} {}\n{} to {}, {}\nmessage {} of notification {}",
            style.paint("delivery", BOLD),
            delivery.id,
            style.sanitize(&delivery.event),
            style.sanitize(&delivery.recipient),
            delivery.state(style),
            delivery.message_id,
            delivery.notification_id,
        ));
        let pretty = serde_json::from_str::<Value>(&self.payload)
            .and_then(|payload| serde_json::to_string_pretty(&payload));
        // A payload that is no JSON is printed as it is.
        let payload = pretty.unwrap_or_else(|_| self.payload.clone());
        for line in payload.lines() {
            let line = style.redactor.text(line);
            out.line(format_args!("  {}", style.sanitize(&line)));
        }
        self.attempts.iter().for_each(|attempt| attempt.write(out));
    }
}
