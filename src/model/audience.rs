//! The recipients of one request.

use serde::Serialize;
use serde_json::Value;

use super::Recipient;

/// The `to` of one request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Audience {
    /// No `to`: the event's listeners.
    Listeners,
    /// One contact.
    One(Recipient),
    /// Several contacts in one request, each with a notification of its own.
    Many(Vec<Recipient>),
}

impl Audience {
    pub fn is_listeners(&self) -> bool {
        matches!(self, Self::Listeners)
    }

    /// Returns the value of `to` on the wire; `None` for the listeners.
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

    /// Returns the audience in a form that `--to` accepts: a text, or JSON. Empty for the listeners.
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
