//! Notifications: what a send creates for one recipient. Each has one message, whose row holds it as well: an event without
//! a definition uses one channel.

use uuid::Uuid;

use super::error::StoreError;
use super::messages::{COLUMNS, StoredMessage, WIDTH};
use super::reader::Reader;
use crate::model::{Contact, Notification, from_millis};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredNotification {
    pub(crate) message: StoredMessage,
    /// The contact at the time of the send.
    pub(crate) contact: Contact,
}

impl StoredNotification {
    /// Returns the notification as it is at a time.
    pub(crate) fn snapshot(&self, now: i64) -> Notification {
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
    pub(crate) fn notification(&self, id: Uuid) -> Result<Option<StoredNotification>, StoreError> {
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
