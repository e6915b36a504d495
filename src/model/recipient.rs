//! Recipients of a send, in the forms that the service accepts.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Identifier;
use crate::text::is_invisible;

/// A recipient: an address, a number or an id as a string, or an object with fields of a contact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("type" = ["string", "object"])))]
#[serde(transparent)]
pub struct Recipient {
    wire: Value,
    #[serde(skip)]
    label: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a recipient: {reason}")]
pub struct InvalidRecipient {
    pub text: String,
    pub reason: String,
}

impl Recipient {
    /// Parses a recipient from a string: an address, a number, an id, or a JSON object.
    pub fn parse(text: &str) -> Result<Self, InvalidRecipient> {
        let invalid = |reason: &str| InvalidRecipient {
            text: text.to_owned(),
            reason: reason.to_owned(),
        };
        if text.trim_start().starts_with('{') {
            return match serde_json::from_str::<Value>(text) {
                Ok(Value::Object(fields)) => Self::from_fields(fields),
                Ok(_) => Err(invalid("it is not a JSON object")),
                Err(error) => Err(invalid(&format!("it is not valid JSON ({error})"))),
            };
        }
        check_text(text).map_err(|reason| invalid(&reason))?;
        Ok(Self {
            wire: Value::from(text),
            label: text.to_owned(),
        })
    }

    /// Creates a recipient from the fields of a contact.
    ///
    /// # Errors
    /// If no field is an identifier, or if the email address or the phone number is malformed.
    pub fn from_fields(fields: Map<String, Value>) -> Result<Self, InvalidRecipient> {
        let invalid = |reason: String| InvalidRecipient {
            text: Value::Object(fields.clone()).to_string(),
            reason,
        };
        type Check = fn(&str) -> Result<(), String>;
        for (name, check) in [("email", check_email as Check), ("phone", check_phone)] {
            match fields.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => {
                    check(text).map_err(|reason| invalid(format!("`{name}`: {reason}")))?;
                }
                Some(_) => return Err(invalid(format!("`{name}` must be a string"))),
            }
        }
        let mut values = Identifier::ALL
            .into_iter()
            .filter_map(|identifier| identifier.value_in(&fields));
        let label = match values.next() {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => {
                return Err(invalid(
                    "it needs one of `email`, `phone`, `slack_id`, `telegram`, `discord`, `push_token`, `id`"
                        .to_owned(),
                ));
            }
        };
        Ok(Self {
            wire: Value::Object(fields),
            label,
        })
    }

    /// Parses a recipient from the JSON value of `to`, a string or an object.
    pub fn from_wire(value: &Value) -> Result<Self, InvalidRecipient> {
        match value {
            Value::String(text) if !text.trim_start().starts_with('{') => Self::parse(text),
            Value::Object(fields) => Self::from_fields(fields.clone()),
            other => Err(InvalidRecipient {
                text: other.to_string(),
                reason: "it must be a string or an object".to_owned(),
            }),
        }
    }

    pub fn to_wire(&self) -> &Value {
        &self.wire
    }

