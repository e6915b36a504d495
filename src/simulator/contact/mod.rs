//! A contact as it is stored, and as it is shown. Pure.
//!
//! What is stored is what the service's page on contacts shows: camelCase, an id of your own as `externalId`, and
//! whatever has no field of its own in `meta`. What follows from other fields (the parts of a name, the picture that
//! belongs to an address) is made when it is shown, so that it follows them when they change.

mod changes;
mod check;
mod derived;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::model::to_json;

pub use changes::Changes;
use changes::{FIELDS, META, TOKENS};
pub use check::check;

/// A contact's stored fields.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile(Map<String, Value>);

impl Profile {
    /// Reads what is stored. Files of the first version hold contacts as requests name them.
    pub fn from_stored(fields: Map<String, Value>) -> Self {
        let known = |name: &String| name == META || FIELDS.iter().any(|(stored, _)| stored == name);
        if fields.keys().all(known) {
            return Self(fields);
        }
        Self::default().with(&Changes::collect(&fields))
    }

    /// Returns what is to be stored.
    pub fn to_stored(&self) -> String {
        to_json(&self.0)
    }

    /// Returns the profile after changes.
    #[must_use]
    pub fn with(&self, changes: &Changes) -> Self {
        let mut fields = self.0.clone();
        for (name, value) in &changes.fields {
            if value.is_null() {
                fields.remove(name);
            } else {
                fields.insert(name.clone(), value.clone());
            }
        }
        if let Some(meta) = &changes.meta {
            fields.insert(META.to_owned(), Value::Object(meta.clone()));
        }
        if !changes.extra.is_empty() {
            let mut meta = match fields.remove(META) {
                Some(Value::Object(meta)) => meta,
                _ => Map::new(),
            };
            for (name, value) in &changes.extra {
                meta.insert(name.clone(), value.clone());
            }
            fields.insert(META.to_owned(), Value::Object(meta));
        }
        let mut contact = Self(fields);
        if changes.fields.contains_key(TOKENS) {
            let mut tokens: Vec<&str> = Vec::new();
            for token in contact.tokens() {
                if !tokens.contains(&token) {
                    tokens.push(token);
                }
            }
            contact = contact.with_tokens(tokens);
        }
        match &changes.token {
            Some(token) => contact.with_token(token),
            None => contact,
        }
    }

