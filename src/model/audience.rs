//! The recipients of a send request, its `to`.

use serde::Serialize;
use serde_json::Value;

use super::Recipient;

/// The value of `to` in a send request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Audience {
    /// The request has no `to`. The service then sends to the listeners of the event.
    Listeners,
    /// `to` is a single contact.
    One(Recipient),
    /// `to` is an array. Each contact gets its own notification.
    Many(Vec<Recipient>),
}

impl Audience {
    pub fn is_listeners(&self) -> bool {
        matches!(self, Self::Listeners)
    }

    /// Returns the JSON value of `to`; `None` for the event's listeners, because their request has no `to`.
    pub fn to_wire(&self) -> Option<Value> {
        match self {
            Self::Listeners => None,
            Self::One(recipient) => Some(recipient.to_wire().clone()),
            Self::Many(recipients) => Some(
                recipients
                    .iter()
                    .map(|recipient| recipient.to_wire().clone())
                    .collect(),
            ),
        }
    }

    /// Returns the audience as the journal stores it: an address, number or id, or JSON. Empty for the event's
    /// listeners.
    pub fn to_text(&self) -> String {
        match self.to_wire() {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        }
    }

    pub fn label(&self) -> String {
        match self {
            Self::Listeners => "the event's listeners".to_owned(),
            Self::One(recipient) => recipient.label().to_owned(),
            Self::Many(recipients) => recipients
                .iter()
                .map(Recipient::label)
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}
