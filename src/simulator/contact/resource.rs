//! A contact as the contacts API returns it.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::derived::{gravatar_url, split_name};
use crate::model::Contact;

/// A contact as the service returns it.
// `id` and `uuid` are documented; the other fields and their spelling are assumed from the service's page on what it
// stores. Derived values are computed here rather than stored, so that they follow the fields that they derive from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContactResource {
    /// The contact's number within its namespace.
    #[cfg_attr(test, schemars(range(min = 1)))]
    id: i64,
    /// Sendivent's id of the contact.
    #[cfg_attr(test, schemars(extend("format" = "uuid")))]
    uuid: String,
    /// The caller's own id of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The phone number, in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The id of a Slack user.
    #[serde(skip_serializing_if = "Option::is_none")]
    slack_id: Option<String>,
    /// The id of a Telegram chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    telegram: Option<String>,
    /// The id of a Discord user.
    #[serde(skip_serializing_if = "Option::is_none")]
    discord: Option<String>,
    /// The full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// By default the first word of `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    /// By default the rest of `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    /// The URL of a picture, by default that of Gravatar for `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    /// A name for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The language of templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// Push tokens; messages go to the first.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    push_tokens: Vec<String>,
    /// All other fields.
    meta: Map<String, Value>,
}

impl ContactResource {
    pub fn new(id: i64, uuid: Uuid, contact: Contact) -> Self {
        let (first_name, last_name) = match contact.name.as_deref().map(split_name) {
            Some((first, last)) => (first.map(str::to_owned), last.map(str::to_owned)),
            None => (None, None),
        };
        let avatar = contact.email.as_deref().map(gravatar_url);
        Self {
            id,
            uuid: uuid.to_string(),
            external_id: contact.id,
            email: contact.email,
            phone: contact.phone,
            slack_id: contact.slack_id,
            telegram: contact.telegram,
            discord: contact.discord,
            name: contact.name,
            first_name: contact.first_name.or(first_name),
            last_name: contact.last_name.or(last_name),
            avatar: contact.avatar.or(avatar),
            username: contact.username,
            language: contact.language,
            push_tokens: contact.push_tokens,
            meta: contact.meta,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ContactResource, gravatar_url};
    use crate::model::Contact;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn resource(fields: Value) -> Value {
        let contact: Contact = serde_json::from_value(fields).unwrap();
        serde_json::to_value(ContactResource::new(7, Uuid::nil(), contact)).unwrap()
    }

    #[test]
    fn derived_fields_are_added_unless_they_were_given() {
        assert_eq!(
            resource(json!({"email": "ada@example.com", "name": "Ada King Lovelace"})),
            json!({
                "id": 7, "uuid": "00000000-0000-0000-0000-000000000000", "email": "ada@example.com",
                "name": "Ada King Lovelace", "firstName": "Ada", "lastName": "King Lovelace",
                "avatar": gravatar_url(" ADA@example.com"), "meta": {},
            })
        );
        let given = resource(json!({
            "email": "ada@example.com", "name": "Ada Lovelace", "avatar": "https://example.com/a.png", "lastName": "L",
        }));
        assert_eq!(
            (&given["avatar"], &given["lastName"]),
            (&json!("https://example.com/a.png"), &json!("L"))
        );
    }
}
