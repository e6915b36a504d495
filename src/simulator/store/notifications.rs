//! Notifications: what a send creates for one recipient. Each has one message, whose row holds it as well: an event without
//! a definition uses one channel.

use uuid::Uuid;

use super::error::StoreError;
use super::messages::{COLUMNS, StoredMessage, WIDTH};
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Contact, Notification, from_millis};

#[derive(Debug, Clone, PartialEq)]
pub struct StoredNotification {
    pub message: StoredMessage,
    /// The contact at the time of the send.
    pub contact: Contact,
}

impl StoredNotification {
    /// Returns the notification as it is at a time.
    pub fn snapshot(&self, now: i64) -> Notification {
        let message = &self.message;
        Notification {
            id: message.notification.to_string(),
            event: message.event.clone(),
            // A struct with text keys always has a JSON form.
            contact: serde_json::to_value(&self.contact).unwrap_or_default(),
            fallback_recipient: None,
            status: message.notification_status(now),
            started_at: Some(from_millis(message.timeline.queued_at)),
            completed_at: message.completed_at(now).map(from_millis),
            messages: vec![message.snapshot(now)],
        }
    }
}

impl Reader<'_> {
    pub fn notification(&self, id: Uuid) -> Result<Option<StoredNotification>, StoreError> {
        self.query_first(
            &format!(
                "SELECT {COLUMNS}, contact FROM messages WHERE namespace = ?1 AND notification = ?2"
            ),
            (self.namespace, id),
            |row| {
                Ok(StoredNotification {
                    message: StoredMessage::read(row)?,
                    contact: row.get(WIDTH)?,
                })
            },
        )
    }
}

impl Writer<'_> {
    /// Stores a notification, and the suppression that the timeline of its message will cause.
    pub fn insert_notification(&self, new: &StoredNotification) -> Result<(), StoreError> {
        let message = &new.message;
        let timeline = &message.timeline;
        self.execute(
            "INSERT INTO messages (namespace, notification, event, channel, recipient, queued_at, sent_at, end_at, end_status, \
             reason, post_delivery_at, post_delivery_reason, last_at, reason_text, decided_by, contact) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            (
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
                &new.contact,
            ),
        )?;
        self.plan_suppression(message)
    }
}
