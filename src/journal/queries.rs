//! Queries for accepted notifications, and snapshots of their statuses.

use std::cmp::Reverse;

use rusqlite::{OptionalExtension, Params, params};

use super::{Journal, JournalError, RecordedSend, SendState};

/// A filter for [`Journal::accepted`]. Conditions that are `None` match everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Matches sends that started at or after this time, in milliseconds since the Unix epoch.
    pub since: Option<i64>,
    /// Matches sends that started before this time, in milliseconds since the Unix epoch.
    pub until: Option<i64>,
    pub event: Option<String>,
    /// Matches sends to this recipient, without regard to case. The format is that of [`super::Entry::recipient`].
    pub recipient: Option<String>,
    /// The maximum number of receipts. The newest receipts are returned.
    pub limit: u32,
}

/// A notification that a service accepted, with the send that created it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the notification.
    pub notification: String,
    /// When the send started, just before its request, in milliseconds since the Unix epoch.
    pub started_at: i64,
    pub event: String,
    /// The recipient; see [`super::Entry::recipient`].
    pub recipient: String,
    /// The notification as JSON, as of the last time it was read from the service. `None` if it was never read.
    pub snapshot: Option<String>,
    /// Whether the statuses in `snapshot` are final.
    pub settled: bool,
    /// Whether the simulator accepted the send.
    pub simulated: bool,
}

impl Journal {
    /// Returns the ids of all recorded services that start with `prefix`.
    pub fn service_ids(&self, prefix: &str) -> Result<Vec<String>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT service_id FROM sends WHERE substr(service_id, 1, length(?1)) = ?1",
        )?;
        let ids = statement.query_map([prefix], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Returns the notifications that a service accepted and that match `filter`, newest first. If the
    /// service responded to two sends with the same notification, because their idempotency key was the same, the
    /// notification is listed once, with the newer send.
    pub fn accepted(
        &self,
        service_id: &str,
        filter: &Listing,
    ) -> Result<Vec<Receipt>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT notification, started_at, event, recipient, snapshot, is_settled, is_simulated
             FROM sends AS send JOIN receipts ON receipts.send = send.id
             WHERE service_id = ?1 AND state = 'accepted'
             AND (?2 IS NULL OR started_at >= ?2) AND (?3 IS NULL OR started_at < ?3)
             AND (?4 IS NULL OR event = ?4) AND (?5 IS NULL OR recipient = ?5 COLLATE NOCASE)
             AND NOT EXISTS (SELECT 1 FROM receipts AS later
                 WHERE later.notification = receipts.notification AND later.send > send.id)
             ORDER BY send.command DESC, send.id DESC, position DESC LIMIT ?6",
        )?;
        let receipts = statement.query_map(
            params![
                service_id,
                filter.since,
                filter.until,
                filter.event,
                filter.recipient,
                filter.limit
            ],
            |row| {
                Ok(Receipt {
                    notification: row.get(0)?,
                    started_at: row.get(1)?,
                    event: row.get(2)?,
                    recipient: row.get(3)?,
                    snapshot: row.get(4)?,
                    settled: row.get(5)?,
                    simulated: row.get(6)?,
                })
            },
        )?;
        Ok(receipts.collect::<Result<_, _>>()?)
    }

    /// For each service whose id starts with `prefix`, returns the sends that the newest `count` commands made. All
    /// sends together are sorted from newest to oldest.
    pub fn latest_with_prefix(
        &self,
        prefix: &str,
        count: u32,
    ) -> Result<Vec<RecordedSend>, JournalError> {
        let mut sends = Vec::new();
        for service_id in self.service_ids(prefix)? {
            sends.extend(self.latest(&service_id, count)?);
        }
        sends.sort_by_key(|send| Reverse(send.started_at));
        Ok(sends)
    }

    /// Returns the sends with an unknown outcome to a service, newest first. Includes only the newest send of each
    /// idempotency key.
    pub fn unknown(&self, service_id: &str) -> Result<Vec<RecordedSend>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT started_at, event, recipient, idempotency_key FROM sends AS send
             WHERE service_id = ?1 AND state IN ('started', 'unknown') AND NOT EXISTS (
                 SELECT 1 FROM sends AS later
                 WHERE later.service_id = send.service_id AND later.idempotency_key = send.idempotency_key
                 AND later.id > send.id)
             ORDER BY id DESC",
        )?;
        let sends = statement.query_map([service_id], |row| {
            Ok(RecordedSend {
                started_at: row.get(0)?,
                event: row.get(1)?,
                recipient: row.get(2)?,
                idempotency_key: row.get(3)?,
                state: SendState::Unknown,
            })
        })?;
        Ok(sends.collect::<Result<_, _>>()?)
    }

    /// Stores snapshots of notifications. Each item of `snapshots` is the notification's id, the notification as JSON,
    /// and whether its statuses are final.
    pub async fn record_snapshots(
        &mut self,
        snapshots: &[(String, String, bool)],
    ) -> Result<(), JournalError> {
        self.write(|journal| {
            let mut update = journal.connection.prepare_cached(
                "UPDATE receipts SET snapshot = ?2, is_settled = ?3 WHERE notification = ?1",
            )?;
            for (id, snapshot, settled) in snapshots {
                update.execute(params![id, snapshot, settled])?;
            }
            Ok(())
        })
        .await
    }

    /// Returns the id of the service that accepted a notification. `None` if the notification is not in the journal.
    pub fn service_id_of(&self, notification: &str) -> Result<Option<String>, JournalError> {
        self.first_text(
            "SELECT service_id FROM receipts JOIN sends ON sends.id = receipts.send
             WHERE notification = ?1 ORDER BY sends.id DESC LIMIT 1",
            [notification],
        )
    }

    /// Returns the recipient of a notification, as in [`super::Entry::recipient`]. `None` if the journal has no such
    /// notification of this service.
    pub fn recipient_of(
        &self,
        service_id: &str,
        notification: &str,
    ) -> Result<Option<String>, JournalError> {
        self.first_text(
            "SELECT recipient FROM receipts JOIN sends ON sends.id = receipts.send
             WHERE notification = ?1 AND service_id = ?2 ORDER BY sends.id DESC LIMIT 1",
            [notification, service_id],
        )
    }

    fn first_text(
        &self,
        sql: &str,
        parameters: impl Params,
    ) -> Result<Option<String>, JournalError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement
            .query_row(parameters, |row| row.get(0))
            .optional()?)
    }

    /// Deletes the sends to services whose id starts with `prefix` if they started before `before`, in milliseconds
    /// since the Unix epoch. Returns how many sends were deleted.
    pub async fn prune(&mut self, before: i64, prefix: &str) -> Result<usize, JournalError> {
        // This includes sends with an unknown outcome: their keys have expired, so that repeating them is not safe any more.
        const OLD: &str = "started_at < ?1 AND substr(service_id, 1, length(?2)) = ?2";
        let receipts =
            format!("DELETE FROM receipts WHERE send IN (SELECT id FROM sends WHERE {OLD})");
        let sends = format!("DELETE FROM sends WHERE {OLD}");
        self.write(|journal| {
            let connection = &journal.connection;
            connection.execute(&receipts, params![before, prefix])?;
            Ok(connection.execute(&sends, params![before, prefix])?)
        })
        .await
    }
}
