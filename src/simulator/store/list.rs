//! Lists messages, either the newest first or by the time of their last change. Also lists the names of the events that
//! were sent.

use std::cmp::Reverse;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::error::StoreError;
use super::messages::{COLUMN_COUNT, StoredMessage};
use super::query::{Filter, changes, newest};
use super::reader::Reader;
use crate::api::control::{MessageRow, MessagesResponse};
use crate::model::from_millis;

/// A message, and the time of its last change in milliseconds of virtual time.
type Row = (StoredMessage, i64);

impl Reader<'_> {
    /// Returns at most `limit` messages, the newest first. If the filter has `changed_after`, sorts the messages by
    /// their last change instead, the oldest change first. Messages that changed in the same millisecond are then kept
    /// together, even if the list exceeds `limit`.
    pub fn messages(&self, filter: &Filter, limit: usize) -> Result<MessagesResponse, StoreError> {
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
        Ok(self.page(rows, more, None))
    }

    fn changed_messages(
        &self,
        filter: &Filter,
        limit: usize,
    ) -> Result<MessagesResponse, StoreError> {
        let limit_plus_one = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (sql, values) = changes(filter, self.now, self.namespace, self.now, limit_plus_one);
        let mut rows = self.rows(&sql, &values)?;
        // A poller passes `changed_until` to its next request, and must not miss a change. Changes in the same
        // millisecond are therefore never split: a list that is too long is cut before the millisecond that exceeds
        // the limit. If that leaves nothing, the page has all changes of this millisecond.
        let Some((_, cut)) = rows.get(limit) else {
            return Ok(self.page(rows, false, Some(self.now)));
        };
        let cut = *cut;
        rows.retain(|(_, changed)| *changed < cut);
        if !rows.is_empty() {
            return Ok(self.page(rows, true, Some(cut - 1)));
        }
        let (sql, values) = changes(filter, self.now, self.namespace, cut, -1);
        let rows = self.rows(&sql, &values)?;
        Ok(self.page(rows, true, Some(cut)))
    }

    fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.query_all(sql, params_from_iter(values), |row| {
            Ok((StoredMessage::read(row)?, row.get(COLUMN_COUNT)?))
        })
    }

    fn page(&self, rows: Vec<Row>, more: bool, changed_until: Option<i64>) -> MessagesResponse {
        let to_row = |(message, _): Row| MessageRow {
            id: message.notification.to_string(),
            notification_status: message.notification_status(self.now),
            message: message.snapshot(self.now),
            event: message.event,
            recipient: message.recipient,
        };
        MessagesResponse {
            at: from_millis(self.now),
            messages: rows.into_iter().map(to_row).collect(),
            more,
            changed_until,
        }
    }

    /// Returns the names of all events that were sent in the namespace, in alphabetical order.
    pub fn event_names(&self) -> Result<Vec<String>, StoreError> {
        // The recursion takes one step in the index for each name. DISTINCT would visit each message.
        self.query_all(
            "WITH RECURSIVE names (name) AS (
               SELECT min(event) FROM messages WHERE namespace = ?1
               UNION ALL
               SELECT (SELECT min(event) FROM messages WHERE namespace = ?1 AND event > name) FROM names WHERE name IS NOT NULL
             ) SELECT name FROM names WHERE name IS NOT NULL",
            [self.namespace],
            |row| row.get(0),
        )
    }

    pub fn has_event(&self, name: &str) -> Result<bool, StoreError> {
        self.query_value(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE namespace = ?1 AND event = ?2)",
            (self.namespace, name),
        )
    }
}
