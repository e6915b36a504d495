//! What is new between two looks at a notification.

use crate::model::{Message, MessageStatus, Notification, Timestamp};
use crate::report::Change;

/// Returns what is new since the last look, one change for each message.
pub fn changes(before: Option<&Notification>, now: &Notification, at: Timestamp) -> Vec<Change> {
    let known = |message: &Message| -> Option<MessageStatus> {
        let earlier = before?.messages.iter().find(|old| old.id == message.id)?;
        Some(earlier.status.clone())
    };
    now.messages
        .iter()
        .flat_map(|message| {
            let mut from = known(message);
            let mut steps = Vec::new();
            // A step that was passed between two looks is told, too: its time is known.
            let ended = matches!(
                message.status,
                MessageStatus::Delivered | MessageStatus::Failed
            );
            if from == Some(MessageStatus::Queued) && ended && message.sent_at.is_some() {
                steps.push(MessageStatus::Sent);
            }
            if from.as_ref() != Some(&message.status) {
                steps.push(message.status.clone());
            }
            steps.into_iter().map(move |to| {
                let last = to == message.status;
                Change {
                    notification: now.id.clone(),
                    message: message.id.clone(),
                    event: now.event.clone(),
                    channel: message.channel.as_str().to_owned(),
                    recipient: now.recipient().unwrap_or_default().to_owned(),
                    at: match last {
                        true => message.since().unwrap_or(at),
                        false => message.sent_at.unwrap_or(at),
                    },
                    seen_at: at,
                    queued_at: message.queued_at,
                    error: message.error.clone().filter(|_| last),
                    from: from.replace(to.clone()),
                    to,
                }
            })
        })
        .collect()
}
