//! Messages as rows: a timeline is stored in columns.

use rusqlite::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::id_sequence;
use super::suppressions::parse_reason;
use super::writer::Writer;
use crate::model::{Channel, Message, MessageError, MessageStatus, from_millis};
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::{Step, Timeline};

/// A message with its whole timeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredMessage {
    /// The id of its notification.
    pub(crate) notification: Uuid,
    /// Its number within the notification, from 0.
    pub(crate) number: i64,
    /// The event, which is also the name of its template.
    pub(crate) event: String,
    pub(crate) channel: String,
    /// The contact's identifier on the channel.
    pub(crate) recipient: String,
    pub(crate) timeline: Timeline,
    /// A description of the reason of its final status, in place of the usual one.
    pub(crate) reason_text: Option<String>,
    /// The source of its timeline: `default`, `recipient:<word>`, `phone:<digits>` or `suppression-list`.
    pub(crate) decided_by: String,
}

/// The columns of a message, in the order of [`StoredMessage::read`].
pub(crate) const COLUMNS: &str = "m.notification, m.number, m.event, m.channel, m.recipient, m.queued_at, m.sent_at, m.end_at, \
     m.end_status, m.reason, m.reason_text, m.post_delivery_at, m.post_delivery_reason, m.decided_by";
/// The number of [`COLUMNS`].
pub(crate) const WIDTH: usize = 14;

impl StoredMessage {
    /// Reads a row that begins with [`COLUMNS`].
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let status: String = row.get(8)?;
        let post_delivery_at: Option<i64> = row.get(11)?;
        let post_delivery_reason = parse_reason(row.get(12)?)?;
        Ok(Self {
            notification: Uuid::from_bytes(row.get(0)?),
            number: row.get(1)?,
            event: row.get(2)?,
            channel: row.get(3)?,
            recipient: row.get(4)?,
            timeline: Timeline {
                queued_at: row.get(5)?,
                sent_at: row.get(6)?,
                end: Step {
                    at: row.get(7)?,
                    status: match MessageStatus::from_wire(&status) {
                        MessageStatus::Other(other) => {
                            return Err(StoreError::damaged("the status", other));
                        }
                        status => status,
                    },
                    reason: parse_reason(row.get(9)?)?,
                },
                post_delivery: post_delivery_at.zip(post_delivery_reason),
            },
            reason_text: row.get(10)?,
            decided_by: row.get(13)?,
        })
    }

    pub(crate) fn id(&self) -> Uuid {
        id_sequence::of_message(self.notification, self.number)
    }

    /// Returns the message as it is at a time.
    pub(crate) fn snapshot(&self, now: i64) -> Message {
        let timeline = &self.timeline;
        let if_past = |at: i64| (at <= now).then(|| from_millis(at));
        let ended_as = |status: MessageStatus| {
            Some(timeline.end.at)
                .filter(|_| timeline.end.status == status)
                .and_then(if_past)
        };
        Message {
            id: self.id().to_string(),
            channel: Channel::from_wire(&self.channel),
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
}

impl Writer<'_> {
    /// Stores a message, and the suppression that its timeline will cause.
    pub(crate) fn insert_message(&self, message: &StoredMessage) -> Result<(), StoreError> {
        let timeline = &message.timeline;
        let source = message.notification.into_bytes();
        self.connection
            .prepare_cached(
                "INSERT INTO messages (namespace, notification, number, event, channel, recipient, queued_at, sent_at, end_at, end_status, \
                 reason, reason_text, post_delivery_at, post_delivery_reason, last_at, decided_by) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute((
                self.namespace,
                source,
                message.number,
                &message.event,
                &message.channel,
                &message.recipient,
                timeline.queued_at,
                timeline.sent_at,
                timeline.end.at,
                timeline.end.status.as_str(),
                timeline.end.reason.map(Reason::code),
                &message.reason_text,
                timeline.post_delivery.map(|(at, _)| at),
                timeline.post_delivery.map(|(_, reason)| reason.code()),
                timeline.last_at(),
                &message.decided_by,
            ))?;
        if let Some((since, reason)) = timeline.suppression() {
            self.suppress(&message.recipient, &message.channel, since, &source, reason)?;
        }
        Ok(())
    }

    /// Replaces the timeline of a stored message.
    pub(crate) fn update_timeline(
        &self,
        message: &StoredMessage,
        timeline: &Timeline,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE messages SET sent_at = ?4, end_at = ?5, end_status = ?6, reason = ?7, reason_text = NULL, post_delivery_at = ?8, \
                 post_delivery_reason = ?9, last_at = ?10 WHERE namespace = ?1 AND notification = ?2 AND number = ?3",
            )?
            .execute((
                self.namespace,
                message.notification.into_bytes(),
                message.number,
                timeline.sent_at,
                timeline.end.at,
                timeline.end.status.as_str(),
                timeline.end.reason.map(Reason::code),
                timeline.post_delivery.map(|(at, _)| at),
                timeline.post_delivery.map(|(_, reason)| reason.code()),
                timeline.last_at(),
            ))?;
        Ok(())
    }
}
