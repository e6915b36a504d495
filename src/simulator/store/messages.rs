//! Messages as rows, with the timeline stored in columns.
//!
//! A send creates one notification for each recipient. In the simulator, a notification has exactly one message, so one
//! row holds both.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::error::StoreError;
use super::id_sequence;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{
    Channel, Contact, EventName, Identifier, Message, MessageError, MessageStatus, Notification,
    NotificationStatus, from_millis, to_json_value,
};
use crate::simulator::recipient_spec::RecipientSpec;
use crate::simulator::timeline::{Step, Timeline};

/// A message with its whole timeline, past and future.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    pub notification: Uuid,
    /// The name of the event that was sent. The message's template has the same name.
    pub event: String,
    pub channel: Channel,
    pub recipient: String,
    pub timeline: Timeline,
    /// A text that replaces the usual error message for the error code. `None` if the usual message applies.
    pub reason_text: Option<String>,
    /// What determined the message's timeline, such as `default`, `recipient:bounced`, `phone:<digits>` or
    /// `suppression-list`.
    pub decided_by: String,
    /// When the message was cancelled, in milliseconds of virtual time. `None` if it was not cancelled.
    pub cancelled_at: Option<i64>,
}

/// The columns of a message, in the order in which [`StoredMessage::read`] reads them.
pub const COLUMNS: &str = "notification, event, channel, recipient, queued_at, sent_at, end_at, end_status, reason, \
     post_delivery_at, post_delivery_reason, reason_text, decided_by, cancelled_at";
/// The number of columns in [`COLUMNS`]. This is also the index of the first column after these columns.
pub const COLUMN_COUNT: usize = 14;

impl StoredMessage {
    /// Reads a message from a row that begins with [`COLUMNS`].
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let post_delivery_at: Option<i64> = row.get(9)?;
        Ok(Self {
            notification: row.get(0)?,
            event: row.get(1)?,
            channel: row.get(2)?,
            recipient: row.get(3)?,
            timeline: Timeline {
                queued_at: row.get(4)?,
                sent_at: row.get(5)?,
                end: Step {
                    at: row.get(6)?,
                    status: row.get(7)?,
                    reason: row.get(8)?,
                },
                post_delivery: post_delivery_at.zip(row.get(10)?),
            },
            reason_text: row.get(11)?,
            decided_by: row.get(12)?,
            cancelled_at: row.get(13)?,
        })
    }

    /// Returns a message that is not cancelled. `reason_text` is `None`.
    pub fn new(
        notification: Uuid,
        event: String,
        channel: Channel,
        recipient: String,
        timeline: Timeline,
        decided_by: String,
    ) -> Self {
        Self {
            notification,
            event,
            channel,
            recipient,
            timeline,
            reason_text: None,
            decided_by,
            cancelled_at: None,
        }
    }

    pub fn id(&self) -> Uuid {
        id_sequence::message_id(self.notification)
    }

    pub fn snapshot(&self, now: i64) -> Message {
        let timeline = &self.timeline;
        let if_past = |at: i64| (at <= now).then(|| from_millis(at));
        let ended_as = |status: MessageStatus| {
            Some(timeline.end.at)
                .filter(|_| timeline.end.status == status)
                .and_then(if_past)
        };
        Message {
            id: self.id().to_string(),
            channel: self.channel.clone(),
            status: timeline.status(now),
            // In the simulator, an event's template has the name of the event.
            template: Some(self.event.clone()),
            queued_at: Some(from_millis(timeline.queued_at)),
            sent_at: timeline.sent_at.and_then(if_past),
            delivered_at: ended_as(MessageStatus::Delivered),
            failed_at: ended_as(MessageStatus::Failed),
            error: timeline.reason(now).map(|reason| MessageError {
                code: reason.code().to_owned(),
                message: self
                    .reason_text
                    .clone()
                    .unwrap_or_else(|| reason.text().to_owned()),
            }),
            decided_by: Some(self.decided_by.clone()),
        }
    }

    /// Returns the message's notification, with its status at the virtual time `now`. `contact` is the contact as it
    /// was when the message was sent.
    pub fn notification_snapshot(&self, contact: &Contact, now: i64) -> Notification {
        let completed_at = self.cancelled_at.or(self.timeline.completes_at());
        Notification {
            id: self.notification.to_string(),
            event: self.event.clone(),
            contact: to_json_value(contact),
            fallback_recipient: None,
            status: self.notification_status(now),
            started_at: Some(from_millis(self.timeline.queued_at)),
            completed_at: completed_at.filter(|at| *at <= now).map(from_millis),
            messages: vec![self.snapshot(now)],
        }
    }

    pub fn notification_status(&self, now: i64) -> NotificationStatus {
        let has_passed = |at: Option<i64>| at.is_some_and(|at| at <= now);
        if has_passed(self.cancelled_at) {
            NotificationStatus::Cancelled
        } else if has_passed(self.timeline.completes_at()) {
            NotificationStatus::Completed
        } else if has_passed(self.timeline.sent_at) {
            NotificationStatus::Processing
        } else {
            NotificationStatus::Accepted
        }
    }
}

