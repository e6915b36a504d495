//! One recipient of a request: its identifiers, and the channel that they reach. Pure.

use serde_json::{Map, Value};

use super::contact::Changes;
use super::invalid_field::InvalidField;
use super::scenarios::PREFIX;
use crate::model::{Channel, Identifier, Recipient, RecipientKind};

/// A recipient as a request specifies it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RecipientSpec {
    /// The value in the request.
    pub(super) given: Value,
    /// The contact's fields, identifiers under one spelling: `slack_id`, `id`, `push_token`.
    pub(super) fields: Map<String, Value>,
    /// Sendivent's id of the contact, if the request has it.
    pub(super) uuid: Option<uuid::Uuid>,
    /// What the request changes in the stored contact.
    pub(super) changes: Changes,
    /// Whether a contact is stored. A Slack channel is not a contact (documented).
    pub(super) is_contact: bool,
}

impl RecipientSpec {
    /// Parses an element of `to`. Errors name the field `to`.
    pub(super) fn parse(given: &Value) -> Result<Self, InvalidField> {
        check(given)?;
        let mut recipient = Self {
            given: given.clone(),
            fields: Map::new(),
            uuid: None,
            changes: Changes::default(),
            is_contact: true,
        };
        match given {
            Value::Object(fields) => {
                for (name, value) in fields {
                    recipient.add(name, value)?;
                }
                recipient.changes = Changes::collect(fields).without_removals();
                let others = Identifier::ALL.into_iter().any(|identifier| {
                    identifier != Identifier::SlackId && recipient.identifier(identifier).is_some()
                });
                let slack = recipient.identifier(Identifier::SlackId);
                recipient.is_contact = others
                    || recipient.uuid.is_some()
                    || slack.is_some_and(|id| RecipientKind::of(id) != RecipientKind::SlackChannel);
            }
            given => recipient.add_text(given.as_str().unwrap_or_default()),
        }
        Ok(recipient)
    }

    fn add_text(&mut self, text: &str) {
        let kind = RecipientKind::of(text);
        let identifier = match kind.identifier() {
            // A notification has the text under `id` even if Sendivent assigned it.
            Identifier::Uuid => {
                self.uuid = uuid::Uuid::try_parse(text).ok();
                Identifier::ExternalId
            }
            identifier => identifier,
        };
        self.is_contact = kind != RecipientKind::SlackChannel;
        let field = identifier.field();
        self.fields.insert(field.to_owned(), Value::from(text));
        if self.uuid.is_none() {
            self.changes = Changes::of(field, text);
        }
    }

    fn add(&mut self, name: &str, value: &Value) -> Result<(), InvalidField> {
        let identifier = Identifier::from_field(name);
        let name = match identifier {
            Some(identifier) => identifier.field(),
            None => name,
        };
        let text = match value {
            Value::Null => return Ok(()),
            Value::String(text) if text.is_empty() => return Ok(()),
            Value::String(text) => text.clone(),
            // Ids of Telegram and Discord are numbers.
            Value::Number(number) => number.to_string(),
            // A message goes to the first of several push tokens (assumed).
            Value::Array(tokens) if identifier == Some(Identifier::PushToken) => {
                match tokens.first().and_then(Value::as_str) {
                    Some(token) => token.to_owned(),
                    None => {
                        return Err(InvalidField::new(
                            "to",
                            "`push_tokens` must be a list of texts",
                        ));
                    }
                }
            }
            _ => String::new(),
        };
        if identifier.is_some() && text.is_empty() {
            return Err(InvalidField::new("to", format!("`{name}` must be a text")));
        }
        if identifier == Some(Identifier::Uuid) {
            let Ok(uuid) = uuid::Uuid::try_parse(&text) else {
                return Err(InvalidField::new(
                    "to",
                    format!("`uuid`: `{text}` is not a UUID"),
                ));
            };
            self.uuid = Some(uuid);
            return Ok(());
        }
        let value = if identifier.is_some() {
            Value::from(text)
        } else {
            value.clone()
        };
        self.fields.insert(name.to_owned(), value);
        Ok(())
    }

    pub(super) fn identifier(&self, identifier: Identifier) -> Option<&str> {
        self.fields.get(identifier.field()).and_then(Value::as_str)
    }

