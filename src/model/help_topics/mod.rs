//! The help topics of `sendivent explain`: what each status and error code means, its causes, and what to do.
//!
//! The texts are in `topics.md`. The five message statuses and their advice come from the service's page "Messages &
//! Statuses". That page distinguishes only three kinds of failure. The error codes of messages are more specific.
//! `HARD_BOUNCE` is documented on the service's webhook page, and only the simulator uses the other codes. The codes of
//! error responses come from the service's error page and its skill file, except for a few that only the simulator
//! uses.

use std::sync::LazyLock;

use serde::Serialize;

use crate::text;

/// The explanation of one status or error code.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HelpTopic {
    /// The status or error code, such as `delivered` or `HARD_BOUNCE`.
    pub name: &'static str,
    /// The kind of name: `message status`, `notification status`, `message error` or `request error`.
    pub kind: &'static str,
    /// The meaning in one or two sentences.
    pub meaning: &'static str,
    /// The likely causes, the most likely one first.
    pub causes: Vec<&'static str>,
    /// What to do, as a list of steps.
    pub actions: Vec<&'static str>,
}

static TOPICS: LazyLock<Vec<HelpTopic>> = LazyLock::new(|| parse(include_str!("topics.md")));

/// Parses `topics.md`. A first-level heading is a kind, and a second-level heading is the name of a topic. A topic has
/// its meaning on one line, its causes as a list, and its actions as a numbered list.
fn parse(text: &'static str) -> Vec<HelpTopic> {
    let mut topics: Vec<HelpTopic> = Vec::new();
    let mut kind = "";
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix("# ") {
            kind = heading;
        } else if let Some(name) = line.strip_prefix("## ") {
            topics.push(HelpTopic {
                name,
                kind,
                meaning: "",
                causes: Vec::new(),
                actions: Vec::new(),
            });
        } else if let Some(topic) = topics.last_mut() {
            let without_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
            match (line.strip_prefix("- "), without_number.strip_prefix(". ")) {
                (Some(cause), _) => topic.causes.push(cause),
                (None, Some(action)) => topic.actions.push(action),
                (None, None) => topic.meaning = line,
            }
        }
    }
    topics
}

/// Returns all topics in the order of `topics.md`, which groups them by kind.
pub fn help_topics() -> &'static [HelpTopic] {
    &TOPICS
}

/// Finds a topic by its name or by the HTTP status of an error response. Upper and lower case, `-`, `_` and spaces in
/// the name make no difference.
pub fn help_topic(name: &str) -> Option<&'static HelpTopic> {
    let name = match name {
        "400" | "422" => "VALIDATION_ERROR",
        "401" => "UNAUTHORIZED",
        "402" => "QUOTA_EXCEEDED",
        "403" => "FORBIDDEN",
        "404" => "NOT_FOUND",
        "409" => "CONFLICT",
        "429" => "RATE_LIMITED",
        "502" => "PROVIDER_ERROR",
        name => match name.parse() {
            Ok(400..500u16) => "VALIDATION_ERROR",
            Ok(500..600) => "SERVER_ERROR",
            Ok(_) | Err(_) => name,
        },
    };
    let mut topics = TOPICS.iter();
    topics.find(|topic| letters(topic.name).eq(letters(name)))
}

/// Returns the letters and digits of a name in lower case.
fn letters(name: &str) -> impl Iterator<Item = char> {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase)
}

/// Returns the name of the topic that is most similar to a misspelled name; `None` if no name is similar.
pub fn nearest_topic(name: &str) -> Option<&'static str> {
    text::closest_match(name, TOPICS.iter().map(|topic| topic.name))
}

#[cfg(test)]
mod tests {
    use super::{help_topic, help_topics, nearest_topic};
    use crate::model::{MessageStatus, NotificationStatus};

    #[test]
    fn every_status_is_explained() {
        for status in MessageStatus::ALL {
            let topic = help_topic(status.as_str()).unwrap();
            assert_eq!(topic.kind, "message status");
        }
        for status in NotificationStatus::ALL {
            let topic = help_topic(status.as_str()).unwrap();
            assert_eq!(topic.kind, "notification status");
        }
    }

    #[test]
    fn every_topic_has_actions_and_whole_sentences() {
        for topic in help_topics() {
            assert!(
                !topic.kind.is_empty() && !topic.actions.is_empty(),
                "{}",
                topic.name
            );
            let sentences = topic.causes.iter().chain(&topic.actions);
            for sentence in sentences.chain([&topic.meaning]) {
                assert!(
                    sentence.ends_with(['.', ')']) || sentence.ends_with('`'),
                    "{}: {sentence}",
                    topic.name
                );
            }
        }
    }

    #[test]
    fn a_topic_is_found_in_any_spelling() {
        assert_eq!(help_topic("hard-bounce").unwrap().name, "HARD_BOUNCE");
        assert_eq!(help_topic("Delivered").unwrap().name, "delivered");
        assert_eq!(help_topic("429").unwrap().name, "RATE_LIMITED");
        assert_eq!(help_topic("nonsense"), None);
        assert_eq!(nearest_topic("HARD_BOUNC"), Some("HARD_BOUNCE"));
    }
}