    /// Returns the profile with a push token, which comes first; the others stay.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        if self.tokens().next() == Some(token) {
            return self.clone();
        }
        let others = self.tokens().filter(|other| *other != token);
        self.with_tokens(std::iter::once(token).chain(others).collect())
    }

    /// Returns the profile with a push token, which comes last if it is new.
    #[must_use]
    pub fn with_token_behind(&self, token: &str) -> Self {
        if self.tokens().any(|known| known == token) {
            return self.clone();
        }
        self.with_tokens(self.tokens().chain(std::iter::once(token)).collect())
    }

    /// Returns the profile without a push token.
    #[must_use]
    pub fn without_token(&self, token: &str) -> Self {
        self.with_tokens(self.tokens().filter(|other| *other != token).collect())
    }

    fn with_tokens(&self, tokens: Vec<&str>) -> Self {
        let mut fields = self.0.clone();
        if tokens.is_empty() {
            fields.remove(TOKENS);
        } else {
            fields.insert(TOKENS.to_owned(), Value::from(tokens));
        }
        Self(fields)
    }

    /// Returns the profile without a field.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut fields = self.0.clone();
        fields.remove(name);
        Self(fields)
    }

    /// Returns an identifier, by its stored name.
    pub fn identifier(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Returns the push tokens; messages go to the first (assumed).
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        let listed = self.0.get(TOKENS).and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Returns what a notification shows of the contact: its fields under the names that a request uses, without `meta`.
    pub fn known(&self) -> Map<String, Value> {
        let mut known = Map::new();
        for (name, value) in &self.0 {
            let name = match name.as_str() {
                META | TOKENS => continue,
                "externalId" => "id",
                "slackId" => "slack_id",
                name => name,
            };
            known.insert(name.to_owned(), value.clone());
        }
        if let Some(token) = self.tokens().next() {
            known.insert("push_token".to_owned(), Value::from(token));
        }
        known
    }

    /// Returns the contact as the service shows it. Which fields that are, and their casing, is assumed from the page on
    /// what is stored; `id` and `uuid` are documented.
    pub fn body(&self, uuid: Uuid, number: i64) -> Value {
        let mut body = self.0.clone();
        body.insert("id".to_owned(), Value::from(number));
        body.insert("uuid".to_owned(), Value::from(uuid.to_string()));
        if let Some((first, last)) = self.identifier("name").map(derived::split) {
            let mut part = |name: &str, part: Option<&str>| {
                if let Some(part) = part {
                    body.entry(name).or_insert_with(|| Value::from(part));
                }
            };
            part("firstName", first);
            part("lastName", last);
        }
        if let Some(email) = self.identifier("email") {
            body.entry("avatar")
                .or_insert_with(|| derived::gravatar(email).into());
        }
        body.entry(META).or_insert_with(|| json!({}));
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::derived::gravatar;
    use super::{Changes, Profile};
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn changes(given: Value) -> Changes {
        Changes::collect(given.as_object().unwrap())
    }

    fn stored(contact: &Profile) -> Value {
        serde_json::from_str(&contact.to_stored()).unwrap()
    }

    #[test]
    fn every_spelling_is_stored_as_one() {
        for spelling in ["id", "external_id", "externalId"] {
            let contact = Profile::default().with(&changes(json!({spelling: 7})));
            assert_eq!(stored(&contact), json!({"externalId": "7"}), "{spelling}");
        }
        let contact = Profile::default().with(&changes(json!({
            "slack": "U12345678", "first_name": "Ada", "signup_plan": "pro", "push_token": "a", "push_tokens": ["b", "a"],
            "meta": {"signup_plan": 1, "keep_me": true}, "uuid": "x",
        })));
        assert_eq!(
            stored(&contact),
            json!({
                "slackId": "U12345678", "firstName": "Ada", "pushTokens": ["a", "b"],
                "meta": {"signup_plan": 1, "keep_me": true, "signupPlan": "pro"},
            })
        );
        assert_eq!(
            Profile::from_stored(stored(&contact).as_object().unwrap().clone()),
            contact
        );
        let old = json!({"id": "user_1", "push_token": "t", "plan": "pro"});
        let old = Profile::from_stored(old.as_object().unwrap().clone());
        let new = json!({"externalId": "user_1", "pushTokens": ["t"], "meta": {"plan": "pro"}});
        assert_eq!(stored(&old), new);
    }

    #[test]
    fn only_what_is_given_changes() {
        let contact = Profile::default().with(&changes(json!({
            "email": "ada@example.com", "name": "Ada", "meta": {"a": 1, "b": 2}, "push_tokens": ["a", "b"],
        })));
        let contact = contact.with(&changes(json!({"name": null, "c": 3, "push_token": "b"})));
        assert_eq!(
            stored(&contact),
            json!({"email": "ada@example.com", "meta": {"a": 1, "b": 2, "c": 3}, "pushTokens": ["b", "a"]})
        );
        let contact = contact.with(&changes(json!({"meta": {"d": 4}, "e_f": 5})));
        assert_eq!(stored(&contact)["meta"], json!({"d": 4, "eF": 5}));
        let sent = changes(json!({"email": "", "name": null, "x": null})).without_removals();
        assert_eq!(contact.with(&sent), contact);
        let twice = changes(json!({"push_tokens": ["c", "d", "c"]}));
        assert_eq!(
            contact.with(&twice).tokens().collect::<Vec<_>>(),
            ["c", "d"]
        );
        let none = contact.with(&changes(json!({"push_tokens": []})));
        assert_eq!(stored(&none).get("pushTokens"), None);
        let tokens = contact
            .without_token("b")
            .with_token("c")
            .without_token("z");
        assert_eq!(tokens.tokens().collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(
            stored(&tokens.without_token("a").without_token("c")).get("pushTokens"),
            None
        );
    }

    #[test]
    fn what_follows_from_other_fields_is_shown() {
        let contact = Profile::default().with(&changes(
            json!({"email": "ada@example.com", "name": "Ada King Lovelace"}),
        ));
        let body = contact.body(Uuid::nil(), 7);
        let avatar = gravatar(" ADA@example.com");
        assert_eq!(
            body,
            json!({
                "id": 7, "uuid": "00000000-0000-0000-0000-000000000000", "email": "ada@example.com",
                "name": "Ada King Lovelace", "firstName": "Ada", "lastName": "King Lovelace", "avatar": avatar, "meta": {},
            })
        );
        let own = contact.with(&changes(
            json!({"avatar": "https://example.com/a.png", "lastName": "L"}),
        ));
        let body = own.body(Uuid::nil(), 7);
        assert_eq!(
            (&body["avatar"], &body["lastName"]),
            (&json!("https://example.com/a.png"), &json!("L"))
        );
    }
}
