//! A recipient in a request, with its identifiers and the channel that they select. Pure functions.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::contact::ContactPatch;
use super::error_response::ApiErrorResponse;
use super::scenarios::PREFIX;
use crate::model::{Channel, Contact, Identifier, Recipient, contact_text, is_slack_channel};

#[derive(Debug, Clone, PartialEq)]
pub struct RecipientSpec {
    /// The element of `to`, as the request contains it.
    pub given: Value,
    /// The fields of the recipient in the request. [`Self::merge_stored_fields`] adds missing fields from the stored
    /// contact.
    pub contact: Contact,
    /// The UUID that Sendivent assigned to the contact; `None` if the request does not contain it.
    pub uuid: Option<Uuid>,
    /// The changes that the request makes to the stored contact.
    pub patch: ContactPatch,
    /// Whether a send stores the recipient as a contact. False for a Slack channel, which is not a contact according to
    /// the service's documentation.
    pub is_contact: bool,
}

impl RecipientSpec {
    /// Parses one element of `to`. Error responses name the field `to`.
    pub fn parse(given: &Value) -> Result<Self, ApiErrorResponse> {
        check(given)?;
        match given {
            Value::Object(fields) => Self::from_fields(fields),
            text => Ok(Self::from_text(text.as_str().unwrap_or_default())),
        }
    }

    fn from_text(text: &str) -> Self {
        let (identifier, uuid) = match Identifier::of_text(text) {
            // A notification returns the text under `id`, even if it is a UUID that Sendivent assigned.
            Identifier::Uuid => (Identifier::ExternalId, Uuid::try_parse(text).ok()),
            identifier => (identifier, None),
        };
        let fields = Map::from_iter([(identifier.field().to_owned(), Value::from(text))]);
        Self {
            given: Value::from(text),
            patch: match uuid {
                Some(_) => ContactPatch::default(),
                None => ContactPatch::from_fields(&fields),
            },
            contact: fields.into(),
            uuid,
            is_contact: !is_slack_channel(text),
        }
    }

    fn from_fields(fields: &Map<String, Value>) -> Result<Self, ApiErrorResponse> {
        let mut uuid = None;
        for (name, value) in fields {
            if let Some(identifier) = Identifier::from_field(name)
                && let Some(text) = check_identifier(identifier, value)?
                && identifier == Identifier::Uuid
            {
                let parsed = Uuid::try_parse(&text);
                let invalid =
                    |_| ApiErrorResponse::field("to", format!("`uuid`: `{text}` is not a UUID"));
                uuid = Some(parsed.map_err(invalid)?);
            }
        }
        let contact = Contact::from(fields.clone());
        let has_slack_channel = contact.slack_id.as_deref().is_some_and(is_slack_channel);
        let has_other_identifier = uuid.is_some()
            || Identifier::ALL.into_iter().any(|identifier| {
                identifier != Identifier::SlackId && contact.identifier(identifier).is_some()
            });
        Ok(Self {
            given: Value::Object(fields.clone()),
            contact,
            uuid,
            patch: ContactPatch::from_fields(fields).without_removals(),
            is_contact: has_other_identifier || !has_slack_channel,
        })
    }

    pub fn identifier(&self, identifier: Identifier) -> Option<&str> {
        self.contact.identifier(identifier)
    }

    /// Adds the stored contact's fields, except fields that the request already contains.
    pub fn merge_stored_fields(&mut self, stored: Contact) {
        if self.uuid.is_some() && self.given.is_string() {
            // The text is Sendivent's id of the contact, not the caller's own.
            self.contact.id = None;
        }
        self.contact.fill_from(stored);
    }

    /// Returns the channel of the message, and the identifier to which the message is sent. The channel is
    /// `path_channel`, or without one, the first channel for which the contact has an identifier. `None` if the contact
    /// has no suitable identifier.
    pub fn channel(&self, path_channel: Option<&Channel>) -> Option<(Channel, &str)> {
        let mut channels = Channel::ALL
            .into_iter()
            .filter(|channel| path_channel.is_none_or(|path_channel| path_channel == channel));
        channels.find_map(|channel| Some((channel.clone(), self.identifier_for(&channel)?)))
    }

    fn identifier_for(&self, channel: &Channel) -> Option<&str> {
        let own = self.identifier(Identifier::of_channel(channel)?);
        // An external id such as `sim:bounced` is valid on every channel.
        own.or_else(|| {
            let id = self.identifier(Identifier::ExternalId)?;
            id.starts_with(PREFIX).then_some(id)
        })
    }
}

/// Validates the value of an identifier field, and returns the value as a string. `None` if the value is null or empty.
fn check_identifier(
    identifier: Identifier,
    value: &Value,
) -> Result<Option<String>, ApiErrorResponse> {
    let field = identifier.field();
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        // If there are several push tokens, the message goes to the first one (assumed).
        Value::Array(tokens) if identifier == Identifier::PushToken => {
            let first = tokens.first().and_then(Value::as_str).map(str::to_owned);
            first.ok_or("`push_tokens` must be an array of strings".to_owned())
        }
        value => contact_text(value).ok_or(format!("`{field}` must be a string")),
    };
    text.map(Some)
        .map_err(|message| ApiErrorResponse::field("to", message))
}

/// Validates a recipient with the same rules as the command line. In addition, accepts `sim:<scenario>` in place of any
/// identifier.
fn check(given: &Value) -> Result<(), ApiErrorResponse> {
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
        ApiErrorResponse::field_with_code("to", code, error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::RecipientSpec;
    use crate::model::Channel;
    use serde_json::{Value, json};

    fn channel(to: Value, path_channel: Option<Channel>) -> Option<String> {
        let recipient = RecipientSpec::parse(&to).unwrap();
        let (channel, identifier) = recipient.channel(path_channel.as_ref())?;
        Some(format!("{channel} {identifier}"))
    }

    #[test]
    fn the_first_channel_with_an_identifier_is_used() {
        for (to, path_channel, expected) in [
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
            let case = format!("{to} {path_channel:?}");
            assert_eq!(channel(to, path_channel).as_deref(), expected, "{case}");
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
            assert_eq!(invalid.body.field.as_deref(), Some("to"), "{to}");
            assert_eq!(invalid.body.code.as_deref(), Some(code), "{to}");
        }
    }
}
