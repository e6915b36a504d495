//! Whom one `to` names: its identifiers, and the channel that they lead to. Pure.

use serde_json::{Map, Value};

use super::contact::Changes;
use super::error_response::ApiErrorResponse;
use super::scenarios::PREFIX;
use crate::model::{Channel, Identifier, Recipient, RecipientKind};

/// One contact as a request names it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecipientSpec {
    /// The value of `to`, as it was given.
    pub given: Value,
    /// The contact's fields, identifiers under one spelling: `slack_id`, `id`, `push_token`.
    pub fields: Map<String, Value>,
    /// Sendivent's own id of the contact, if that was given.
    pub uuid: Option<uuid::Uuid>,
    /// What the request says of the contact, as it is stored.
    pub changes: Changes,
    /// Whether a contact is kept of it. Slack channels are none (documented).
    pub kept: bool,
}

impl RecipientSpec {
    /// Reads one recipient of a request.
    ///
    /// # Errors
    /// A 400 for the field `to`.
    pub fn read(given: &Value) -> Result<Self, ApiErrorResponse> {
        check(given)?;
        let mut addressee = Self {
            given: given.clone(),
            fields: Map::new(),
            uuid: None,
            changes: Changes::default(),
            kept: true,
        };
        match given {
            Value::Object(fields) => {
                for (name, value) in fields {
                    addressee.add(name, value)?;
                }
                addressee.changes = Changes::collect(fields).without_removals();
                let others = Identifier::ALL.into_iter().any(|identifier| {
                    identifier != Identifier::SlackId && addressee.identifier(identifier).is_some()
                });
                let slack = addressee.identifier(Identifier::SlackId);
                addressee.kept = others
                    || addressee.uuid.is_some()
                    || slack.is_some_and(|id| RecipientKind::of(id) != RecipientKind::SlackChannel);
            }
            given => addressee.add_text(given.as_str().unwrap_or_default()),
        }
        Ok(addressee)
    }

    fn add_text(&mut self, text: &str) {
        let kind = RecipientKind::of(text);
        let identifier = match kind.identifier() {
            // A notification shows the text under `id`, whoever assigned it.
            Identifier::Uuid => {
                self.uuid = uuid::Uuid::try_parse(text).ok();
                Identifier::ExternalId
            }
            identifier => identifier,
        };
        self.kept = kind != RecipientKind::SlackChannel;
        let field = identifier.field();
        self.fields.insert(field.to_owned(), Value::from(text));
        if self.uuid.is_none() {
            self.changes = Changes::of(field, text);
        }
    }

    fn add(&mut self, name: &str, value: &Value) -> Result<(), ApiErrorResponse> {
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
                        return Err(ApiErrorResponse::field(
                            "to",
                            "`push_tokens` must be a list of texts",
                        ));
                    }
                }
            }
            _ => String::new(),
        };
        if identifier.is_some() && text.is_empty() {
            return Err(ApiErrorResponse::field(
                "to",
                format!("`{name}` must be a text"),
            ));
        }
        if identifier == Some(Identifier::Uuid) {
            let Ok(uuid) = uuid::Uuid::try_parse(&text) else {
                return Err(ApiErrorResponse::field(
                    "to",
                    format!("`uuid`: `{text}` is no UUID"),
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

    /// Returns one identifier.
    pub fn identifier(&self, identifier: Identifier) -> Option<&str> {
        self.fields.get(identifier.field()).and_then(Value::as_str)
    }

    /// Adds what is known of the contact already. What the request says comes first.
    pub fn know(&mut self, known: &Map<String, Value>) {
        if self.uuid.is_some() && self.given.is_string() {
            // The text was Sendivent's id of the contact, not the caller's.
            self.fields.remove(Identifier::ExternalId.field());
        }
        for (name, value) in known {
            self.fields
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
    }

    /// Returns the channel and the identifier that it uses: the forced channel, or the first for which the contact has
    /// an identifier. None when there is no such.
    pub fn route(&self, forced: Option<&Channel>) -> Option<(Channel, &str)> {
        let mut channels = Channel::ALL
            .into_iter()
            .filter(|channel| forced.is_none_or(|forced| forced == channel));
        channels.find_map(|channel| Some((channel.clone(), self.reached_by(&channel)?)))
    }

    fn reached_by(&self, channel: &Channel) -> Option<&str> {
        let own = self.identifier(Identifier::of_channel(channel)?);
        // `sim:…` in place of an id of your own stands for the identifier of every channel.
        own.or_else(|| {
            let id = self.identifier(Identifier::ExternalId)?;
            id.starts_with(PREFIX).then_some(id)
        })
    }
}

/// Checks the form of a recipient as the command line does. `sim:…` is good in the place of any identifier.
fn check(given: &Value) -> Result<(), ApiErrorResponse> {
    let result = match given {
        Value::Object(fields) => {
            let steered = |value: &Value| value.as_str().is_some_and(|v| v.starts_with(PREFIX));
            let mut checked = fields.clone();
            for field in [Identifier::Email, Identifier::Phone].map(Identifier::field) {
                if let Some(value) = checked.get(field).filter(|value| steered(value)) {
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
        ApiErrorResponse::new(http::StatusCode::BAD_REQUEST, code, error.to_string())
            .with_field("to")
    })
}

#[cfg(test)]
mod tests {
    use super::RecipientSpec;
    use crate::model::Channel;
    use serde_json::{Value, json};

    fn route(to: Value, forced: Option<Channel>) -> Option<String> {
        let addressee = RecipientSpec::read(&to).unwrap();
        let (channel, identifier) = addressee.route(forced.as_ref())?;
        Some(format!("{channel} {identifier}"))
    }

    #[test]
    fn the_first_channel_that_has_an_identifier_is_taken() {
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
            let shown = format!("{to} {forced:?}");
            assert_eq!(route(to, forced).as_deref(), expected, "{shown}");
        }
    }

    #[test]
    fn malformed_recipients_are_refused_for_the_field_to() {
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
            let refused = RecipientSpec::read(&to).unwrap_err();
            assert_eq!(refused.body.field.as_deref(), Some("to"), "{to}");
            assert_eq!(refused.body.code.as_deref(), Some(code), "{to}");
        }
    }
}
