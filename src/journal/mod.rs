//! The journal, which records the sends of this machine in a SQLite file.
//!
//! A row is inserted before each request and updated after its response. If the process crashes in between, the row
//! keeps the state `started`, and the outcome of that send is unknown. A row survives a loss of power once it has been
//! inserted. Payloads are not stored.

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
    // If the row were lost, so would be its idempotency key, and a repeated command would send twice.
    durable: true,
    keeps_wal: true,
    // A send changes only a few small rows.
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

/// A connection to the journal of this user.
///
/// Except for [`Journal::begin`], methods that write block for up to 10 seconds while another process writes. Such a
/// long wait is rare, because a write changes only a few rows. It happens if the other process is suspended during its
/// write.
pub struct Journal {
    connection: Connection,
}

/// The row of a send that [`Journal::begin`] inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendRow {
    /// The id of the row.
    pub row: i64,
    /// The number of the command that made this send. All sends of a command have the same number.
    pub command: i64,
}

/// What the journal records about a send before its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Identifies the service that receives the request: the profile and the address, or the simulator's database.
    pub service_id: String,
    /// When the send started, just before its request, in milliseconds since the Unix epoch.
    pub started_at: i64,
    pub event: String,
    /// The recipient as it is written after `--to`. Masked with `--no-pii`. Empty for a broadcast to the event's
    /// listeners.
    pub recipient: String,
    pub channel: Option<String>,
    /// The idempotency key, which is the same in every attempt.
    pub idempotency_key: IdempotencyKey,
    /// The number of the command, from the [`SendRow`] of its first send. `None` for the first send, which gets a new
    /// number.
    pub command: Option<i64>,
    /// A hash of the request. It detects that an idempotency key is used again with a different request.
    pub fingerprint: [u8; 32],
}

/// The outcome of a send, as the journal records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendState {
    /// The service accepted the send and returned these notification ids.
    Accepted(Vec<String>),
    /// As [`SendState::Accepted`], but the response was marked as simulated. A [`RecordedSend`] contains
    /// [`SendState::Accepted`] in both cases.
    Simulated(Vec<String>),
    /// The service did not accept the send: it rejected the request, or the request was never sent. Stored as `refused`.
    NotAccepted,
    /// No response arrived, or it could not be decoded. The service may have accepted the send.
    Unknown,
}

/// A send that was read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSend {
    /// When the send started, just before its request, in milliseconds since the Unix epoch.
    pub started_at: i64,
    pub event: String,
    /// The recipient; see [`Entry::recipient`].
    pub recipient: String,
    pub idempotency_key: IdempotencyKey,
    /// The outcome. It is [`SendState::Unknown`], too, if the process crashed before it recorded the outcome.
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
    /// Opens the journal. Creates the file if it does not exist.
    pub fn open(location: &DbLocation) -> Result<Self, OpenError> {
        let mut connection = sqlite::open(location, &SCHEMA)?;
        // A deferred transaction that reads before it writes would fail if another process writes in between.
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        Ok(Self { connection })
    }

    /// Opens the journal for reading. `None` if the file does not exist or cannot be opened, or if another process has
    /// it locked.
    pub fn open_read_only(path: &Path) -> Option<Self> {
        if !path.exists() {
            return None;
        }
        let connection = sqlite::open_read_only(path, &SCHEMA).ok()?;
        Some(Self { connection })
    }

    /// Inserts the row of a send before its request. If the caller cancels the wait for another process, nothing has been
    /// sent by then.
    ///
    /// # Errors
    /// [`JournalError::KeyReused`] if the idempotency key was used before with a different request.
    pub async fn begin(&mut self, entry: &Entry) -> Result<SendRow, JournalError> {
        self.write(|journal| journal.insert_row(entry)).await
    }

    /// Runs `work` in a transaction. If another process is writing, this waits for up to 10 seconds without blocking the
    /// thread, so that the caller can cancel the wait.
    async fn write<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let begin = || self.connection.execute_batch("BEGIN IMMEDIATE");
        let mut wait = LockWait::default();
        while let Err(error) = sqlite::without_waiting(&self.connection, begin) {
            if !sqlite::is_busy(&error) {
                return Err(error.into());
            }
            wait.pause(error).await?;
        }
        let result = work(self).and_then(|result| {
            self.connection.execute_batch("COMMIT")?;
            Ok(result)
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
        // A command's number is the row id of its first send.
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

    /// Records the outcome of a send. `now` is in milliseconds since the Unix epoch.
    pub fn close(&mut self, row: i64, state: &SendState, now: i64) -> Result<(), JournalError> {
        // Does not wait for the disk. If a loss of power undoes this commit, the outcome is unknown, and repeating the
        // request with the same key returns the same response.
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
            SendState::NotAccepted => ("refused", &[]),
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

    /// Returns the sends to a service, made by the newest `count` commands that sent to it. The commands are sorted
    /// from newest to oldest, the sends of one command from oldest to newest. Includes sends with an unknown outcome,
    /// unless the same idempotency key was accepted later. Leaves out [`SendState::NotAccepted`].
    pub fn latest(&self, service_id: &str, count: u32) -> Result<Vec<RecordedSend>, JournalError> {
        // A send with an unknown outcome is left out if a later send with the same key was accepted, because both have the
        // same notification.
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
