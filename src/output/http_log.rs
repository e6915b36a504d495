//! The log of `--verbose`: requests, responses and retries on stderr. It contains no API keys and no payloads, so that
//! users can publish it.

use std::cell::RefCell;

use serde_json::Value;

use super::formats::Format;
use super::reporter::{Reporter, SIMULATED};
use super::streams::Streams;
use super::text_writer::{DIM, TextStyle};
use crate::client::{HttpEvent, HttpObserver};
use crate::config::Session;
use crate::redact::{KnownValues, mask_json};
use crate::text;

/// The maximum length of the body of an error response in the log, in characters.
const MAX_BODY: usize = 10_000;

/// The log of `--verbose`. It also detects from the first simulated response that requests over the network go to a
/// simulator.
pub struct HttpLog<'r, 'h> {
    streams: &'r Streams<'h>,
    style: TextStyle,
    /// Whether to print a note when the first simulated response arrives.
    announces: bool,
    /// Values from the bodies of requests. They are masked in responses that repeat them, with or without `--no-pii`.
    sent: RefCell<KnownValues>,
}

impl<'r, 'h> HttpLog<'r, 'h> {
    pub fn new(reporter: &'r Reporter<'h>, session: &Session) -> Self {
        let streams = &reporter.streams;
        Self {
            streams,
            style: streams.stderr_style(),
            announces: reporter.format == Format::Text && !session.simulate,
            sent: RefCell::default(),
        }
    }

    fn line(&self, line: &str) {
        self.streams.note(&self.style.paint(line, DIM));
    }

    fn headers(&self, arrow: char, headers: &[(&str, &str)]) {
        for (name, value) in headers {
            // The cookie of a proxy can identify the user.
            let value = match name.contains("cookie") {
                true => "***".to_owned(),
                false => self.masked(value),
            };
            self.line(&format!("{arrow} {name}: {value}"));
        }
    }

    fn log(&self, event: HttpEvent<'_>) {
        match event {
            HttpEvent::Request {
                number,
                method,
                base,
                path,
                headers,
                body,
            } => {
                let attempt = match number {
                    1 => String::new(),
                    number => format!("  (attempt {number})"),
                };
                let path = self.masked(path);
                self.line(&format!("> {method} {base}{path}{attempt}"));
                self.headers('>', headers);
                if let Ok(body) = serde_json::from_slice::<Value>(body) {
                    self.sent.borrow_mut().add_json(&body);
                    let masked = mask_json(body).to_string();
                    self.line(&format!("> {}", self.style.sanitize(&masked)));
                }
            }
            HttpEvent::Response {
                status,
                headers,
                body,
                elapsed,
                ..
            } => {
                let elapsed = text::format_duration(elapsed);
                let length = text::count_noun(body.len(), "byte");
                self.line(&format!("< HTTP {status}, {length}, after {elapsed}"));
                self.headers('<', headers);
                if !(200..300).contains(&status) {
                    let text = String::from_utf8_lossy(body);
                    let text = text::truncate(&text, MAX_BODY);
                    self.line(&format!("< {}", self.masked(&text)));
                }
            }
            HttpEvent::Failed { reason, elapsed } => {
                let elapsed = text::format_duration(elapsed);
                let reason = self.masked(reason);
                self.line(&format!("< no response, after {elapsed}: {reason}"));
            }
            HttpEvent::Retry { pause } => {
                self.line(&format!("  retry in {}", text::format_duration(pause)));
            }
        }
    }

    /// Masks the values that were sent, and everything that looks like an email address or a phone number. With
    /// `--no-pii`, also masks the other personal values of the command.
    fn masked(&self, text: &str) -> String {
        let text = self.sent.borrow().mask(text);
        self.style.sanitize(&self.streams.redactor.text(text))
    }
}

impl HttpObserver for HttpLog<'_, '_> {
    fn on_event(&self, event: HttpEvent<'_>) {
        if self.streams.settings.verbose {
            self.log(event);
        }
        if let HttpEvent::Response {
            simulated: true, ..
        } = event
            && !self.streams.simulated.replace(true)
            && self.announces
        {
            self.line(SIMULATED);
        }
    }
}
