//! Lists of messages: newest first, or oldest change first.

use std::cmp::Reverse;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::messages::{StoredMessage, WIDTH};
use super::notifications::Progress;
use super::query::{Filter, changes, newest};
use super::{Reader, StoreError};
use crate::api::control::MessageRow;

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The messages.
    pub rows: Vec<MessageRow>,
    /// Whether there are more.
    pub more: bool,
    /// Everything that changed up to this time is in the list; only for a list of changes.
    pub changed_until: Option<i64>,
}

struct Row {
    message: StoredMessage,
    progress: Progress,
    changed: i64,
}

impl Reader<'_> {
    /// Returns a list of at most so many messages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn messages(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        if filter.changed_after.is_some() {
            return self.changed_messages(filter, limit);
        }
        let ask = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut rows = Vec::new();
        for (sql, values) in newest(filter, self.now, self.namespace, ask) {
            rows.extend(self.rows(&sql, &values)?);
        }
        rows.sort_unstable_by_key(|row| Reverse((row.message.notification, row.message.number)));
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(self.page(&rows, more, None))
    }

    /// Whoever asks for changes again and again must miss none: a list that is too long ends between two milliseconds,
    /// and only the changes of a single millisecond can be more than the limit.
    fn changed_messages(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        let ask = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (sql, values) = changes(filter, self.now, self.namespace, self.now, ask);
        let mut rows = self.rows(&sql, &values)?;
        let Some(cut) = rows.get(limit).map(|row| row.changed) else {
            return Ok(self.page(&rows, false, Some(self.now)));
        };
        rows.retain(|row| row.changed < cut);
        if !rows.is_empty() {
            return Ok(self.page(&rows, true, Some(cut - 1)));
        }
        let (sql, values) = changes(filter, self.now, self.namespace, cut, -1);
        let rows = self.rows(&sql, &values)?;
        Ok(self.page(&rows, true, Some(cut)))
    }

    fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_and_then(params_from_iter(values), |row| {
            Ok(Row {
                message: StoredMessage::read(row)?,
                progress: Progress::read(row, WIDTH)?,
                changed: row.get(WIDTH + 3)?,
            })
        })?;
        rows.collect()
    }

    fn page(&self, rows: &[Row], more: bool, changed_until: Option<i64>) -> Page {
        let shown = |row: &Row| MessageRow {
            id: row.message.notification.to_string(),
            notification_status: row.progress.status(self.now),
            event: row.message.event.clone(),
            recipient: row.message.recipient.clone(),
            message: row.message.snapshot(self.now),
        };
        Page {
            rows: rows.iter().map(shown).collect(),
            more,
            changed_until,
        }
    }
}