    /// Adds fields of the stored contact. Those of the request have precedence.
    pub(super) fn merge_stored_fields(&mut self, stored: &Map<String, Value>) {
        if self.uuid.is_some() && self.given.is_string() {
            // The text is Sendivent's id of the contact, not the caller's own.
            self.fields.remove(Identifier::ExternalId.field());
        }
        for (name, value) in stored {
            self.fields
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
    }

    /// Returns the forced channel, or the first one for which the contact has an identifier, with that identifier.
    pub(super) fn channel(&self, forced: Option<&Channel>) -> Option<(Channel, &str)> {
        let mut channels = Channel::ALL
            .into_iter()
            .filter(|channel| forced.is_none_or(|forced| forced == channel));
        channels.find_map(|channel| Some((channel.clone(), self.identifier_for(&channel)?)))
    }

    fn identifier_for(&self, channel: &Channel) -> Option<&str> {
        let own = self.identifier(Identifier::of_channel(channel)?);
        // `sim:…` as an external id stands for the identifier of every channel.
        own.or_else(|| {
            let id = self.identifier(Identifier::ExternalId)?;
            id.starts_with(PREFIX).then_some(id)
        })
    }
}

/// Validates a recipient as the command line does, except that `sim:…` may replace any identifier.
fn check(given: &Value) -> Result<(), InvalidField> {
    let result = match given {
        Value::Object(fields) => {
            let is_scenario = |value: &Value| value.as_str().is_some_and(|v| v.starts_with(PREFIX));
            let mut checked = fields.clone();
            for field in [Identifier::Email, Identifier::Phone].map(Identifier::field) {
                if let Some(value) = checked.get(field).filter(|value| is_scenario(value)) {
                    let value = value.clone();
                    checked.remove(field);
                    checked.insert(Identifier::ExternalId.field().to_owned(), value);
                }
            }
            Recipient::from_fields(checked)
        }
        given => Recipient::from_wire(given),
    };
    result.map(drop).map_err(|error| {
        let code = match given {
            Value::String(text) if text.contains('@') => "INVALID_EMAIL",
            Value::String(text) if text.starts_with('+') => "INVALID_PHONE",
            Value::Object(_) if error.reason.starts_with("`email`") => "INVALID_EMAIL",
            Value::Object(_) if error.reason.starts_with("`phone`") => "INVALID_PHONE",
            _ => "VALIDATION_ERROR",
        };
        InvalidField::with_code("to", code, error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::RecipientSpec;
    use crate::model::Channel;
    use serde_json::{Value, json};

    fn channel(to: Value, forced: Option<Channel>) -> Option<String> {
        let recipient = RecipientSpec::parse(&to).unwrap();
        let (channel, identifier) = recipient.channel(forced.as_ref())?;
        Some(format!("{channel} {identifier}"))
    }

    #[test]
    fn the_first_channel_with_an_identifier_is_used() {
        for (to, forced, expected) in [
            (
                json!("ada@example.com"),
                None,
                Some("email ada@example.com"),
            ),
            (json!("+46701234567"), None, Some("sms +46701234567")),
            (
                json!("+46701234567"),
                Some(Channel::Whatsapp),
                Some("whatsapp +46701234567"),
            ),
            (json!("U12345678"), None, Some("slack U12345678")),
            (json!("#general"), None, Some("slack #general")),
            (json!("C12345678"), Some(Channel::Email), None),
            (json!("user_1"), None, None),
            (json!("sim:failed"), None, Some("email sim:failed")),
            (
                json!("sim:failed:7"),
                Some(Channel::Push),
                Some("push sim:failed:7"),
            ),
            (
                json!({"slack_id": "sim:failed"}),
                None,
                Some("slack sim:failed"),
            ),
            (
                json!({"email": "sim:failed"}),
                None,
                Some("email sim:failed"),
            ),
            (
                json!({"slack": "U12345678", "phone": "+46701234567"}),
                None,
                Some("sms +46701234567"),
            ),
            (json!({"telegram": 123_456}), None, Some("telegram 123456")),
            (json!({"push_tokens": ["a", "b"]}), None, Some("push a")),
            (
                json!({"discord": "9"}),
                Some(Channel::Discord),
                Some("discord 9"),
            ),
            (
                json!({"email": "ada@example.com"}),
                Some(Channel::Sms),
                None,
            ),
        ] {
            let case = format!("{to} {forced:?}");
            assert_eq!(channel(to, forced).as_deref(), expected, "{case}");
        }
    }

    #[test]
    fn malformed_recipients_are_rejected_for_the_field_to() {
        for (to, code) in [
            (json!("ada@"), "INVALID_EMAIL"),
            (json!("+12"), "INVALID_PHONE"),
            (json!({"email": "nope"}), "INVALID_EMAIL"),
            (json!({"phone": "070"}), "INVALID_PHONE"),
            (json!({"name": "Ada"}), "VALIDATION_ERROR"),
            (json!({"uuid": "7"}), "VALIDATION_ERROR"),
            (json!({"telegram": true}), "VALIDATION_ERROR"),
            (json!({"push_tokens": []}), "VALIDATION_ERROR"),
            (json!(7), "VALIDATION_ERROR"),
            (json!(""), "VALIDATION_ERROR"),
        ] {
            let invalid = RecipientSpec::parse(&to).unwrap_err();
            assert_eq!(invalid.field, "to", "{to}");
            assert_eq!(invalid.code, code, "{to}");
        }
    }
}