impl Reader<'_> {
    /// Returns the message of a notification, and the contact as it was when the message was sent. `None` if no
    /// notification has this id.
    pub fn notification(&self, id: Uuid) -> Result<Option<(StoredMessage, Contact)>, StoreError> {
        self.query_first(
            &format!(
                "SELECT {COLUMNS}, contact FROM messages WHERE namespace = ?1 AND notification = ?2"
            ),
            (self.namespace, id),
            |row| Ok((StoredMessage::read(row)?, row.get(COLUMN_COUNT)?)),
        )
    }
}

impl Writer<'_> {
    /// Stores a message with its notification. If a bounce or a complaint in the timeline will suppress the recipient,
    /// also stores that suppression.
    pub fn insert_message(
        &self,
        message: &StoredMessage,
        contact: &Contact,
    ) -> Result<(), StoreError> {
        let timeline = &message.timeline;
        self.execute(
            "INSERT INTO messages (namespace, notification, event, channel, recipient, queued_at, sent_at, end_at, end_status, \
             reason, post_delivery_at, post_delivery_reason, last_at, reason_text, decided_by, contact) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            params![
                self.namespace,
                message.notification,
                &message.event,
                &message.channel,
                &message.recipient,
                timeline.queued_at,
                timeline.sent_at,
                timeline.end.at,
                &timeline.end.status,
                timeline.end.reason,
                timeline.post_delivery.map(|(at, _)| at),
                timeline.post_delivery.map(|(_, reason)| reason),
                timeline.last_at(),
                &message.reason_text,
                &message.decided_by,
                contact,
            ],
        )?;
        match timeline.suppression() {
            Some((since, reason)) => {
                let source = message.notification.as_bytes();
                self.suppress(&message.recipient, &message.channel, since, source, reason)
            }
            None => Ok(()),
        }
    }

    /// Cancels the notifications of an event to a recipient, if their messages are still queued. Includes messages to
    /// other identifiers of the same contact. Returns the number of cancelled notifications.
    pub fn cancel(
        &self,
        event: &EventName,
        mut recipient: RecipientSpec,
    ) -> Result<u64, StoreError> {
        if let Some(stored) = self.known_contact(&recipient)? {
            recipient.merge_stored_fields(stored);
        }
        let mut cancelled = 0;
        for kind in Identifier::ALL {
            let Some(identifier) = recipient.identifier(kind) else {
                continue;
            };
            for message in self.queued_messages(event.as_str(), identifier)? {
                self.cancel_message(&message)?;
                self.delete_planned_suppression(&message)?;
                self.delete_webhook_events(message.notification)?;
                cancelled += 1;
            }
        }
        Ok(cancelled)
    }

    fn queued_messages(
        &self,
        event: &str,
        recipient: &str,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        self.query_all(
            &format!(
                "SELECT {COLUMNS} FROM messages INDEXED BY messages_recipient \
                 WHERE namespace = ?1 AND recipient = ?2 AND event = ?3 AND cancelled_at IS NULL \
                 AND (end_status = 'queued' OR coalesce(sent_at, end_at) > ?4)"
            ),
            (self.namespace, recipient, event, self.now),
            StoredMessage::read,
        )
    }

    fn cancel_message(&self, message: &StoredMessage) -> Result<(), StoreError> {
        let timeline = message.timeline.cancelled(self.now);
        self.execute(
            "UPDATE messages SET sent_at = NULL, end_at = ?3, end_status = ?4, last_at = ?3, cancelled_at = ?3, \
             reason = NULL, reason_text = NULL, post_delivery_at = NULL, post_delivery_reason = NULL \
             WHERE namespace = ?1 AND notification = ?2",
            (self.namespace, message.notification, timeline.end.at, timeline.end.status),
        )?;
        Ok(())
    }
}
