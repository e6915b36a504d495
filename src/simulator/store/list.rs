//! Lists of messages: the newest first, or by the time of the last change.

use std::cmp::Reverse;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::error::StoreError;
use super::messages::{StoredMessage, WIDTH};
use super::query::{Filter, changes, newest};
use super::reader::Reader;
use crate::api::control::MessageRow;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub rows: Vec<MessageRow>,
    pub more: bool,
    /// The time up to which the page contains every change; none for a list of the newest messages.
    pub changed_until: Option<i64>,
}

/// A message, and the time of its last change.
type Row = (StoredMessage, i64);

impl Reader<'_> {
    /// Returns at most `limit` messages, or more if they changed in the same millisecond.
    pub fn messages(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        if filter.changed_after.is_some() {
            return self.changed_messages(filter, limit);
        }
        let limit_plus_one = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut rows = Vec::new();
        for (sql, values) in newest(filter, self.now, self.namespace, limit_plus_one) {
            rows.extend(self.rows(&sql, &values)?);
        }
        rows.sort_unstable_by_key(|(message, _)| Reverse(message.notification));
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(self.page(&rows, more, None))
    }

    fn changed_messages(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        let limit_plus_one = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (sql, values) = changes(filter, self.now, self.namespace, self.now, limit_plus_one);
        let mut rows = self.rows(&sql, &values)?;
        // A poller passes `changed_until` to its next request, and must not miss a change: a page that is too long ends
        // between two milliseconds, and exceeds the limit only if one millisecond has more changes than that.
        let Some((_, cut)) = rows.get(limit) else {
            return Ok(self.page(&rows, false, Some(self.now)));
        };
        let cut = *cut;
        rows.retain(|(_, changed)| *changed < cut);
        if !rows.is_empty() {
            return Ok(self.page(&rows, true, Some(cut - 1)));
        }
        let (sql, values) = changes(filter, self.now, self.namespace, cut, -1);
        let rows = self.rows(&sql, &values)?;
        Ok(self.page(&rows, true, Some(cut)))
    }

    fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.query_all(sql, params_from_iter(values), |row| {
            Ok((StoredMessage::read(row)?, row.get(WIDTH)?))
        })
    }

    fn page(&self, rows: &[Row], more: bool, changed_until: Option<i64>) -> Page {
        let to_row = |(message, _): &Row| MessageRow {
            id: message.notification.to_string(),
            notification_status: message.notification_status(self.now),
            event: message.event.clone(),
            recipient: message.recipient.clone(),
            message: message.snapshot(self.now),
        };
        Page {
            rows: rows.iter().map(to_row).collect(),
            more,
            changed_until,
        }
    }
}
