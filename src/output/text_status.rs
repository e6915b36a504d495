//! Text of `status`: a block for each notification.

use super::text::{between, error_line, shown_status};
use super::text_explain::advice;
use super::view::{BAD, BOLD, View};
use crate::model::{
    Goal, GoalState, Message, MessageStatus, Notification, Timestamp, goal_state, help_topic,
};
use crate::report::Looked;

/// Returns what one look at notifications found.
pub fn looked(looked: &Looked, view: &View) -> String {
    let mut text = String::new();
    for found in &looked.found {
        if !text.is_empty() {
            text.push('\n');
        }
        match &found.notification {
            None => text.push_str(&format!(
                "{} {}\n  {}\n",
                view.paint("notification", BOLD),
                found.id,
                view.paint("not found", BAD)
            )),
            Some(notification) => {
                text.push_str(&notification_block(
                    notification,
                    found.at,
                    looked.explain,
                    view,
                ));
            }
        }
    }
    text
}

/// Returns one notification with its messages, and on request with what to do about them.
pub fn notification_block(
    notification: &Notification,
    at: Timestamp,
    explain: bool,
    view: &View,
) -> String {
    let mut text = format!(
        "{} {}\n  {} to {}\n  {}",
        view.paint("notification", BOLD),
        notification.id,
        view.outside(&notification.event),
        view.addressee(notification.recipient()),
        view.notification_status(&notification.status)
    );
    if let Some(started) = notification.started_at {
        text.push_str(&format!(", begun {}", view.time(started)));
        if let Some(completed) = notification.completed_at {
            text.push_str(&format!(", ended after {}", between(started, completed)));
        }
    }
    text.push('\n');
    for message in &notification.messages {
        text.push_str(&message_block(notification, message, at, explain, view));
    }
    text
}

fn message_block(
    notification: &Notification,
    message: &Message,
    at: Timestamp,
    explain: bool,
    view: &View,
) -> String {
    let shown = shown_status(message, &notification.status);
    let line = format!(
        "  {}  {:<8}  {}",
        view.status(&shown),
        view.outside(message.channel.as_str()),
        times(message, &shown, at)
    );
    let mut text = format!("{}\n", line.trim_end());
    if let Some(error) = &message.error {
        let line = error_line(&error.code, &error.message, view);
        text.push_str(&format!("    {line}\n"));
    }
    let stands = goal_state(message, &notification.status, Goal::Settled);
    if explain && (stands != GoalState::Good || message.error.is_some()) {
        let about = message
            .error
            .as_ref()
            .and_then(|error| help_topic(&error.code));
        if let Some(help_topic) = about.or_else(|| help_topic(shown.as_str())) {
            text.push_str(&advice(help_topic, Some(&notification.id), view, "    "));
        }
    }
    text
}

/// Returns the course of a message: `sent after 200 ms, delivered after 1 s`, or how long it has waited.
fn times(message: &Message, shown: &MessageStatus, at: Timestamp) -> String {
    let Some(queued) = message.queued_at else {
        return String::new();
    };
    let steps = [
        ("sent", message.sent_at),
        ("delivered", message.delivered_at),
        ("failed", message.failed_at),
    ];
    let mut parts: Vec<String> = steps
        .iter()
        .filter_map(|(word, time)| Some(format!("{word} after {}", between(queued, (*time)?))))
        .collect();
    let open = matches!(shown, MessageStatus::Queued | MessageStatus::Sent);
    if open {
        parts.push(format!("queued {} ago", between(queued, at)));
    }
    parts.join(", ")
}
