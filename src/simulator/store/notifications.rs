//! Notifications as rows. Their status follows from three times, made of the plans of their messages.

use rusqlite::{OptionalExtension, Row};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::messages::{COLUMNS, StoredMessage};
use super::{Reader, StoreError, Writer};
use crate::model::{Notification, NotificationStatus, from_millis, to_json};
use crate::simulator::timeline::Timeline;

/// When a notification changes its status, in milliseconds of virtual time since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// When the first message moves, if any ever does.
    pub processing_at: Option<i64>,
    /// When the last planned step has passed, if that ever comes.
    pub completed_at: Option<i64>,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<i64>,
}

/// One notification.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredNotification {
    /// Its id.
    pub id: Uuid,
    /// Its event.
    pub event: String,
    /// Its contact, as it was known when the notification was accepted.
    pub contact: Map<String, Value>,
    /// Its messages, in order.
    pub messages: Vec<StoredMessage>,
    /// When its status changes.
    pub progress: Progress,
}

impl Progress {
    /// Returns the progress that follows from the plans of the messages.
    pub fn of<'a>(plans: impl Iterator<Item = &'a Timeline> + Clone) -> Self {
        Self {
            processing_at: plans.clone().filter_map(Timeline::moves_at).min(),
            // One message that is queued for ever keeps the whole from its end.
            completed_at: plans
                .map(Timeline::settles_at)
                .try_fold(i64::MIN, |latest, at| at.map(|at| latest.max(at))),
            cancelled_at: None,
        }
    }

    /// Reads three columns that begin at an index.
    ///
    /// # Errors
    /// When the row is shorter, or holds something else.
    pub fn read(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            processing_at: row.get(index)?,
            completed_at: row.get(index + 1)?,
            cancelled_at: row.get(index + 2)?,
        })
    }

    /// Returns the status at a time.
    pub fn status(&self, now: i64) -> NotificationStatus {
        let due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        if due(self.cancelled_at) {
            NotificationStatus::Cancelled
        } else if due(self.completed_at) {
            NotificationStatus::Completed
        } else if due(self.processing_at) {
            NotificationStatus::Processing
        } else {
            NotificationStatus::Accepted
        }
    }

    /// Returns when nothing more was planned, if that has passed.
    pub fn completed_at(&self, now: i64) -> Option<i64> {
        self.cancelled_at
            .or(self.completed_at)
            .filter(|at| *at <= now)
    }
}

impl StoredNotification {
    /// Returns the notification as it is at a time.
    pub fn snapshot(&self, now: i64) -> Notification {
        let started = self.messages.first().map(|first| first.timeline.queued_at);
        Notification {
            id: self.id.to_string(),
            event: self.event.clone(),
            contact: Value::Object(self.contact.clone()),
            fallback_recipient: None,
            status: self.progress.status(now),
            started_at: started.map(from_millis),
            completed_at: self.progress.completed_at(now).map(from_millis),
            messages: self.messages.iter().map(|m| m.snapshot(now)).collect(),
        }
    }
}

impl Reader<'_> {
    /// Returns one notification with its messages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn notification(&self, id: Uuid) -> Result<Option<StoredNotification>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT event, contact, processing_at, completed_at, cancelled_at FROM notifications WHERE namespace = ?1 AND id = ?2",
            )?
            .query_row((self.namespace, id.into_bytes()), |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?, Progress::read(row, 2)?))
            })
            .optional()?;
        let Some((event, contact, progress)) = found else {
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
    /// Stores a notification and its messages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_notification(&self, new: &StoredNotification) -> Result<(), StoreError> {
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
