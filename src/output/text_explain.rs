//! Text of `explain`: words, and what to do about them.

use super::text_status::notification_block;
use super::view::{BOLD, View};
use crate::model::{Cause, Kind};
use crate::report::Explanation;

/// Returns every word that can be explained, by kind.
pub fn topics(causes: &[&Cause], view: &View) -> String {
    let mut text = String::new();
    let widest = causes.iter().map(|cause| cause.word.len());
    let widest = widest.max().unwrap_or(0);
    for kind in Kind::ALL {
        let of_kind = causes.iter().filter(|cause| cause.kind == kind);
        let title = format!(
            "{}{}",
            &kind.as_str()[..1].to_uppercase(),
            &kind.as_str()[1..]
        );
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", view.paint(&title, BOLD)));
        for cause in of_kind {
            text.push_str(&format!("  {:<widest$}  {}\n", cause.word, cause.means));
        }
    }
    text
}

/// Returns the explanation of a word.
pub fn explained(found: &Cause, id: Option<&str>, view: &View) -> String {
    format!(
        "{} ({})\n{}",
        view.paint(found.word, BOLD),
        found.kind.as_str(),
        advice(found, id, view, "")
    )
}

/// Returns what a word means, what is likely behind it, and what to do.
pub fn advice(cause: &Cause, id: Option<&str>, view: &View, indent: &str) -> String {
    let mut text = format!("{indent}{}\n", cause.means);
    if !cause.likely.is_empty() {
        text.push_str(&format!("{indent}{}\n", view.paint("Likely causes", BOLD)));
        for likely in cause.likely {
            text.push_str(&format!("{indent}  - {likely}\n"));
        }
    }
    text.push_str(&format!("{indent}{}\n", view.paint("What to do", BOLD)));
    for (number, todo) in (1..).zip(cause.todo) {
        let todo = view.pasteable(todo, id);
        text.push_str(&format!("{indent}  {number}. {todo}\n"));
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
        if let Some(steered) = &message.steered_by {
            let steered = view.outside(steered);
            text.push_str(&format!(
                "\nDecided by {steered} (the simulator says so).\n"
            ));
        }
        if let Some(cause) = of.error.or(of.status) {
            text.push_str(&format!(
                "\n{}",
                explained(cause, Some(&notification.id), view)
            ));
        }
    }
    text
}
