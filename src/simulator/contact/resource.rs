//! The JSON of a contact in responses of the contacts API.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::derived::{gravatar_url, split_name};
use crate::model::Contact;

// The service documents `id` and `uuid`. The other fields and their spelling are assumed from its page about the data that
// it stores. Derived values are not stored but computed for each response, because the fields that they derive from change.
/// A contact as the service returns it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContactResource {
    /// The contact's sequential number in its namespace, starting at 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    id: i64,
    /// The UUID that Sendivent assigned to the contact.
    #[cfg_attr(test, schemars(extend("format" = "uuid")))]
    uuid: String,
    /// The caller's own id of the contact, such as `user_1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The email address, or `sim:<scenario>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The phone number in E.164 format, such as `+46701234567`, or `sim:<scenario>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The id of a Slack user, such as `U12345678`.
    #[serde(skip_serializing_if = "Option::is_none")]
    slack_id: Option<String>,
    /// The id of a Telegram chat, such as `123456`.
    #[serde(skip_serializing_if = "Option::is_none")]
    telegram: Option<String>,
    /// The id of a Discord user.
    #[serde(skip_serializing_if = "Option::is_none")]
    discord: Option<String>,
    /// The full name, such as `Ada Lovelace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The first name. Defaults to the first word of `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    /// The last name. Defaults to `name` without its first word.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    /// The URL of a picture. Defaults to the Gravatar URL for `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    /// The name to display for the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The language in which the contact receives messages, such as `sv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// The push tokens of the contact. A push message is sent to the first token.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    push_tokens: Vec<String>,
    /// Custom fields of the contact, such as `signupPlan`.
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
