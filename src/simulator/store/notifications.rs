//! Notifications as rows. Three times, derived from the timelines of the messages, determine the status.

use rusqlite::{OptionalExtension, Row};
use uuid::Uuid;

use super::error::StoreError;
use super::messages::{COLUMNS, StoredMessage};
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Contact, Notification, NotificationStatus, from_millis, to_json};
use crate::simulator::timeline::Timeline;

/// The times at which a notification changes its status, milliseconds of virtual time since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The first time at which a message is no longer queued; none if all stay queued.
    pub(crate) processing_at: Option<i64>,
    /// The time of the last step of all timelines; none if a message stays queued.
    pub(crate) completed_at: Option<i64>,
    /// The time of the cancellation.
    pub(crate) cancelled_at: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredNotification {
    pub(crate) id: Uuid,
    pub(crate) event: String,
    /// The contact at the time of the send.
    pub(crate) contact: Contact,
    pub(crate) messages: Vec<StoredMessage>,
    pub(crate) progress: Progress,
}

impl Progress {
    pub(crate) fn of<'a>(timelines: impl Iterator<Item = &'a Timeline> + Clone) -> Self {
        Self {
            processing_at: timelines
                .clone()
                .filter_map(Timeline::leaves_queue_at)
                .min(),
            // One message that stays queued keeps the notification from completing.
            completed_at: timelines
                .map(Timeline::settles_at)
                .try_fold(i64::MIN, |latest, at| at.map(|at| latest.max(at))),
            cancelled_at: None,
        }
    }

    /// Reads three columns, the first at `index`.
    pub(crate) fn read(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            processing_at: row.get(index)?,
            completed_at: row.get(index + 1)?,
            cancelled_at: row.get(index + 2)?,
        })
    }

    pub(crate) fn status(&self, now: i64) -> NotificationStatus {
        let has_passed = |at: Option<i64>| at.is_some_and(|at| at <= now);
        if has_passed(self.cancelled_at) {
            NotificationStatus::Cancelled
        } else if has_passed(self.completed_at) {
            NotificationStatus::Completed
        } else if has_passed(self.processing_at) {
            NotificationStatus::Processing
        } else {
            NotificationStatus::Accepted
        }
    }

    /// Returns the time of the final status, if it has passed.
    pub(crate) fn completed_at(&self, now: i64) -> Option<i64> {
        self.cancelled_at
            .or(self.completed_at)
            .filter(|at| *at <= now)
    }
}

impl StoredNotification {
    /// Returns the notification as it is at a time.
    pub(crate) fn snapshot(&self, now: i64) -> Notification {
        let started = self.messages.first().map(|first| first.timeline.queued_at);
        Notification {
            id: self.id.to_string(),
            event: self.event.clone(),
            // A struct with text keys always has a JSON form.
            contact: serde_json::to_value(&self.contact).unwrap_or_default(),
            fallback_recipient: None,
            status: self.progress.status(now),
            started_at: started.map(from_millis),
            completed_at: self.progress.completed_at(now).map(from_millis),
            messages: self.messages.iter().map(|m| m.snapshot(now)).collect(),
        }
    }
}

impl Reader<'_> {
    pub(crate) fn notification(&self, id: Uuid) -> Result<Option<StoredNotification>, StoreError> {
        let row = self
            .connection
            .prepare_cached(
                "SELECT event, contact, processing_at, completed_at, cancelled_at FROM notifications WHERE namespace = ?1 AND id = ?2",
            )?
            .query_row((self.namespace, id.into_bytes()), |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?, Progress::read(row, 2)?))
            })
            .optional()?;
        let Some((event, contact, progress)) = row else {
            return Ok(None);
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM messages m WHERE m.namespace = ?1 AND m.notification = ?2 ORDER BY m.number"
        ))?;
        let messages = statement
            .query_and_then((self.namespace, id.into_bytes()), StoredMessage::read)?
            .collect::<Result<_, _>>()?;
        Ok(Some(StoredNotification {
            id,
            event,
            contact: serde_json::from_str(&contact)
                .map_err(|_| StoreError::damaged("the contact", contact))?,
            messages,
            progress,
        }))
    }
}

impl Writer<'_> {
    pub(crate) fn insert_notification(&self, new: &StoredNotification) -> Result<(), StoreError> {
        let contact = to_json(&new.contact);
        self.connection
            .prepare_cached(
                "INSERT INTO notifications (namespace, id, event, contact, processing_at, completed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                self.namespace,
                new.id.into_bytes(),
                &new.event,
                contact,
                new.progress.processing_at,
                new.progress.completed_at,
            ))?;
        new.messages
            .iter()
            .try_for_each(|message| self.insert_message(message))
    }
}
