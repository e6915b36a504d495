//! API keys. A key is never shown: it has no `Display`, no `Serialize`, and a `Debug` that tells nothing.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What takes the place of a key wherever one would be shown.
const REDACTED: &str = "[API key]";

/// What the rest of a key begins with that has a namespace of its own in the simulator: `test_run_<name>`.
const RUN: &str = "run_";

/// A key that begins as keys do. Its text is reached by [`ApiKey::expose`] only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Which half of the service a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// `test_…`. It delivers for real.
    Sandbox,
    /// `live_…`.
    Production,
}

impl Environment {
    /// Returns the environment's name, as the service's pages have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    /// Returns how many requests a second the environment takes (documented on the service's sandbox page).
    pub fn rate(self) -> u32 {
        match self {
            Self::Sandbox => 10,
            Self::Production => 100,
        }
    }
}

/// The text is no key. It is not repeated here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an API key begins with `test_` or `live_`, and is of printable ASCII characters without blanks"
)]
pub struct InvalidKey;

impl ApiKey {
    /// Reads a key: both official SDKs check its prefix and nothing else; a blank cannot be sent in a header.
    ///
    /// # Errors
    /// [`InvalidKey`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let key = Self(text.to_owned());
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        match text.split_once('_') {
            Some(("test" | "live", rest)) if !rest.is_empty() && printable => Ok(key),
            _ => Err(InvalidKey),
        }
    }

    /// Returns the environment that the key's prefix names.
    pub fn environment(&self) -> Environment {
        if self.0.starts_with("live_") {
            Environment::Production
        } else {
            Environment::Sandbox
        }
    }

    /// Returns the key of a run of the simulator.
    ///
    /// # Errors
    /// [`InvalidKey`] for a name that cannot stand in a key.
    pub fn of_run(name: &str) -> Result<Self, InvalidKey> {
        let key = Self::parse(&format!("test_{RUN}{name}"))?;
        match key.names_a_bad_run() {
            true => Err(InvalidKey),
            false => Ok(key),
        }
    }

    /// Returns whether the key is one of a run whose name is empty, or has other characters than letters, digits, `.`,
    /// `-` and `_`.
    pub fn names_a_bad_run(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || ['.', '-', '_'].contains(&c);
        let rest = self.0.split_once('_').map(|(_, rest)| rest);
        let name = rest.and_then(|rest| rest.strip_prefix(RUN));
        name.is_some_and(|name| name.is_empty() || !name.chars().all(plain))
    }

    /// Returns the run whose namespace the simulator shows to this key; none for the main one.
    pub fn run(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once('_')?;
        rest.strip_prefix(RUN).filter(|name| !name.is_empty())
    }

    /// Returns eight hexadecimal digits that tell one key from another and do not lead back to it.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.0.as_bytes());
        hash.iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Returns a text without the key.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match text.contains(&self.0) {
            true => Cow::Owned(text.replace(&self.0, REDACTED)),
            false => Cow::Borrowed(text),
        }
    }

    /// Returns bytes without the key.
    pub fn redact_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let secret = self.0.as_bytes();
        let found = |from: usize| {
            let rest = bytes.get(from..)?;
            let at = rest.windows(secret.len()).position(|part| part == secret)?;
            Some(from + at)
        };
        let Some(first) = found(0) else {
            return bytes;
        };
        let mut clean = Vec::with_capacity(bytes.len());
        let (mut at, mut done) = (Some(first), 0);
        while let Some(start) = at {
            clean.extend_from_slice(&bytes[done..start]);
            clean.extend_from_slice(REDACTED.as_bytes());
            done = start + secret.len();
            at = found(done);
        }
        clean.extend_from_slice(&bytes[done..]);
        clean
    }

    /// Returns the body of an answer without the key, also where JSON writes it with escapes.
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

    /// Takes the key out of a value, and returns whether it was there.
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
                let named = fields.keys().any(|name| name.contains(&self.0));
                if named {
                    let renamed = std::mem::take(fields).into_iter();
                    *fields = renamed
                        .map(|(name, value)| (self.redact(&name).into_owned(), value))
                        .collect();
                }
                fields
                    .values_mut()
                    .fold(named, |found, value| self.redact_value(value) | found)
            }
            _ => false,
        }
    }

    /// Returns the key itself. Every use of it is found by searching for this name.
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
    fn a_key_tells_its_environment_and_nothing_else() {
        let key = ApiKey::parse("live_secret").unwrap();
        assert_eq!(key.environment(), Environment::Production);
        assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
        let key = ApiKey::parse("test_secret").unwrap();
        assert_eq!(key.environment(), Environment::Sandbox);
    }

    #[test]
    fn a_key_is_taken_out_wherever_it_stands() {
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
    fn a_key_is_taken_out_of_json_that_writes_it_with_escapes() {
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
    fn what_is_no_key_is_refused_without_being_repeated() {
        for text in [
            "", "secret", "test-x", "TEST_x", "test_a b", "live_\n", "prod_x",
        ] {
            let error = ApiKey::parse(text).unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        assert!(ApiKey::parse("test_").is_err());
    }
}
