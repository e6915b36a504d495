//! API keys. A key is never printed: [`ApiKey`] implements neither `Display` nor `Serialize`, and its `Debug` omits the
//! key.

use std::borrow::Cow;
use std::fmt;

use http::HeaderValue;
use serde_json::Value;
use sha2::{Digest, Sha256};

const REDACTED: &str = "[API key]";

/// The part of an API key between `test_` and a namespace's name. `test_run_ci` selects the simulator's namespace `ci`.
const NAMESPACE_PREFIX: &str = "run_";
/// The API key of the simulator's main namespace. It is not a secret.
const SIMULATOR: &str = "test_simulator";

/// An API key: `test_` or `live_`, followed by printable ASCII characters without spaces. Every key is a valid header
/// value.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The environment of `test_…` keys. The sandbox delivers messages to their real recipients.
    Sandbox,
    /// The environment of `live_…` keys.
    Production,
}

impl Environment {
    /// Returns the environment's name in the service's documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    /// Returns the rate limit in requests per second, from the service's page about the sandbox.
    pub fn rate(self) -> u32 {
        match self {
            Self::Sandbox => 10,
            Self::Production => 100,
        }
    }
}

/// Why a string is not an API key. The error does not contain the string, which may be a mistyped key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an API key begins with `test_` or `live_`, and has only printable ASCII characters without spaces"
)]
pub struct InvalidKey;

impl ApiKey {
    /// Parses a key. The official SDKs check only the prefix. The check for printable ASCII ensures that the key is a
    /// valid header value.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let key = Self(text.to_owned());
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        match text.split_once('_') {
            Some(("test" | "live", rest)) if !rest.is_empty() && printable => Ok(key),
            _ => Err(InvalidKey),
        }
    }

    pub fn environment(&self) -> Environment {
        if self.0.starts_with("live_") {
            Environment::Production
        } else {
            Environment::Sandbox
        }
    }

    /// Returns the key for the simulator's namespace with this name; for `None`, the key of the main namespace.
    ///
    /// # Errors
    /// If the name is empty, or has characters other than letters, digits, `.`, `-` and `_`.
    pub fn for_simulator(namespace: Option<&str>) -> Result<Self, InvalidKey> {
        let key = match namespace {
            None => Self(SIMULATOR.to_owned()),
            Some(name) => Self::parse(&format!("test_{NAMESPACE_PREFIX}{name}"))?,
        };
        match key.has_invalid_namespace() {
            true => Err(InvalidKey),
            false => Ok(key),
        }
    }

    /// Returns whether the key begins like `test_run_<name>`, but the name is empty or has invalid characters.
    pub fn has_invalid_namespace(&self) -> bool {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || ['.', '-', '_'].contains(&c);
        self.namespace_text()
            .is_some_and(|name| name.is_empty() || !name.chars().all(is_valid))
    }

    /// Returns the name of the simulator's namespace that this key selects; `None` for the main namespace.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace_text().filter(|name| !name.is_empty())
    }

    fn namespace_text(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once('_')?;
        rest.strip_prefix(NAMESPACE_PREFIX)
    }

    /// Returns the value of the `Authorization` header, marked as sensitive so that `Debug` does not print it.
    pub fn authorization(&self) -> HeaderValue {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0))
            .expect("printable ASCII is a valid header value");
        value.set_sensitive(true);
        value
    }

    /// Returns the first eight hexadecimal digits of the key's SHA-256 hash. They are enough to compare keys, and too
    /// few to recover a key.
    pub fn fingerprint(&self) -> String {
        hex::encode(&Sha256::digest(self.0.as_bytes())[..4])
    }

    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match text.contains(&self.0) {
            true => Cow::Owned(text.replace(&self.0, REDACTED)),
            false => Cow::Borrowed(text),
        }
    }

    pub fn redact_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let secret = self.0.as_bytes();
        let find = |bytes: &[u8]| bytes.windows(secret.len()).position(|part| part == secret);
        let mut rest = bytes.as_slice();
        let mut redacted = Vec::new();
        while let Some(start) = find(rest) {
            redacted.extend_from_slice(&rest[..start]);
            redacted.extend_from_slice(REDACTED.as_bytes());
            rest = &rest[start + secret.len()..];
        }
        if redacted.is_empty() {
            return bytes;
        }
        redacted.extend_from_slice(rest);
        redacted
    }

    /// Replaces the key in a response body with a placeholder, even where JSON escapes some characters of the key.
    pub fn redact_body(&self, body: Vec<u8>) -> Vec<u8> {
        let body = self.redact_bytes(body);
        if !body.contains(&b'\\') {
            return body;
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
            return body;
        };
        match self.redact_value(&mut value) {
            true => value.to_string().into_bytes(),
            false => body,
        }
    }

    /// Replaces the key in the strings and field names of a JSON value with a placeholder. Returns whether the key was
    /// found.
    fn redact_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) if text.contains(&self.0) => {
                *text = text.replace(&self.0, REDACTED);
                true
            }
            Value::Array(items) => items
                .iter_mut()
                .fold(false, |found, item| self.redact_value(item) | found),
            Value::Object(fields) => {
                let is_name = fields.keys().any(|name| name.contains(&self.0));
                if is_name {
                    let renamed = std::mem::take(fields).into_iter();
                    *fields = renamed
                        .map(|(name, value)| (self.redact(&name).into_owned(), value))
                        .collect();
                }
                fields
                    .values_mut()
                    .fold(is_name, |found, value| self.redact_value(value) | found)
            }
            _ => false,
        }
    }

    /// Returns the key as a string. The name of this function makes its uses easy to find.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, Environment};

    #[test]
    fn a_key_reveals_its_environment_and_nothing_else() {
        let key = ApiKey::parse("live_secret").unwrap();
        assert_eq!(key.environment(), Environment::Production);
        assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
        let key = ApiKey::parse("test_secret").unwrap();
        assert_eq!(key.environment(), Environment::Sandbox);
    }

    #[test]
    fn a_key_is_redacted_everywhere() {
        let key = ApiKey::parse("test_k").unwrap();
        for (text, clean) in [
            ("test_ktest_k a test_k", "[API key][API key] a [API key]"),
            ("test_ test_", "test_ test_"),
            ("", ""),
        ] {
            assert_eq!(key.redact(text), clean);
            assert_eq!(key.redact_bytes(text.into()), clean.as_bytes());
        }
    }

    #[test]
    fn a_key_is_redacted_in_json_that_escapes_it() {
        let key = ApiKey::parse("test_a/b").unwrap();
        for (body, clean) in [
            (r#"{"error":"test_a\/b"}"#, r#"{"error":"[API key]"}"#),
            (
                r#"[{"\u0074est_a/b":["x \u0074est_a/b"]}]"#,
                r#"[{"[API key]":["x [API key]"]}]"#,
            ),
            (r#"{"a": "\n"}"#, r#"{"a": "\n"}"#),
            (r#"{"cut":"\u0074e"#, r#"{"cut":"\u0074e"#),
            ("test_a/b", "[API key]"),
        ] {
            let found = key.redact_body(body.into());
            assert_eq!(String::from_utf8(found).unwrap(), clean, "{body}");
        }
    }

    #[test]
    fn an_invalid_key_is_rejected_without_being_repeated() {
        for text in [
            "", "secret", "test-x", "TEST_x", "test_a b", "live_\n", "prod_x",
        ] {
            let error = ApiKey::parse(text).unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        assert!(ApiKey::parse("test_").is_err());
    }
}
