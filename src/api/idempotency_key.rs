//! Idempotency keys. The service accepts a send with a given key only once, and responds to a repeated send with the
//! first response.

use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The maximum length of a key in bytes. The service documents no limit; the SDKs generate keys of 36 characters.
const MAX_LENGTH: usize = 200;

/// An idempotency key of 1 to 200 printable ASCII characters without spaces. Every such key is a valid header value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdempotencyKey {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than {MAX_LENGTH} characters")]
    TooLong,
    #[error("only printable ASCII characters without spaces are allowed")]
    Characters,
}

impl IdempotencyKey {
    /// Derives the key of one request when a command sends several requests. `content` is the request's recipient as
    /// JSON. A command that is repeated with its recipients in another order, or with more of them, derives the same
    /// keys and sends nothing twice.
    #[must_use]
    pub fn derive(&self, content: &str) -> Self {
        const HASH_BYTES: usize = 8;
        let longest = MAX_LENGTH - 2 * HASH_BYTES - 1;
        let (prefix, hash) = match self.0.get(..longest) {
            // The key is too long to be a prefix: the hash covers it as a whole.
            Some(prefix) if prefix.len() < self.0.len() => {
                (prefix, Sha256::digest(format!("{}\n{content}", self.0)))
            }
            _ => (self.as_str(), Sha256::digest(content)),
        };
        Self(format!("{prefix}.{}", hex::encode(&hash[..HASH_BYTES])))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        if text.is_empty() {
            Err(InvalidIdempotencyKey::Empty)
        } else if text.len() > MAX_LENGTH {
            Err(InvalidIdempotencyKey::TooLong)
        } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(InvalidIdempotencyKey::Characters)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl From<Uuid> for IdempotencyKey {
    fn from(uuid: Uuid) -> Self {
        Self(uuid.to_string())
    }
}

impl From<&IdempotencyKey> for HeaderValue {
    fn from(key: &IdempotencyKey) -> Self {
        Self::from_str(&key.0).expect("printable ASCII is a valid header value")
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use uuid::Uuid;

    use super::{IdempotencyKey, InvalidIdempotencyKey};

    #[test]
    fn every_key_is_a_valid_header_value() {
        let longest = "k".repeat(200);
        for text in ["k", "order-1234/shipped", &longest] {
            let key: IdempotencyKey = text.parse().unwrap();
            assert_eq!(HeaderValue::from(&key), text);
        }
        let printable: String = ('!'..='~').collect();
        assert!(printable.parse::<IdempotencyKey>().is_ok());
        let generated = IdempotencyKey::from(Uuid::nil());
        assert_eq!(generated.as_str().parse(), Ok(generated.clone()));
    }

    #[test]
    fn a_derived_key_depends_on_key_and_content_and_is_valid() {
        let key = |text: &str| text.parse::<IdempotencyKey>().unwrap();
        let derived = key("k").derive("a");
        assert_eq!(derived, key("k").derive("a"));
        assert_ne!(derived, key("k").derive("b"));
        assert_ne!(derived, key("l").derive("a"));
        let long = |last: &str| key(&format!("{}{last}", "k".repeat(199)));
        let derived = long("1").derive("a");
        assert_ne!(derived, long("2").derive("a"));
        assert_eq!(key(derived.as_str()), derived);
    }

    #[test]
    fn a_text_that_no_header_can_carry_is_no_key() {
        for (text, error) in [
            ("", InvalidIdempotencyKey::Empty),
            (&*"k".repeat(201), InvalidIdempotencyKey::TooLong),
            ("a b", InvalidIdempotencyKey::Characters),
            ("a\n", InvalidIdempotencyKey::Characters),
            ("é", InvalidIdempotencyKey::Characters),
        ] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(error), "{text}");
        }
    }
}
