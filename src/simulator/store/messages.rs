//! Messages as rows: a timeline is stored in columns.

use rusqlite::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::id_sequence;
use super::writer::Writer;
use crate::model::{
    Channel, Message, MessageError, MessageStatus, NotificationStatus, from_millis,
};
use crate::simulator::timeline::{Step, Timeline};

/// A message with its whole timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// The id of its notification.
    pub notification: Uuid,
    /// The event, which is also the name of its template.
    pub event: String,
    pub channel: Channel,
    /// The contact's identifier on the channel.
    pub recipient: String,
    pub timeline: Timeline,
    /// A description of the reason of its final status, in place of the usual one.
    pub reason_text: Option<String>,
    /// The source of its timeline: `default`, `recipient:<word>`, `phone:<digits>` or `suppression-list`.
    pub decided_by: String,
    pub cancelled_at: Option<i64>,
}

/// The columns of a message, in the order of [`StoredMessage::read`].
pub const COLUMNS: &str = "notification, event, channel, recipient, queued_at, sent_at, end_at, end_status, reason, \
     post_delivery_at, post_delivery_reason, reason_text, decided_by, cancelled_at";
/// The number of [`COLUMNS`].
pub const WIDTH: usize = 14;

impl StoredMessage {
    /// Reads a row that begins with [`COLUMNS`].
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

    pub fn id(&self) -> Uuid {
        id_sequence::message_id(self.notification)
    }

    /// Returns the message as it is at a time.
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
            // An event without a definition has a plain template that is named after it.
            template: Some(self.event.clone()),
            queued_at: Some(from_millis(timeline.queued_at)),
            sent_at: timeline.sent_at.and_then(if_past),
            delivered_at: ended_as(MessageStatus::Delivered),
            failed_at: ended_as(MessageStatus::Failed),
            error: timeline.reason(now).map(|reason| MessageError {
                code: reason.code().to_owned(),
                message: match &self.reason_text {
                    Some(reason_text) => reason_text.clone(),
                    None => reason.text().to_owned(),
                },
            }),
            decided_by: Some(self.decided_by.clone()),
        }
    }

    /// Returns the status of its notification at a time.
    pub fn notification_status(&self, now: i64) -> NotificationStatus {
        let has_passed = |at: Option<i64>| at.is_some_and(|at| at <= now);
        if has_passed(self.cancelled_at) {
            NotificationStatus::Cancelled
        } else if has_passed(self.timeline.settles_at()) {
            NotificationStatus::Completed
        } else if has_passed(self.timeline.sent_at) {
            NotificationStatus::Processing
        } else {
            NotificationStatus::Accepted
        }
    }

    /// Returns the time of its notification's final status, if it has passed.
    pub fn completed_at(&self, now: i64) -> Option<i64> {
        let completed_at = self.cancelled_at.or(self.timeline.settles_at());
        completed_at.filter(|at| *at <= now)
    }
}

impl Writer<'_> {
    /// Removes the rest of a queued message's timeline.
    pub fn cancel_message(&self, message: &StoredMessage) -> Result<(), StoreError> {
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
