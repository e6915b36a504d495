//! Contacts, as requests contain them and as the simulator stores them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Identifier;

/// A contact. Deserialization is lenient: it accepts every spelling of a field name (`slack_id`, `slackId`, `slack`),
/// turns numbers into strings, and omits values that are empty or have the wrong type. Serialization writes one
/// spelling of each name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Map<String, Value>")]
pub struct Contact {
    /// The caller's own id for the contact, such as `user_123`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A phone number in E.164 format, such as `+46701234567`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The id of a user or a channel in Slack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_id: Option<String>,
    /// The id of a chat in Telegram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telegram: Option<String>,
    /// The id of a user in Discord.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discord: Option<String>,
    /// The push tokens of the contact's devices. A push message goes only to the first token (assumed).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub push_tokens: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first name, if a request set it separately from `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name, if a request set it separately from `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// A language tag, such as `sv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The custom fields of the stored contact.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub meta: Map<String, Value>,
    /// Unknown fields of a request. The simulator adds them to `meta` when it stores the contact.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Contact {
    fn texts_mut(&mut self) -> [&mut Option<String>; 12] {
        [
            &mut self.id,
            &mut self.email,
            &mut self.phone,
            &mut self.slack_id,
            &mut self.telegram,
            &mut self.discord,
            &mut self.name,
            &mut self.first_name,
            &mut self.last_name,
            &mut self.avatar,
            &mut self.username,
            &mut self.language,
        ]
    }

    /// Returns the string field with this name in any spelling, such as `slack_id` or `slackId`; `None` if there is no
    /// such field.
    pub fn text_mut(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "id" | "external_id" | "externalId" => &mut self.id,
            "email" => &mut self.email,
            "phone" => &mut self.phone,
            "slack_id" | "slackId" | "slack" => &mut self.slack_id,
            "telegram" => &mut self.telegram,
            "discord" => &mut self.discord,
            "name" => &mut self.name,
            "first_name" | "firstName" => &mut self.first_name,
            "last_name" | "lastName" => &mut self.last_name,
            "avatar" => &mut self.avatar,
            "username" => &mut self.username,
            "language" => &mut self.language,
            _ => return None,
        })
    }

    /// Returns the value of an identifier; for push tokens, the first token. `None` if the contact does not have the
    /// identifier.
    pub fn identifier(&self, identifier: Identifier) -> Option<&str> {
        match identifier {
            Identifier::Email => self.email.as_deref(),
            Identifier::Phone => self.phone.as_deref(),
            Identifier::SlackId => self.slack_id.as_deref(),
            Identifier::PushToken => self.push_tokens.first().map(String::as_str),
            Identifier::Telegram => self.telegram.as_deref(),
            Identifier::Discord => self.discord.as_deref(),
            Identifier::ExternalId => self.id.as_deref(),
            // Sendivent's id is not a field of a contact.
            Identifier::Uuid => None,
        }
    }

    /// Removes an identifier. Has no effect for push tokens and for Sendivent's own id, which are not string fields.
    pub fn remove_identifier(&mut self, identifier: Identifier) {
        if let Some(field) = self.text_mut(identifier.field()) {
            *field = None;
        }
    }

    /// Copies each string field that is set in `other`.
    pub fn overwrite_texts(&mut self, mut other: Self) {
        for (field, text) in self.texts_mut().into_iter().zip(other.texts_mut()) {
            *field = text.take().or_else(|| field.take());
        }
    }

    pub fn clear_empty_texts(&mut self) {
        for field in self.texts_mut() {
            field.take_if(|text| text.is_empty());
        }
    }

    /// Copies each string field of `other` that is not set in `self`. Also copies the push tokens if `self` has none.
    pub fn fill_from(&mut self, mut other: Self) {
        for (field, text) in self.texts_mut().into_iter().zip(other.texts_mut()) {
            *field = field.take().or_else(|| text.take());
        }
        if self.push_tokens.is_empty() {
            self.push_tokens = other.push_tokens;
        }
    }

    /// Inserts a push token before the others, or moves it to the front if the contact already has it.
    pub fn prepend_token(&mut self, token: &str) {
        self.remove_token(token);
        self.push_tokens.insert(0, token.to_owned());
    }

    /// Adds a push token after the others, unless the contact already has it.
    pub fn append_token(&mut self, token: &str) {
        if !self.push_tokens.iter().any(|other| other == token) {
            self.push_tokens.push(token.to_owned());
        }
    }

    pub fn remove_token(&mut self, token: &str) {
        self.push_tokens.retain(|other| other != token);
    }

    /// Replaces the push tokens. A repeated token is added only once.
    pub fn set_tokens<'a>(&mut self, tokens: impl IntoIterator<Item = &'a str>) {
        self.push_tokens.clear();
        for token in tokens {
            self.append_token(token);
        }
    }
}

impl From<Map<String, Value>> for Contact {
    fn from(fields: Map<String, Value>) -> Self {
        let mut contact = Self::default();
        let mut first_token = None;
        for (name, value) in fields {
            if let Some(field) = contact.text_mut(&name) {
                let text = contact_text(&value).filter(|text| !text.is_empty());
                *field = field.take().or(text);
                continue;
            }
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("push_token" | "pushToken", Value::String(token)) => first_token = Some(token),
                ("push_tokens" | "pushTokens", Value::Array(tokens)) => {
                    contact.set_tokens(tokens.iter().filter_map(Value::as_str));
                }
                ("meta", Value::Object(meta)) => contact.meta = meta,
                (
                    "push_token" | "pushToken" | "push_tokens" | "pushTokens" | "meta" | "uuid",
                    _,
                ) => {}
                (_, Value::String(text)) if text.is_empty() => {}
                (_, value) => {
                    contact.extra.insert(name, value);
                }
            }
        }
        if let Some(token) = first_token.filter(|token| !token.is_empty()) {
            contact.prepend_token(&token);
        }
        contact
    }
}

/// Returns a string, or a number as a string; `None` for other JSON values. Numbers are accepted because the ids of
/// Telegram and Discord are numbers.
pub fn contact_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Contact;
    use serde_json::{Value, json};

    #[test]
    fn a_contact_is_read_leniently_and_written_strictly() {
        for (given, expected) in [
            (json!({"external_id": 7}), json!({"id": "7"})),
            (
                json!({"slack": "U1", "telegram": 5, "firstName": "Ada"}),
                json!({"slack_id": "U1", "telegram": "5", "first_name": "Ada"}),
            ),
            (
                json!({"push_token": "b", "push_tokens": ["a", "b", "a", 7]}),
                json!({"push_tokens": ["b", "a"]}),
            ),
            (
                json!({"email": null, "phone": "", "name": {}, "uuid": "x", "meta": 7}),
                json!({}),
            ),
            (
                json!({"meta": {"a_b": null}, "plan_name": "pro", "seats": 3, "gone": null}),
                json!({"meta": {"a_b": null}, "plan_name": "pro", "seats": 3}),
            ),
        ] {
            let contact: Contact = serde_json::from_value(given.clone()).unwrap();
            let written: Value = serde_json::to_value(&contact).unwrap();
            assert_eq!(written, expected, "{given}");
            assert_eq!(serde_json::from_value::<Contact>(written).unwrap(), contact);
        }
    }
}
