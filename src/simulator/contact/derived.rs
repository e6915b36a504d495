//! Computes fields of a contact from its other fields, such as the avatar from the email address.

use sha2::{Digest, Sha256};

/// Splits a full name into the first word and the rest. The service's own rule is not documented.
pub fn split_name(name: &str) -> (Option<&str>, Option<&str>) {
    let name = name.trim();
    let (first, last) = match name.split_once(char::is_whitespace) {
        Some((first, last)) => (first, last.trim_start()),
        None => (name, ""),
    };
    let non_empty = |part| Some(part).filter(|part: &&str| !part.is_empty());
    (non_empty(first), non_empty(last))
}

/// Returns the URL of the Gravatar picture for an email address. The URL contains the SHA-256 digest of the trimmed,
/// lower-case address, as Gravatar specifies. The service is assumed to use the same digest.
pub fn gravatar_url(email: &str) -> String {
    let digest = Sha256::digest(email.trim().to_lowercase().as_bytes());
    format!("https://www.gravatar.com/avatar/{}", hex::encode(digest))
}

pub fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '_' && !camel.is_empty() && next.is_ascii_alphanumeric() => {
                camel.push(next.to_ascii_uppercase());
                chars.next();
            }
            _ => camel.push(c),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::{camel_case, gravatar_url, split_name};

    #[test]
    fn names_are_split_and_converted() {
        assert_eq!(split_name("Ada"), (Some("Ada"), None));
        assert_eq!(
            split_name("  Ada   Lovelace "),
            (Some("Ada"), Some("Lovelace"))
        );
        assert_eq!(split_name(" "), (None, None));
        for (snake, expected) in [
            ("signup_plan", "signupPlan"),
            ("_private", "_private"),
            ("a__b", "a_B"),
            ("line_1", "line1"),
            ("end_", "end_"),
            ("userID", "userID"),
            ("år_tal", "årTal"),
        ] {
            assert_eq!(camel_case(snake), expected, "{snake}");
        }
        // The example of Gravatar's own pages.
        assert_eq!(
            gravatar_url("MyEmailAddress@example.com "),
            "https://www.gravatar.com/avatar/84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee"
        );
    }
}
