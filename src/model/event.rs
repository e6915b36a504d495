//! Names of events. An event is a kind of notification that is defined in the service, such as `welcome`.

use std::fmt;
use std::str::FromStr;

/// The name of an event: letters, digits, `-`, `_` and `.`. It begins with a letter or a digit and has at most 100
/// characters.
///
/// The service documents that spaces are invalid, and its examples contain hyphens, dots and underscores. The exact
/// pattern and the maximum length are assumed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventName(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an event name: {reason}")]
pub struct InvalidEvent {
    pub text: String,
    pub reason: &'static str,
}

impl EventName {
    /// The maximum length of a name in characters (assumed).
    pub const MAX_LENGTH: usize = 100;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventName {
    type Err = InvalidEvent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let reason = if text.is_empty() {
            "it is empty"
        } else if text.contains(char::is_whitespace) {
            "it contains a space"
        } else if !text.chars().all(allowed) {
            "only letters, digits, `-`, `_` and `.` are allowed"
        } else if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            "it must begin with a letter or a digit"
        } else if text.len() > Self::MAX_LENGTH {
            "it is longer than 100 characters"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(InvalidEvent {
            text: text.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::EventName;

    #[test]
    fn names_as_the_service_shows_them_are_valid() {
        for name in [
            "welcome",
            "order-shipped",
            "user.welcome",
            "onboarding_welcome",
            "2fa",
        ] {
            assert!(name.parse::<EventName>().is_ok(), "{name}");
        }
    }

    #[test]
    fn each_invalid_name_is_rejected_with_a_reason() {
        let long = "a".repeat(101);
        for (name, reason) in [
            ("", "empty"),
            ("order shipped", "space"),
            ("order/shipped", "only letters"),
            ("-welcome", "begin"),
            ("välkommen", "only letters"),
            (long.as_str(), "longer"),
        ] {
            let error = name.parse::<EventName>().unwrap_err().to_string();
            assert!(error.contains(reason), "{name}: {error}");
        }
    }
}
