//! The journal: the sends of this machine. A row is inserted before each request and updated after its response, so that
//! a row that stays `started` after a crash shows a send whose outcome is unknown.
//!
//! An inserted row survives a loss of power. Payloads are not stored.

mod queries;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::api::IdempotencyKey;
use crate::sqlite::{self, DbLocation, DbSchema, LockWait, OpenError};

pub use queries::{Listing, Receipt};

const SCHEMA: DbSchema = DbSchema {
    name: "journal",
    // "SVNJ"
    application_id: 0x5356_4e4a,
    sql: SQL,
    // A key that is lost with its row could send twice.
    durable: true,
    keeps_wal: true,
    // A send changes a handful of small rows.
    page_size: 1024,
};

const SQL: &str = "
CREATE TABLE sends (
  id INTEGER PRIMARY KEY,
  command INTEGER NOT NULL,
  service_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  completed_at INTEGER,
  event TEXT NOT NULL,
  recipient TEXT NOT NULL,
  channel TEXT,
  idempotency_key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('started', 'accepted', 'refused', 'unknown')),
  is_simulated INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sends_by_command ON sends (service_id, command, id);
CREATE INDEX sends_by_key ON sends (service_id, idempotency_key);

-- `snapshot` is the notification as it was last read, and `is_settled` whether it was final then.
CREATE TABLE receipts (
  send INTEGER NOT NULL REFERENCES sends (id),
  position INTEGER NOT NULL,
  notification TEXT NOT NULL,
  snapshot TEXT,
  is_settled INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (send, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_by_notification ON receipts (notification);
";

/// The journal of one user on one machine.
///
/// Except for [`Journal::begin`], methods that write block while another process writes, for 10 seconds at most. Writes are
/// a few rows, so that only a process that was stopped in the middle of one makes another wait this long.
pub struct Journal {
    connection: Connection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendRow {
    pub row: i64,
    /// The number of the command that the send belongs to.
    pub command: i64,
}

/// A send before its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The service that receives the request. Queries never mix services.
    pub service_id: String,
    /// The time of the request, milliseconds since the Unix epoch.
    pub started_at: i64,
    pub event: String,
    /// The recipient as an argument for `--to`; masked with `--no-pii`, empty for the event's listeners.
    pub recipient: String,
    pub channel: Option<String>,
    /// The idempotency key of every attempt.
    pub idempotency_key: IdempotencyKey,
    /// The number of the command that the send belongs to; none for its first send.
    pub command: Option<i64>,
    /// A hash of the request, which finds a key that is used for another request.
    pub fingerprint: [u8; 32],
}

/// The outcome of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendState {
    Accepted(Vec<String>),
    /// Accepted by a service that marks its responses as simulated. Read back as [`SendState::Accepted`].
    Simulated(Vec<String>),
    /// Refused: nothing was sent.
    Refused,
    /// No response, or none that could be decoded: it may have been sent.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSend {
    /// The time of the request, milliseconds since the Unix epoch.
    pub started_at: i64,
    pub event: String,
    /// The recipient, as in [`Entry::recipient`].
    pub recipient: String,
    pub idempotency_key: IdempotencyKey,
    /// The outcome; unknown for a row that was not updated after the request.
    pub state: SendState,
}

impl ToSql for IdempotencyKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for IdempotencyKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal failed")]
    Sqlite(#[from] rusqlite::Error),
    #[error(
        "the idempotency key `{key}` was used before, for a different request (event {event}, to {recipient})"
    )]
    KeyReused {
        key: IdempotencyKey,
        event: String,
        recipient: String,
    },
}

impl Journal {
    /// Opens the journal, and creates it if it does not exist.
    pub fn open(location: &DbLocation) -> Result<Self, OpenError> {
        let mut connection = sqlite::open(location, &SCHEMA)?;
        // A transaction that reads first would fail when another process writes in between.
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        Ok(Self { connection })
    }

    /// Opens an existing journal for reading; none if that is not possible at once.
    pub fn open_read_only(path: &Path) -> Option<Self> {
        if !path.exists() {
            return None;
        }
        let connection = sqlite::open_read_only(path, &SCHEMA).ok()?;
        Some(Self { connection })
    }

