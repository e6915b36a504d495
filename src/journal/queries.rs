//! The journal as a ledger: what was accepted, and what was last seen of it.

use rusqlite::{OptionalExtension, params};

use super::{Journal, JournalError, RecordedSend, SendState};

/// Which receipts are wanted. What is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Begun at or after, milliseconds since the Unix epoch.
    pub since: Option<i64>,
    /// Begun before, milliseconds since the Unix epoch.
    pub until: Option<i64>,
    /// Of this event.
    pub event: Option<String>,
    /// To this recipient, as in [`super::Entry::recipient`].
    pub recipient: Option<String>,
    /// How many at most, the newest.
    pub limit: u32,
}

/// A notification that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its id.
    pub notification: String,
    /// When its send was begun, milliseconds since the Unix epoch.
    pub begun_at: i64,
    /// The event.
    pub event: String,
    /// Whom it went to, as in [`super::Entry::recipient`].
    pub recipient: String,
    /// What was last seen of it, as [`Journal::record_snapshot`] was given it; none when it was never looked at.
    pub seen: Option<String>,
    /// Whether it will not change any more.
    pub settled: bool,
    /// Whether the service that accepted it said that nothing was real.
    pub simulated: bool,
}

impl Journal {
    /// Returns all targets whose name begins so.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn targets_of(&self, beginning: &str) -> Result<Vec<String>, JournalError> {
        let mut targets = self
            .connection
            .prepare_cached("SELECT DISTINCT target FROM sends WHERE substr(target, 1, ?2) = ?1")?;
        let length = i64::try_from(beginning.chars().count()).unwrap_or(i64::MAX);
        let found = targets.query_map(params![beginning, length], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Returns what was accepted of a target, the newest first. A notification that was accepted again under its key is
    /// listed once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn accepted(
        &self,
        service_id: &str,
        listing: &Listing,
    ) -> Result<Vec<Receipt>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT notification, begun_at, event, recipient, seen, settled, simulated
             FROM sends AS send JOIN receipts ON receipts.send = send.id
             WHERE target = ?1 AND state = 'accepted'
             AND (?2 IS NULL OR begun_at >= ?2) AND (?3 IS NULL OR begun_at < ?3)
             AND (?4 IS NULL OR event = ?4) AND (?5 IS NULL OR recipient = ?5 COLLATE NOCASE)
             AND NOT EXISTS (SELECT 1 FROM receipts AS again
                 WHERE again.notification = receipts.notification AND again.send > send.id)
             ORDER BY send.command DESC, send.id DESC, position DESC LIMIT ?6",
        )?;
        let found = statement.query_map(
            params![
                service_id,
                listing.since,
                listing.until,
                listing.event,
                listing.recipient,
                listing.limit
            ],
            |row| {
                Ok(Receipt {
                    notification: row.get(0)?,
                    begun_at: row.get(1)?,
                    event: row.get(2)?,
                    recipient: row.get(3)?,
                    seen: row.get(4)?,
                    settled: row.get(5)?,
                    simulated: row.get(6)?,
                })
            },
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Returns the last sends that were accepted by any target whose name begins so, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn latest_of(
        &self,
        beginning: &str,
        count: u32,
    ) -> Result<Vec<RecordedSend>, JournalError> {
        let mut sends = Vec::new();
        for service_id in self.targets_of(beginning)? {
            sends.extend(self.latest(&service_id, count)?);
        }
        sends.sort_by_key(|send| std::cmp::Reverse(send.begun_at));
        Ok(sends)
    }

    /// Returns the sends to a target that nobody knows the outcome of, the newest first, each key once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unknown(&self, service_id: &str) -> Result<Vec<RecordedSend>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT begun_at, event, recipient, idempotency_key FROM sends AS send
             WHERE target = ?1 AND state IN ('begun', 'unknown') AND NOT EXISTS (
                 SELECT 1 FROM sends AS later
                 WHERE later.target = send.target AND later.idempotency_key = send.idempotency_key
                 AND later.id > send.id)
             ORDER BY id DESC",
        )?;
        let found = statement.query_map([service_id], |row| {
            Ok(RecordedSend {
                begun_at: row.get(0)?,
                event: row.get(1)?,
                recipient: row.get(2)?,
                idempotency_key: row.get(3)?,
                state: SendState::Unknown,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Keeps what was seen of notifications: the id, the text to keep, and whether it will not change any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_snapshot(
        &mut self,
        looks: &[(String, String, bool)],
    ) -> Result<(), JournalError> {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for (id, seen, settled) in looks {
            transaction
                .prepare_cached(
                    "UPDATE receipts SET seen = ?2, settled = ?3 WHERE notification = ?1",
                )?
                .execute(params![id, seen, settled])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Returns the target that a notification was last sent to.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn service_id_of(&self, notification: &str) -> Result<Option<String>, JournalError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT target FROM receipts JOIN sends ON sends.id = receipts.send
                 WHERE notification = ?1 ORDER BY sends.id DESC LIMIT 1",
            )?
            .query_row([notification], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// Returns whom a notification was sent to by a target, as in [`super::Entry::recipient`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn recipient_of(
        &self,
        service_id: &str,
        notification: &str,
    ) -> Result<Option<String>, JournalError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT recipient FROM receipts JOIN sends ON sends.id = receipts.send
                 WHERE notification = ?1 AND target = ?2 ORDER BY sends.id DESC LIMIT 1",
            )?
            .query_row([notification, service_id], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// Forgets every send that was begun before a time, milliseconds since the Unix epoch, to a target whose name begins
    /// so, and returns how many. Those whose outcome nobody knows are forgotten, too: the service has forgotten their keys
    /// long before.
    ///
    /// # Errors
    /// When the file cannot be written; nothing is forgotten then.
    pub fn prune(&mut self, before: i64, beginning: &str) -> Result<usize, JournalError> {
        const OLD: &str = "begun_at < ?1 AND substr(target, 1, length(?2)) = ?2";
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute(
            &format!("DELETE FROM receipts WHERE send IN (SELECT id FROM sends WHERE {OLD})"),
            params![before, beginning],
        )?;
        let sends = format!("DELETE FROM sends WHERE {OLD}");
        let forgotten = transaction.execute(&sends, params![before, beginning])?;
        transaction.commit()?;
        Ok(forgotten)
    }
}
