//! Text of `explain`: words, and what to do about them.

use super::text_status::notification_block;
use super::view::{BOLD, View};
use crate::model::{HelpTopic, Kind};
use crate::report::Explanation;

/// Returns every word that can be explained, by kind.
pub fn topics(help_topics: &[&HelpTopic], view: &View) -> String {
    let mut text = String::new();
    let widest = help_topics.iter().map(|help_topic| help_topic.name.len());
    let widest = widest.max().unwrap_or(0);
    for kind in Kind::ALL {
        let of_kind = help_topics
            .iter()
            .filter(|help_topic| help_topic.kind == kind);
        let title = format!(
            "{}{}",
            &kind.as_str()[..1].to_uppercase(),
            &kind.as_str()[1..]
        );
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", view.paint(&title, BOLD)));
        for help_topic in of_kind {
            text.push_str(&format!(
                "  {:<widest$}  {}\n",
                help_topic.name, help_topic.meaning
            ));
        }
    }
    text
}

/// Returns the explanation of a word.
pub fn explained(found: &HelpTopic, id: Option<&str>, view: &View) -> String {
    format!(
        "{} ({})\n{}",
        view.paint(found.name, BOLD),
        found.kind.as_str(),
        advice(found, id, view, "")
    )
}

/// Returns what a word means, what is likely behind it, and what to do.
pub fn advice(help_topic: &HelpTopic, id: Option<&str>, view: &View, indent: &str) -> String {
    let mut text = format!("{indent}{}\n", help_topic.meaning);
    if !help_topic.causes.is_empty() {
        text.push_str(&format!("{indent}{}\n", view.paint("Likely causes", BOLD)));
        for cause in help_topic.causes {
            text.push_str(&format!("{indent}  - {cause}\n"));
        }
    }
    text.push_str(&format!("{indent}{}\n", view.paint("What to do", BOLD)));
    for (number, action) in (1..).zip(help_topic.actions) {
        let action = view.pasteable(action, id);
        text.push_str(&format!("{indent}  {number}. {action}\n"));
    }
    text
}

/// Returns a notification with the explanation of each message's end.
pub fn explanation(found: &Explanation, view: &View) -> String {
    let Some(notification) = &found.found.notification else {
        return String::new();
    };
    let mut text = notification_block(notification, found.found.at, false, view);
    for (message, of) in notification.messages.iter().zip(&found.advice) {
        if let Some(decided_by) = &message.decided_by {
            let decided_by = view.outside(decided_by);
            text.push_str(&format!(
                "\nDecided by {decided_by} (the simulator says so).\n"
            ));
        }
        if let Some(help_topic) = of.error.or(of.status) {
            text.push_str(&format!(
                "\n{}",
                explained(help_topic, Some(&notification.id), view)
            ));
        }
    }
    text
}
