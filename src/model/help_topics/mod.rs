//! The help topics of `explain`: what each status and error code means, its causes, and what to do.
//!
//! The five message statuses and their advice come from the service's page "Messages & Statuses", which knows three
//! kinds of failure. The codes on messages are finer: only `HARD_BOUNCE` is documented (the webhook page), the others are
//! the simulator's. The codes of error responses are those of the service's error page and its skill file.

mod messages;
mod requests;
mod statuses;
mod topic;

use messages::MESSAGES;
use requests::REQUESTS;
use statuses::STATUSES;
pub use topic::{HelpTopic, Kind};

use crate::text;

/// Returns every topic, by kind.
pub fn help_topics() -> impl Iterator<Item = &'static HelpTopic> + Clone {
    [STATUSES, MESSAGES, REQUESTS].into_iter().flatten()
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
    help_topics().find(|topic| normalize(topic.name) == wanted)
}

/// Returns the name of the topic that a misspelt name probably stands for.
pub fn nearest_topic(name: &str) -> Option<&'static str> {
    text::closest_match(name, help_topics().map(|topic| topic.name))
}

#[cfg(test)]
mod tests {
    use super::{Kind, help_topic, help_topics, nearest_topic};
    use crate::model::{MessageStatus, NotificationStatus};

    #[test]
    fn every_status_is_explained() {
        for status in MessageStatus::ALL {
            let topic = help_topic(status.as_str()).unwrap();
            assert_eq!(topic.kind, Kind::MessageStatus);
        }
        for status in NotificationStatus::ALL {
            let topic = help_topic(status.as_str()).unwrap();
            assert_eq!(topic.kind, Kind::NotificationStatus);
        }
    }

    #[test]
    fn every_topic_has_actions_and_whole_sentences() {
        for topic in help_topics() {
            assert!(!topic.actions.is_empty(), "{}", topic.name);
            let sentences = topic.causes.iter().chain(topic.actions);
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
