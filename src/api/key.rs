//! API keys. A key is never shown: it has no `Display`, no `Serialize`, and a `Debug` that tells nothing.

use std::fmt;

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

/// The text is no key. It is not repeated here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an API key begins with `test_` or `live_` and has no blanks")]
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