    /// Inserts the row of a send before its request. While another process writes, this waits without blocking the thread,
    /// so that the caller can stop waiting: nothing was sent yet.
    ///
    /// # Errors
    /// [`JournalError::KeyReused`] when the key belongs to a different request.
    pub async fn begin(&mut self, entry: &Entry) -> Result<SendRow, JournalError> {
        let begin = || self.connection.execute_batch("BEGIN IMMEDIATE");
        let mut wait = LockWait::default();
        while let Err(error) = sqlite::without_waiting(&self.connection, begin) {
            if !sqlite::is_busy(&error) {
                return Err(error.into());
            }
            wait.pause(error).await?;
        }
        let result = self.insert_row(entry).and_then(|row| {
            self.connection.execute_batch("COMMIT")?;
            Ok(row)
        });
        if result.is_err() && !self.connection.is_autocommit() {
            // If this fails as well, the next transaction cannot begin and reports it.
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        result
    }

    fn insert_row(&self, entry: &Entry) -> Result<SendRow, JournalError> {
        let conflict = self
            .connection
            .prepare_cached(
                "SELECT event, recipient FROM sends
                 WHERE service_id = ?1 AND idempotency_key = ?2 AND fingerprint <> ?3 LIMIT 1",
            )?
            .query_row(
                params![entry.service_id, entry.idempotency_key, entry.fingerprint],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        if let Some((event, recipient)) = conflict {
            return Err(JournalError::KeyReused {
                key: entry.idempotency_key.clone(),
                event,
                recipient,
            });
        }
        // The id of a command's first send is the command's number.
        let row = self
            .connection
            .prepare_cached(
                "INSERT INTO sends (service_id, started_at, event, recipient, channel, idempotency_key, fingerprint, state,
                 command)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'started', coalesce(?8, (SELECT coalesce(max(id), 0) + 1 FROM sends)))
                 RETURNING id, command",
            )?
            .query_row(
                params![
                    entry.service_id,
                    entry.started_at,
                    entry.event,
                    entry.recipient,
                    entry.channel,
                    entry.idempotency_key,
                    entry.fingerprint,
                    entry.command,
                ],
                |row| {
                    Ok(SendRow {
                        row: row.get(0)?,
                        command: row.get(1)?,
                    })
                },
            )?;
        Ok(row)
    }

    /// Stores the outcome of a send.
    pub fn close(&mut self, row: i64, state: &SendState, now: i64) -> Result<(), JournalError> {
        // Without waiting for the disk: if a loss of power takes this commit, the outcome is unknown, and a request with
        // the same key gets the same response.
        self.connection
            .pragma_update(None, "synchronous", "NORMAL")?;
        let result = self.update_row(row, state, now);
        // The next row must reach the disk before its request is sent.
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        result
    }

    fn update_row(&mut self, row: i64, state: &SendState, now: i64) -> Result<(), JournalError> {
        let (name, ids): (&str, &[String]) = match state {
            SendState::Accepted(ids) | SendState::Simulated(ids) => ("accepted", ids),
            SendState::Refused => ("refused", &[]),
            SendState::Unknown => ("unknown", &[]),
        };
        let is_simulated = matches!(state, SendState::Simulated(_));
        let transaction = self.connection.transaction()?;
        transaction
            .prepare_cached(
                "UPDATE sends SET state = ?2, completed_at = ?3, is_simulated = ?4 WHERE id = ?1",
            )?
            .execute(params![row, name, now, is_simulated])?;
        for (position, id) in (0i64..).zip(ids) {
            transaction
                .prepare_cached(
                    "INSERT INTO receipts (send, position, notification) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![row, position, id])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Returns the sends of the last `count` commands to a service, the newest command first, each with its sends in
    /// order.
    pub fn latest(&self, service_id: &str, count: u32) -> Result<Vec<RecordedSend>, JournalError> {
        // A refused send created nothing. A send with an unknown outcome is left out once a later one with the same key
        // was accepted: both are the same notification.
        let mut sends = self.connection.prepare_cached(
            "SELECT id, started_at, event, recipient, idempotency_key, state FROM sends AS send
             WHERE service_id = ?1 AND state <> 'refused' AND (state = 'accepted' OR NOT EXISTS (
                 SELECT 1 FROM sends AS later
                 WHERE later.service_id = send.service_id AND later.idempotency_key = send.idempotency_key
                 AND later.id > send.id AND later.state = 'accepted'))
             AND command IN (SELECT DISTINCT command FROM sends
                 WHERE service_id = ?1 AND state <> 'refused' ORDER BY command DESC LIMIT ?2)
             ORDER BY command DESC, id",
        )?;
        let mut receipts = self.connection.prepare_cached(
            "SELECT notification FROM receipts WHERE send = ?1 ORDER BY position",
        )?;
        let mut recorded = Vec::new();
        let mut rows = sends.query(params![service_id, count])?;
        while let Some(row) = rows.next()? {
            let state: String = row.get(5)?;
            let state = if state == "accepted" {
                let id: i64 = row.get(0)?;
                let ids = receipts.query_map([id], |receipt| receipt.get(0))?;
                SendState::Accepted(ids.collect::<Result<_, _>>()?)
            } else {
                SendState::Unknown
            };
            recorded.push(RecordedSend {
                started_at: row.get(1)?,
                event: row.get(2)?,
                recipient: row.get(3)?,
                idempotency_key: row.get(4)?,
                state,
            });
        }
        Ok(recorded)
    }
}
