//! What a request says of a contact, in any of its spellings.

use serde_json::{Map, Value};

use super::derived::camel;

/// The fields of a contact that are stored, each with the other spellings in which it is taken.
pub const FIELDS: [(&str, &[&str]); 13] = [
    ("externalId", &["id", "external_id"]),
    ("email", &[]),
    ("phone", &[]),
    ("slackId", &["slack_id", "slack"]),
    ("telegram", &[]),
    ("discord", &[]),
    ("name", &[]),
    ("firstName", &["first_name"]),
    ("lastName", &["last_name"]),
    ("avatar", &[]),
    ("username", &[]),
    ("language", &[]),
    (TOKENS, &["push_tokens"]),
];
/// Fields whose numbers are taken as texts.
const IDENTIFIERS: [&str; 6] = [
    "externalId",
    "email",
    "phone",
    "slackId",
    "telegram",
    "discord",
];
/// Push tokens.
pub const TOKENS: &str = "pushTokens";
/// What has no field of its own.
pub const META: &str = "meta";

/// What a request says of a contact. A field that is null is to be taken away.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// By their stored names.
    pub(super) fields: Map<String, Value>,
    /// One push token, which is added.
    pub(super) token: Option<String>,
    /// `meta`, which is stored as it is given, in place of what was there.
    pub(super) meta: Option<Map<String, Value>>,
    /// What has no field of its own, under names in camelCase: it is added to `meta`.
    pub(super) extra: Map<String, Value>,
}

/// Returns the name under which a field is stored. None for one that has none.
pub fn stored_name(name: &str) -> Option<&'static str> {
    let known = FIELDS
        .iter()
        .find(|(stored, others)| *stored == name || others.contains(&name));
    known.map(|(stored, _)| *stored)
}

impl Changes {
    /// Collects what a contact's object says. Forms are not checked; what cannot be stored is passed over.
    pub fn collect(given: &Map<String, Value>) -> Self {
        let mut changes = Self::default();
        for (name, value) in given {
            changes.add(name, value);
        }
        changes
    }

    /// Says of a contact one thing.
    pub fn of(name: &str, value: &str) -> Self {
        let mut changes = Self::default();
        changes.add(name, &Value::from(value));
        changes
    }

    fn add(&mut self, name: &str, value: &Value) {
        match (name, value) {
            ("uuid", _) => {}
            ("push_token" | "pushToken", Value::String(token)) => self.token = Some(token.clone()),
            ("push_token" | "pushToken", _) => {}
            (META, Value::Object(meta)) => self.meta = Some(meta.clone()),
            (META, Value::Null) => self.meta = Some(Map::new()),
            (META, _) => {}
            (name, value) => match stored_name(name) {
                Some(stored) => {
                    let value = match value {
                        Value::Number(id) if IDENTIFIERS.contains(&stored) => {
                            Value::from(id.to_string())
                        }
                        value => value.clone(),
                    };
                    self.fields.insert(stored.to_owned(), value);
                }
                None => {
                    self.extra.insert(camel(name), value.clone());
                }
            },
        }
    }

    /// Leaves out what is null or empty: a send never takes a field away.
    #[must_use]
    pub fn without_removals(mut self) -> Self {
        let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
        self.fields.retain(|_, value| !empty(value));
        self.extra.retain(|_, value| !value.is_null());
        self
    }

    /// Returns an identifier, by its stored name.
    pub fn identifier(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    /// Returns every push token.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        let listed = self.fields.get(TOKENS).and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(Value::as_str);
        self.token.as_deref().into_iter().chain(listed)
    }
}
