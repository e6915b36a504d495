//! What each status and each error means, what is likely behind it, and what to do about it.
//!
//! The five statuses and their advice come from the service's page "Messages & Statuses". The page knows three kinds of
//! failure; the codes below are finer. Of the codes on messages only `HARD_BOUNCE` is documented (the webhook page),
//! the others are the simulator's. The codes of refused requests are those of the service's error page and its skill file.

mod messages;
mod requests;
mod statuses;

use messages::MESSAGES;
use requests::REQUESTS;
use statuses::STATUSES;

use crate::words;

/// One entry: a word that a user may meet, and its explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpTopic {
    /// The word, as it is printed elsewhere.
    pub word: &'static str,
    /// What sort of thing it is.
    pub kind: Kind,
    /// One sentence: what it means.
    pub means: &'static str,
    /// What is likely behind it.
    pub likely: &'static [&'static str],
    /// What to do, in order.
    pub todo: &'static [&'static str],
}

impl HelpTopic {
    const fn of(
        kind: Kind,
        word: &'static str,
        means: &'static str,
        likely: &'static [&'static str],
        todo: &'static [&'static str],
    ) -> Self {
        Self {
            word,
            kind,
            means,
            likely,
            todo,
        }
    }
}

/// The sorts of words that are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The status of a message.
    MessageStatus,
    /// The status of a whole notification.
    NotificationStatus,
    /// The code on a message that failed, was suppressed or drew a complaint.
    MessageError,
    /// The code of a request that the service refused.
    RequestError,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 4] = [
        Self::MessageStatus,
        Self::NotificationStatus,
        Self::MessageError,
        Self::RequestError,
    ];

    /// Returns the kind in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageStatus => "message status",
            Self::NotificationStatus => "notification status",
            Self::MessageError => "message error",
            Self::RequestError => "request error",
        }
    }
}

/// Returns every entry, by kind.
pub fn help_topics() -> impl Iterator<Item = &'static HelpTopic> + Clone {
    [STATUSES, MESSAGES, REQUESTS].into_iter().flatten()
}

/// Returns the entry for a word. Case, `-`, `_` and blanks make no difference; the HTTP statuses of refused requests are
/// words, too.
pub fn help_topic(word: &str) -> Option<&'static HelpTopic> {
    let word = match word {
        "400" | "422" => "VALIDATION_ERROR",
        "401" => "UNAUTHORIZED",
        "402" => "QUOTA_EXCEEDED",
        "403" => "FORBIDDEN",
        "404" => "NOT_FOUND",
        "409" => "CONFLICT",
        "429" => "RATE_LIMITED",
        "502" => "PROVIDER_ERROR",
        word => match word.parse() {
            Ok(400..500u16) => "VALIDATION_ERROR",
            Ok(500..600) => "SERVER_ERROR",
            Ok(_) | Err(_) => word,
        },
    };
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    let wanted = plain(word);
    help_topics().find(|help_topic| plain(help_topic.word) == wanted)
}

/// Returns the word that was probably meant.
pub fn nearest_cause(word: &str) -> Option<&'static str> {
    words::nearest(word, help_topics().map(|help_topic| help_topic.word))
}

#[cfg(test)]
mod tests {
    use super::{Kind, help_topic, help_topics, nearest_cause};
    use crate::model::{MessageStatus, NotificationStatus};

    #[test]
    fn every_status_is_explained() {
        for status in MessageStatus::ALL {
            let help_topic = help_topic(status.as_str()).unwrap();
            assert_eq!(help_topic.kind, Kind::MessageStatus);
        }
        for status in NotificationStatus::ALL {
            let help_topic = help_topic(status.as_str()).unwrap();
            assert_eq!(help_topic.kind, Kind::NotificationStatus);
        }
    }

    #[test]
    fn every_entry_says_what_to_do_in_whole_sentences() {
        for help_topic in help_topics() {
            assert!(!help_topic.todo.is_empty(), "{}", help_topic.word);
            let sentences = help_topic
                .likely
                .iter()
                .chain(help_topic.todo)
                .chain([&help_topic.means]);
            for sentence in sentences {
                assert!(
                    sentence.ends_with(['.', ')']) || sentence.ends_with('`'),
                    "{}: {sentence}",
                    help_topic.word
                );
            }
        }
    }

    #[test]
    fn a_word_is_found_however_it_is_written() {
        assert_eq!(help_topic("hard-bounce").unwrap().word, "HARD_BOUNCE");
        assert_eq!(help_topic("Delivered").unwrap().word, "delivered");
        assert_eq!(help_topic("429").unwrap().word, "RATE_LIMITED");
        assert_eq!(help_topic("nonsense"), None);
        assert_eq!(nearest_cause("HARD_BOUNC"), Some("HARD_BOUNCE"));
    }
}
