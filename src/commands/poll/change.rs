//! The status changes of a notification's messages between two polls.

use serde::Serialize;

use crate::commands::message_rows::error_cells;
use crate::commands::notification::error_suffix;
use crate::model::{MessageError, MessageStatus, Notification, Timestamp};
use crate::output::{MessageProgress, ProgressEvent, Rows, TextWriter, Update};
use crate::redact::Pii;

/// The CSV columns of a [`Change`].
pub const COLUMNS: [&str; 10] = [
    "at",
    "id",
    "message_id",
    "event",
    "recipient",
    "channel",
    "from",
    "status",
    "error_code",
    "error_message",
];

/// A message that is new or has a new status.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// The id of the notification that the message belongs to.
    pub id: String,
    pub message_id: String,
    pub event: String,
    pub channel: String,
    pub recipient: Pii<String>,
    /// The previous status; null if no earlier response contained the message.
    pub from: Option<MessageStatus>,
    pub status: MessageStatus,
    /// When the message entered `status`. If the service does not report this, the time of the response. With the
    /// simulator, both are in virtual time.
    pub at: Timestamp,
    /// Why the message failed or was suppressed. For a delivered message, a bounce or complaint that came later. Null
    /// if the message has no error.
    pub error: Option<Pii<MessageError>>,
    /// The time of the response; virtual time with the simulator.
    #[serde(skip)]
    pub seen_at: Timestamp,
    #[serde(skip)]
    pub queued_at: Option<Timestamp>,
}

impl Change {
    /// Compares two responses and returns the changes. `before` is `None` for the first response. For a message that
    /// was queued and is now delivered or failed, also returns the step to `sent` if the service reports when the
    /// message was sent.
    pub fn between(
        before: Option<&Notification>,
        now: &Pii<Notification>,
        seen_at: Timestamp,
    ) -> Vec<Self> {
        let mut changes = Vec::new();
        for message in &now.messages {
            let change = |from, status, at, error| Self {
                id: now.id.clone(),
                message_id: message.id.clone(),
                event: now.event.clone(),
                channel: message.channel.as_str().to_owned(),
                recipient: now.recipient_label(),
                from,
                status,
                at,
                error,
                seen_at,
                queued_at: message.queued_at,
            };
            let mut from = before
                .and_then(|before| before.messages.iter().find(|old| old.id == message.id))
                .map(|old| old.status.clone());
            let has_ended = matches!(
                message.status,
                MessageStatus::Delivered | MessageStatus::Failed
            );
            if has_ended
                && from == Some(MessageStatus::Queued)
                && let Some(sent_at) = message.sent_at
            {
                let queued = from.replace(MessageStatus::Sent);
                changes.push(change(queued, MessageStatus::Sent, sent_at, None));
            }
            if from.as_ref() != Some(&message.status) {
                let at = message.since().unwrap_or(seen_at);
                let error = now.error_of(message);
                changes.push(change(from, message.status.clone(), at, error));
            }
        }
        changes
    }
}

impl Update for Change {
    const TYPE: Option<&'static str> = Some("change");

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        out.line(format_args!(
            "{}  {}  {}  {:<8}  {}{}",
            style.time(self.at),
            style.status(&self.status),
            self.id,
            style.sanitize(&self.channel),
            style.recipient(Some(&self.recipient)),
            error_suffix(self.error.as_deref(), style),
        ));
    }

    fn rows(&self) -> Option<Rows> {
        let [code, message] = error_cells(self.error.as_deref());
        let from = self.from.as_ref().map_or("", |status| status.as_str());
        Some(Rows {
            header: &COLUMNS,
            rows: vec![vec![
                self.at.to_string(),
                self.id.clone(),
                self.message_id.clone(),
                self.event.clone(),
                self.recipient.to_string(),
                self.channel.clone(),
                from.to_owned(),
                self.status.as_str().to_owned(),
                code,
                message,
            ]],
        })
    }

    fn progress(&self) -> Option<ProgressEvent<'_>> {
        Some(ProgressEvent::Show(MessageProgress {
            notification: &self.id,
            message: &self.message_id,
            event: &self.event,
            channel: &self.channel,
            recipient: &self.recipient,
            status: &self.status,
            queued_at: self.queued_at,
            now: self.seen_at,
        }))
    }
}
