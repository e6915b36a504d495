//! `--no-pii`: recipients, contacts and payloads are masked when a value enters a report, so that no output format can
//! forget it.
//!
//! Reports hold such values as [`Pii`], which only a [`Redactor`] constructs.

mod known_values;

use std::cell::RefCell;
use std::ops::Deref;

use serde::Serialize;
use serde_json::Value;

use crate::api::control::{MessageRow, SuppressionsResponse, TimelineResponse};
use crate::api::webhooks::{Attempt, DeliveriesResponse, DeliveryDetail};
use crate::model::{Audience, Message, MessageError, Notification, masked};

pub use known_values::KnownValues;

// A value from the `Redactor`: masked under `--no-pii`, unchanged otherwise. A doc comment would become the description of
// every such value in the schemas.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Pii<T>(T);

/// Masks personal data under `--no-pii`.
#[derive(Debug, Default)]
pub struct Redactor {
    enabled: bool,
    known: RefCell<KnownValues>,
}

impl Redactor {
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            known: RefCell::default(),
        }
    }

    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Adds values that text from outside may repeat, if `--no-pii` is on.
    pub fn learn(&self, add: impl FnOnce(&mut KnownValues)) {
        if self.enabled {
            add(&mut self.known.borrow_mut());
        }
    }

    /// Masks a recipient: an address, a number or an id.
    pub fn recipient(&self, label: impl Into<String>) -> Pii<String> {
        let label = label.into();
        // The label of a broadcast names no person.
        let is_person = !label.is_empty() && label != Audience::Listeners.label();
        Pii(match self.enabled && is_person {
            true => masked(&label),
            false => label,
        })
    }

    /// Masks personal values in text that other software wrote, such as an error message of the service.
    pub fn text(&self, text: impl Into<String>) -> Pii<String> {
        let text = text.into();
        Pii(match self.enabled {
            true => self.known.borrow().mask(&text),
            false => text,
        })
    }

    /// Masks the values of this run in text of our own. Other addresses in it are examples, and stay readable.
    pub fn own_text(&self, text: &str) -> String {
        match self.enabled {
            true => self.known.borrow().mask_known(text),
            false => text.to_owned(),
        }
    }

    /// Masks every value of a JSON document, and keeps its field names.
    pub fn json(&self, value: Value) -> Pii<Value> {
        Pii(match self.enabled {
            true => mask_json(value),
            false => value,
        })
    }

    /// Masks a notification's contact and recipient, and personal values in the error messages.
    pub fn notification(&self, mut notification: Notification) -> Pii<Notification> {
        if self.enabled {
            notification.fallback_recipient = notification
                .recipient()
                .map(|label| self.recipient(label).0);
            notification.contact = mask_json(notification.contact);
            for message in &mut notification.messages {
                self.mask_error(message);
            }
        }
        Pii(notification)
    }

    /// Masks a row of `activity`.
    pub fn message_row(&self, mut row: MessageRow) -> Pii<MessageRow> {
        self.mask_recipient(&mut row.recipient);
        self.mask_error(&mut row.message);
        Pii(row)
    }

    fn mask_error(&self, message: &mut Message) {
        if let Some(error) = &mut message.error {
            error.message = self.text(std::mem::take(&mut error.message)).0;
        }
    }

    /// Masks the recipients of timelines.
    pub fn timeline(&self, mut timeline: TimelineResponse) -> Pii<TimelineResponse> {
        for message in &mut timeline.messages {
            self.mask_recipient(&mut message.recipient);
        }
        Pii(timeline)
    }

    /// Masks the recipients of a suppression list.
    pub fn suppressions(&self, mut list: SuppressionsResponse) -> Pii<SuppressionsResponse> {
        for suppression in &mut list.suppressions {
            self.mask_recipient(&mut suppression.recipient);
        }
        Pii(list)
    }

    /// Masks webhook deliveries, and what their receivers responded.
    pub fn deliveries(&self, mut list: DeliveriesResponse) -> Pii<DeliveriesResponse> {
        for listed in &mut list.deliveries {
            self.mask_recipient(&mut listed.delivery.recipient);
            self.mask_attempts(&mut listed.last);
        }
        Pii(list)
    }

    /// Masks a webhook delivery, and what its receiver responded. The payload stays: the signature covers it.
    pub fn delivery_detail(&self, mut detail: DeliveryDetail) -> Pii<DeliveryDetail> {
        self.mask_recipient(&mut detail.delivery.recipient);
        self.mask_attempts(&mut detail.attempts);
        Pii(detail)
    }

    fn mask_recipient(&self, recipient: &mut String) {
        *recipient = self.recipient(std::mem::take(recipient)).0;
    }

    fn mask_attempts<'a>(&self, attempts: impl IntoIterator<Item = &'a mut Attempt>) {
        for attempt in attempts {
            for text in [&mut attempt.response_body, &mut attempt.error]
                .into_iter()
                .flatten()
            {
                *text = self.text(std::mem::take(text)).0;
            }
        }
    }
}

impl Pii<Notification> {
    /// Returns the recipient; empty when the service names none.
    pub fn recipient_label(&self) -> Pii<String> {
        Pii(self.0.recipient().unwrap_or_default().to_owned())
    }

    pub fn error_of(&self, message: &Message) -> Option<Pii<MessageError>> {
        message.error.clone().map(Pii)
    }
}

impl<T> Deref for Pii<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Masks every value of a JSON document, and keeps its field names.
pub fn mask_json(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, mask_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(mask_json).collect(),
        Value::String(text) => Value::from(masked(&text)),
        Value::Number(_) | Value::Bool(_) => Value::from("***"),
        Value::Null => Value::Null,
    }
}

/// Masks every email address and phone number in a text.
fn mask_addresses(text: &str) -> String {
    let is_edge = |c: char| c.is_whitespace() || "\"'`()<>[]{},;".contains(c);
    let mut result = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if is_edge(c) {
            result.push_str(&mask_word(&word));
            word.clear();
            result.push(c);
        } else {
            word.push(c);
        }
    }
    result.push_str(&mask_word(&word));
    result
}

fn mask_word(word: &str) -> String {
    let body = word.trim_end_matches(['.', ':', '?', '!']);
    let rest = &word[body.len()..];
    let is_email = body.find('@').is_some_and(|at| at > 0);
    let is_phone = body.strip_prefix('+').is_some_and(|digits| {
        digits.len() >= 7 && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if is_email || is_phone {
        format!("{}{rest}", masked(body))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::mask_addresses;

    #[test]
    fn addresses_and_phone_numbers_are_masked_anywhere_in_a_text() {
        assert_eq!(
            mask_addresses("`welcome` to ada@example.com: no (+14155551234)."),
            "`welcome` to a***@e***: no (+***34)."
        );
        assert_eq!(mask_addresses("nothing @ all, +5 s"), "nothing @ all, +5 s");
        assert_eq!(mask_addresses("`ada.l@` or @file"), "`a***@***` or @file");
        assert_eq!(
            mask_addresses("owned\u{2066} \u{2066}@\u{2066}"),
            "owned\u{2066} \u{2066}***@\u{2066}***"
        );
    }
}
