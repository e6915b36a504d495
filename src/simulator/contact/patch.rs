//! The changes that a request makes to a stored contact.

use serde_json::{Map, Value};

use super::derived::camel_case;
use crate::model::{Contact, Identifier, contact_text};

/// Changes to a stored contact. A field that the request omits stays unchanged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ContactPatch {
    /// The string fields to set. `values.extra` contains the custom fields to add to `meta`, with names in camelCase.
    values: Contact,
    /// The names of the string fields to remove.
    removed: Vec<String>,
    /// Replaces all push tokens of the contact; `None` leaves them unchanged.
    push_tokens: Option<Vec<String>>,
    /// A push token to add before all others; `None` adds no token.
    push_token: Option<String>,
    /// Replaces the contact's `meta`; `None` keeps the existing entries.
    meta: Option<Map<String, Value>>,
}

impl ContactPatch {
    /// Creates a patch from the fields of a request. Does not validate values, and ignores a value that cannot be
    /// stored, such as a number for `meta`.
    pub fn from_fields(fields: &Map<String, Value>) -> Self {
        let mut patch = Self::default();
        for (name, value) in fields {
            if let Some(field) = patch.values.text_mut(name) {
                match value {
                    Value::Null => patch.removed.push(name.clone()),
                    value => *field = contact_text(value),
                }
                continue;
            }
            match (name.as_str(), value) {
                // Sendivent assigns the UUID, so a request cannot change it.
                ("uuid", _) => {}
                ("push_token" | "pushToken", Value::String(token)) => {
                    patch.push_token = Some(token.clone());
                }
                ("push_tokens" | "pushTokens", value) => {
                    let tokens = value.as_array().into_iter().flatten();
                    let tokens = tokens.filter_map(Value::as_str).map(str::to_owned);
                    patch.push_tokens = Some(tokens.collect());
                }
                ("meta", Value::Object(meta)) => patch.meta = Some(meta.clone()),
                ("meta", Value::Null) => patch.meta = Some(Map::new()),
                ("push_token" | "pushToken" | "meta", _) => {}
                (name, value) => {
                    patch.values.extra.insert(camel_case(name), value.clone());
                }
            }
        }
        patch
    }

    /// Drops null and empty values, because a send never removes a field of the stored contact.
    #[must_use]
    pub fn without_removals(mut self) -> Self {
        self.removed.clear();
        self.values.clear_empty_texts();
        self.values.extra.retain(|_, value| !value.is_null());
        self.push_tokens = self.push_tokens.filter(|tokens| !tokens.is_empty());
        self
    }

    pub fn identifier(&self, identifier: Identifier) -> Option<&str> {
        self.values.identifier(identifier)
    }

    /// Returns every identifier that the request sets. The store looks up the contact by these identifiers in this
    /// order.
    pub fn identifiers(&self) -> impl Iterator<Item = (Identifier, &str)> {
        let tokens = self
            .push_token
            .iter()
            .chain(self.push_tokens.iter().flatten());
        identifiers(&self.values).chain(tokens.map(|token| (Identifier::PushToken, token.as_str())))
    }

    pub fn apply(&self, contact: &Contact) -> Contact {
        let mut contact = contact.clone();
        contact.overwrite_texts(self.values.clone());
        for name in &self.removed {
            if let Some(field) = contact.text_mut(name) {
                *field = None;
            }
        }
        if let Some(meta) = &self.meta {
            contact.meta.clone_from(meta);
        }
        let extra = self.values.extra.iter();
        contact
            .meta
            .extend(extra.map(|(name, value)| (name.clone(), value.clone())));
        if let Some(tokens) = &self.push_tokens {
            contact.set_tokens(tokens.iter().map(String::as_str));
        }
        if let Some(token) = &self.push_token {
            contact.prepend_token(token);
        }
        contact
    }
}

/// Returns every identifier of a contact, in the order in which the store looks up a contact by its identifiers.
pub fn identifiers(contact: &Contact) -> impl Iterator<Item = (Identifier, &str)> {
    let texts = [
        Identifier::ExternalId,
        Identifier::Email,
        Identifier::Phone,
        Identifier::SlackId,
        Identifier::Telegram,
        Identifier::Discord,
    ];
    let texts = texts
        .into_iter()
        .filter_map(|kind| Some((kind, contact.identifier(kind)?)));
    let tokens = contact.push_tokens.iter();
    texts.chain(tokens.map(|token| (Identifier::PushToken, token.as_str())))
}

#[cfg(test)]
mod tests {
    use super::ContactPatch;
    use crate::model::Contact;
    use serde_json::{Value, json};

    fn patch(fields: Value) -> ContactPatch {
        ContactPatch::from_fields(fields.as_object().unwrap())
    }

    fn stored(contact: &Contact) -> Value {
        serde_json::to_value(contact).unwrap()
    }

    #[test]
    fn every_spelling_is_stored_as_one() {
        for spelling in ["id", "external_id", "externalId"] {
            let contact = patch(json!({spelling: 7})).apply(&Contact::default());
            assert_eq!(stored(&contact), json!({"id": "7"}), "{spelling}");
        }
        let contact = patch(json!({
            "slack": "U12345678", "first_name": "Ada", "signup_plan": "pro", "push_token": "a", "push_tokens": ["b", "a"],
            "meta": {"signup_plan": 1, "keep_me": true}, "uuid": "x",
        }))
        .apply(&Contact::default());
        assert_eq!(
            stored(&contact),
            json!({
                "slack_id": "U12345678", "first_name": "Ada", "push_tokens": ["a", "b"],
                "meta": {"signup_plan": 1, "keep_me": true, "signupPlan": "pro"},
            })
        );
    }

    #[test]
    fn only_the_fields_of_the_request_change() {
        let contact = patch(json!({
            "email": "ada@example.com", "name": "Ada", "meta": {"a": 1, "b": 2}, "push_tokens": ["a", "b"],
        }))
        .apply(&Contact::default());
        let contact = patch(json!({"name": null, "c": 3, "push_token": "b"})).apply(&contact);
        assert_eq!(
            stored(&contact),
            json!({"email": "ada@example.com", "meta": {"a": 1, "b": 2, "c": 3}, "push_tokens": ["b", "a"]})
        );
        let contact = patch(json!({"meta": {"d": 4}, "e_f": 5})).apply(&contact);
        assert_eq!(stored(&contact)["meta"], json!({"d": 4, "eF": 5}));
        let send = patch(json!({"email": "", "name": null, "x": null})).without_removals();
        assert_eq!(send.apply(&contact), contact);
        let repeated = patch(json!({"push_tokens": ["c", "d", "c"]})).apply(&contact);
        assert_eq!(repeated.push_tokens, ["c", "d"]);
        let none = patch(json!({"push_tokens": []})).apply(&contact);
        assert_eq!(stored(&none).get("push_tokens"), None);
    }
}