    /// Returns the string by which a person recognizes the recipient: the address, number or id, or the first
    /// identifier of an object.
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// Masks most of a recipient for `--no-pii`: `ada@example.com` becomes `a***@e***`, `+46701234567` becomes `+***67`,
/// and `user_123` becomes `u***`.
pub fn masked(label: &str) -> String {
    let first = |text: &str| {
        text.chars()
            .next()
            .filter(|c| *c != '*')
            .map(String::from)
            .unwrap_or_default()
    };
    match (label.split_once('@'), label.strip_prefix('+')) {
        (Some((name, domain)), _) => format!("{}***@{}***", first(name), first(domain)),
        (None, Some(digits)) => {
            if digits.chars().count() < 7 {
                return "+***".to_owned();
            }
            let last = digits.char_indices().rev().nth(1).map_or(0, |(at, _)| at);
            format!("+***{}", &digits[last..])
        }
        (None, None) => format!("{}***", first(label)),
    }
}

fn check_text(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.trim().is_empty() {
        return Err("it is blank".to_owned());
    }
    check_visible(text)?;
    let in_phone_number = |c: char| c.is_ascii_digit() || " ()-./".contains(c);
    let reason = match Identifier::of_text(text) {
        Identifier::Email => return check_email(text),
        Identifier::Phone => return check_phone(text),
        _ if text.chars().all(in_phone_number) && text.contains([' ', '(', ')', '/']) => {
            "a phone number is written like +14155551234"
        }
        _ if text.contains(char::is_whitespace) => "it contains a space",
        _ if text == "#" => "the name of the channel is missing after `#`",
        _ if text.len() > 254 => "it is longer than 254 characters",
        _ => return Ok(()),
    };
    Err(reason.to_owned())
}

/// Rejects control characters and invisible characters. They can make two recipients look equal, or make a recipient
/// look like another one.
fn check_visible(text: &str) -> Result<(), String> {
    let Some(c) = text.chars().find(|c| c.is_control() || is_invisible(*c)) else {
        return Ok(());
    };
    let kind = if c.is_control() {
        "a control"
    } else {
        "an invisible"
    };
    let code_point = u32::from(c);
    Err(format!("it contains {kind} character, U+{code_point:04X}"))
}

fn check_email(text: &str) -> Result<(), String> {
    check_visible(text)?;
    let options = email_address::Options::default()
        .without_display_text()
        .without_domain_literal();
    match email_address::EmailAddress::parse_with_options(text, options) {
        Ok(_) => Ok(()),
        Err(error) => {
            let reason = error.to_string().trim_end_matches('.').to_lowercase();
            Err(format!("it is not an email address ({reason})"))
        }
    }
}

/// Checks a phone number against E.164: `+`, then 7 to 15 digits without separators. The first digit belongs to the
/// country code and is not 0.
fn check_phone(text: &str) -> Result<(), String> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let valid = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if valid {
        return Ok(());
    }
    Err(
        "a phone number is `+`, the country code and 7 to 15 digits in all, like +14155551234"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Recipient, masked};
    use crate::model::{Identifier, is_slack_channel};

    #[test]
    fn every_documented_form_is_classified() {
        for (text, identifier, is_channel) in [
            ("ada@example.com", Identifier::Email, false),
            ("+46701234567", Identifier::Phone, false),
            ("U12345678", Identifier::SlackId, false),
            ("#general", Identifier::SlackId, true),
            ("C12345678", Identifier::SlackId, true),
            (
                "550e8400-e29b-41d4-a716-446655440000",
                Identifier::Uuid,
                false,
            ),
            ("user_123", Identifier::ExternalId, false),
            ("sim:failed:7", Identifier::ExternalId, false),
            ("USER", Identifier::ExternalId, false),
        ] {
            assert_eq!(Identifier::of_text(text), identifier, "{text}");
            assert_eq!(is_slack_channel(text), is_channel, "{text}");
            assert_eq!(Recipient::parse(text).unwrap().label(), text);
        }
    }

    #[test]
    fn the_label_of_a_contact_is_its_first_identifier() {
        let contact =
            Recipient::parse(r#"{"name":"Ada","email":"ada@example.com","id":"u1"}"#).unwrap();
        assert_eq!(contact.label(), "ada@example.com");
        assert_eq!(contact.to_wire()["name"], "Ada");
    }

    #[test]
    fn a_masked_recipient_shows_its_kind_and_little_more() {
        assert_eq!(masked("ada@example.com"), "a***@e***");
        assert_eq!(masked("+14155551234"), "+***34");
        assert_eq!(masked("user_123"), "u***");
        assert_eq!(masked("+123"), "+***");
        assert_eq!(masked(""), "***");
        for label in ["ada@example.com", "+14155551234"] {
            assert!(Recipient::parse(&masked(label)).is_err(), "{label}");
        }
    }

    #[test]
    fn each_malformed_recipient_is_rejected_with_a_reason() {
        for (text, reason) in [
            ("", "empty"),
            (" ", "it is blank"),
            ("a\u{202e}b", "invisible character, U+202E"),
            ("ada\u{200b}@example.com", "invisible character, U+200B"),
            ("#gen\u{e0061}eral", "invisible character, U+E0061"),
            ("a\u{1b}[2J", "control character, U+001B"),
            (
                "{\"email\":\"a\u{202e}@b.se\"}",
                "`email`: it contains an invisible",
            ),
            ("ada@", "email address"),
            ("@example.com", "email address"),
            ("Ada <ada@example.com>", "email address"),
            ("+1 (415) 555-1234", "country code"),
            ("+0123456789", "country code"),
            ("+123", "7 to 15"),
            ("(415) 555-1234", "+14155551234"),
            ("ada lovelace", "space"),
            ("#", "name of the channel"),
            ("{\"name\":\"Ada\"}", "it needs one of"),
            ("{\"email\":5}", "must be a string"),
            ("{\"email\":\"nope\"}", "`email`"),
            ("{broken", "not valid JSON"),
        ] {
            let error = Recipient::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
