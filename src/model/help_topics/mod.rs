//! The help topics of `explain`: what each status and error code means, its causes, and what to do.
//!
//! They are in `topics.md`. The five message statuses and their advice come from the service's page "Messages & Statuses",
//! which knows three kinds of failure. The codes on messages are finer: only `HARD_BOUNCE` is documented (the webhook page),
//! the others are the simulator's. The codes of error responses are those of the service's error page and its skill file, and
//! a few of the simulator's.

use std::sync::LazyLock;

use serde::Serialize;

use crate::text;

/// One status or error code with its explanation.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HelpTopic {
    /// The status or code, as it is printed elsewhere.
    pub name: &'static str,
    /// What the name is.
    pub kind: &'static str,
    /// One or two sentences.
    pub meaning: &'static str,
    /// The likely causes, most likely first.
    pub causes: Vec<&'static str>,
    /// What to do, in order.
    pub actions: Vec<&'static str>,
}

static TOPICS: LazyLock<Vec<HelpTopic>> = LazyLock::new(|| parse(include_str!("topics.md")));

/// Parses topics. A kind is a heading, a topic is a heading below it, then its meaning on one line, its causes as a list and
/// its actions as a numbered list.
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

/// Returns every topic, by kind.
pub fn help_topics() -> &'static [HelpTopic] {
    &TOPICS
}

/// Finds a topic by its name, ignoring case, `-`, `_` and blanks, or by the HTTP status of an error response.
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
    let normalize = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    let wanted = normalize(name);
    TOPICS.iter().find(|topic| normalize(topic.name) == wanted)
}

/// Returns the name of the topic that a misspelt name probably stands for.
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
