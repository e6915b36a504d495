//! What follows from a contact's other fields.

use sha2::{Digest, Sha256};

/// The first word of a name is the first name, the rest the last name (assumed).
pub fn split(name: &str) -> (Option<&str>, Option<&str>) {
    let name = name.trim();
    let (first, last) = match name.split_once(char::is_whitespace) {
        Some((first, last)) => (first, last.trim_start()),
        None => (name, ""),
    };
    let given = |part: &'_ str| !part.is_empty();
    (
        Some(first).filter(|part| given(part)),
        Some(last).filter(|part| given(part)),
    )
}

/// Returns the picture that belongs to an address: by the SHA-256 of it, trimmed and in lower case, as Gravatar asks for
/// (which digest the service uses is assumed).
pub fn gravatar(email: &str) -> String {
    let digest = Sha256::digest(email.trim().to_lowercase().as_bytes());
    let digits = digest.iter().map(|byte| format!("{byte:02x}"));
    format!(
        "https://www.gravatar.com/avatar/{}",
        digits.collect::<String>()
    )
}

/// Turns snake_case into camelCase.
pub fn camel(name: &str) -> String {
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
    use super::{camel, gravatar, split};

    #[test]
    fn names_and_words_are_taken_apart() {
        assert_eq!(split("Ada"), (Some("Ada"), None));
        assert_eq!(split("  Ada   Lovelace "), (Some("Ada"), Some("Lovelace")));
        assert_eq!(split(" "), (None, None));
        for (snake, expected) in [
            ("signup_plan", "signupPlan"),
            ("_private", "_private"),
            ("a__b", "a_B"),
            ("line_1", "line1"),
            ("end_", "end_"),
            ("userID", "userID"),
            ("år_tal", "årTal"),
        ] {
            assert_eq!(camel(snake), expected, "{snake}");
        }
        // The example of Gravatar's own pages.
        assert_eq!(
            gravatar("MyEmailAddress@example.com "),
            "https://www.gravatar.com/avatar/84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee"
        );
    }
}
