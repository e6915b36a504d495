//! Masks personal data for `--no-pii`: recipients, contacts and payloads.
//!
//! Reports contain such values as [`Pii`], which only a [`Redactor`] can create. So values are masked before they reach
//! an output format, and no output format can forget to mask them.

mod known_values;

use std::cell::RefCell;
use std::ops::Deref;

use serde::Serialize;
use serde_json::Value;

use crate::api::control::{MessageRow, SuppressionsResponse, TimelineResponse};
use crate::api::webhooks::{Attempt, DeliveriesResponse, DeliveryDetail};
use crate::model::{Audience, Message, MessageError, Notification, masked};

pub use known_values::KnownValues;

// A value from the `Redactor`: masked with `--no-pii`, unchanged otherwise. This is not a doc comment, because that would
// become the description of every such value in the JSON Schemas.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Pii<T>(T);

/// The redactor of a command. It masks personal data if `--no-pii` is on.
#[derive(Debug, Default)]
pub struct Redactor {
    /// Whether `--no-pii` is on.
    enabled: bool,
    /// The personal values to mask in text that other software wrote.
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

    /// Adds personal values to search for in text that other software wrote. Does nothing if `--no-pii` is off.
    pub fn learn(&self, add: impl FnOnce(&mut KnownValues)) {
        if self.enabled {
            add(&mut self.known.borrow_mut());
        }
    }

    /// Masks a recipient: an email address, a phone number or an id.
    pub fn recipient(&self, label: impl Into<String>) -> Pii<String> {
        let label = label.into();
        // The label of a broadcast does not name a person.
        let is_person = !label.is_empty() && label != Audience::Listeners.label();
        Pii(match self.enabled && is_person {
            true => masked(&label),
            false => label,
        })
    }

    /// Masks personal data in text that other software wrote, such as an error message of the service.
    pub fn text(&self, text: impl Into<String>) -> Pii<String> {
        let text = text.into();
        Pii(match self.enabled {
            true => self.known.borrow().mask(&text),
            false => text,
        })
    }

    /// Masks the known values in text that this program wrote. Other addresses stay readable, because they are
    /// examples.
    pub fn own_text(&self, text: &str) -> String {
        match self.enabled {
            true => self.known.borrow().mask_known(text),
            false => text.to_owned(),
        }
    }

    /// Masks a JSON document as [`mask_json`] does, if `--no-pii` is on.
    pub fn json(&self, value: Value) -> Pii<Value> {
        Pii(match self.enabled {
            true => mask_json(value),
            false => value,
        })
    }

    /// Masks the contact and recipient of a notification, and personal data in its error messages.
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

    /// Masks the recipient of a row of `activity`, and personal data in its error message.
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

    /// Masks the recipients of the messages in a timeline.
    pub fn timeline(&self, mut timeline: TimelineResponse) -> Pii<TimelineResponse> {
        for message in &mut timeline.messages {
            self.mask_recipient(&mut message.recipient);
        }
        Pii(timeline)
    }

    /// Masks the recipients in a suppression list.
    pub fn suppressions(&self, mut list: SuppressionsResponse) -> Pii<SuppressionsResponse> {
        for suppression in &mut list.suppressions {
            self.mask_recipient(&mut suppression.recipient);
        }
        Pii(list)
    }

    /// Masks the recipients of webhook deliveries, and personal data in the responses of the webhook endpoints.
    pub fn deliveries(&self, mut list: DeliveriesResponse) -> Pii<DeliveriesResponse> {
        for listed in &mut list.deliveries {
            self.mask_recipient(&mut listed.delivery.recipient);
            self.mask_attempts(&mut listed.last);
        }
        Pii(list)
    }

    /// Masks the recipient of a webhook delivery, and personal data in the endpoint's responses. The payload is not
    /// masked, because its signature could not be verified otherwise.
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
    /// Returns the recipient. Empty if the service did not return one.
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

/// Masks all values of a JSON document. The names of fields stay readable.
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

/// Masks every email address and phone number in a string.
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
