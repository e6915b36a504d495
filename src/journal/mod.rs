//! The journal: what this machine asked for. A row is written before each send and closed after its answer, so that a
//! killed process leaves the truth behind: a row that was begun and never closed has an outcome that nobody knows.
//!
//! A row that is begun survives a loss of power, and it holds no payloads.

mod queries;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::{self, DbLocation, DbSchema, OpenError};

pub use queries::{Listing, Receipt};

/// The shape of the journal's file. The number spells `SVNJ`.
const SHAPE: DbSchema = DbSchema {
    name: "journal",
    application_id: 0x5356_4e4a,
    migrations: &["
        CREATE TABLE sends(
            id              INTEGER PRIMARY KEY,
            command         INTEGER NOT NULL,
            target          TEXT NOT NULL,
            begun_at        INTEGER NOT NULL,
            closed_at       INTEGER,
            event           TEXT NOT NULL,
            recipient       TEXT NOT NULL,
            channel         TEXT,
            idempotency_key TEXT NOT NULL,
            fingerprint     BLOB NOT NULL,
            state           TEXT NOT NULL CHECK(state IN ('begun', 'accepted', 'refused', 'unknown'))
        ) STRICT;
        CREATE INDEX sends_by_command ON sends(target, command, id);
        CREATE INDEX sends_by_key ON sends(target, idempotency_key);
        CREATE TABLE receipts(
            send         INTEGER NOT NULL REFERENCES sends(id),
            position     INTEGER NOT NULL,
            notification TEXT NOT NULL,
            PRIMARY KEY(send, position)
        ) STRICT, WITHOUT ROWID;
    ", "
        ALTER TABLE receipts ADD COLUMN seen TEXT;
        ALTER TABLE receipts ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX receipts_by_notification ON receipts(notification);
    ", "
        ALTER TABLE sends ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0;
    "],
    durable: true,
    keeps_log: true,
    // A send touches a handful of small rows.
    page_size: 1024,
};

/// The journal of one user on one machine.
pub struct Journal {
    connection: Connection,
}

/// The row of a send that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendRow {
    /// Its number.
    pub row: i64,
    /// The number of the command that it belongs to.
    pub command: i64,
}

/// A send that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which service it goes to: rows of different targets know nothing of each other.
    pub service_id: String,
    /// When, milliseconds since the Unix epoch.
    pub begun_at: i64,
    /// The event.
    pub event: String,
    /// Whom it goes to, as it can be typed again; masked when that was asked for, empty for the event's listeners.
    pub recipient: String,
    /// The forced channel.
    pub channel: Option<String>,
    /// The idempotency key of all its tries.
    pub idempotency_key: String,
    /// The command that it belongs to; none for the first send of one.
    pub command: Option<i64>,
    /// A hash of the request: the same key may only be used for the same request.
    pub fingerprint: [u8; 32],
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendState {
    /// The service accepted it and gave these ids.
    Accepted(Vec<String>),
    /// The same, and it said that nothing was real. What is remembered of it is [`SendState::Accepted`].
    Simulated(Vec<String>),
    /// The service refused it: nothing was sent.
    Refused,
    /// No answer, or none that can be understood: nobody knows.
    Unknown,
}

/// A send as the journal remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSend {
    /// When it was begun, milliseconds since the Unix epoch.
    pub begun_at: i64,
    /// The event.
    pub event: String,
    /// Whom it went to, as in [`Entry::recipient`].
    pub recipient: String,
    /// Its idempotency key.
    pub idempotency_key: String,
    /// What became of it; a row that was never closed is unknown.
    pub state: SendState,
}

/// The journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be read or written.
    #[error("the journal failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The idempotency key was used for another request.
    #[error(
        "the idempotency key `{key}` was used before, for a different request (event {event}, to {recipient})"
    )]
    KeyReused {
        /// The key.
        key: String,
        /// The event of the earlier request.
        event: String,
        /// The recipient of the earlier request.
        recipient: String,
    },
}

impl Journal {
    /// Opens the journal, and makes it if it does not exist.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(place: &DbLocation) -> Result<Self, OpenError> {
        sqlite::open(place, &SHAPE).map(|connection| Self { connection })
    }

    /// Opens a journal only to read in it, without waiting for anybody. None when there is none that can be read so.
    pub fn open_read_only(path: &Path) -> Option<Self> {
        if !path.exists() {
            return None;
        }
        let connection = sqlite::open_read_only(path, &SHAPE).ok()?;
        Some(Self { connection })
    }

    /// Writes the row of a send that is about to begin.
    ///
    /// # Errors
    /// [`JournalError::KeyReused`] when the key belongs to a different request.
    pub fn begin(&mut self, entry: &Entry) -> Result<SendRow, JournalError> {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let earlier = transaction
            .prepare_cached(
                "SELECT event, recipient FROM sends
                 WHERE target = ?1 AND idempotency_key = ?2 AND fingerprint <> ?3 LIMIT 1",
            )?
            .query_row(
                params![entry.service_id, entry.idempotency_key, entry.fingerprint],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        if let Some((event, recipient)) = earlier {
            return Err(JournalError::KeyReused {
                key: entry.idempotency_key.clone(),
                event,
                recipient,
            });
        }
        let begun = transaction
            .prepare_cached(
                "INSERT INTO sends(target, begun_at, event, recipient, channel, idempotency_key, fingerprint, state, command)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'begun', coalesce(?8, (SELECT coalesce(max(id), 0) + 1 FROM sends)))
                 RETURNING id, command",
            )?
            .query_row(params![
                entry.service_id,
                entry.begun_at,
                entry.event,
                entry.recipient,
                entry.channel,
                entry.idempotency_key,
                entry.fingerprint,
                entry.command,
            ], |row| Ok(SendRow { row: row.get(0)?, command: row.get(1)? }))?;
        transaction.commit()?;
        Ok(begun)
    }

    /// Closes the row of a send. This does not wait for the disk: should a loss of power take it, the row is one whose
    /// outcome nobody knows, and its key leads to the same answer again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn close(&mut self, row: i64, state: &SendState, now: i64) -> Result<(), JournalError> {
        let (name, ids): (&str, &[String]) = match state {
            SendState::Accepted(ids) | SendState::Simulated(ids) => ("accepted", ids),
            SendState::Refused => ("refused", &[]),
            SendState::Unknown => ("unknown", &[]),
        };
        self.connection
            .pragma_update(None, "synchronous", "NORMAL")?;
        let simulated = matches!(state, SendState::Simulated(_));
        let closed = self.close_row(row, (name, simulated), ids, now);
        // Before the next row is begun, which must not be lost.
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        closed
    }

    fn close_row(
        &mut self,
        row: i64,
        (state, simulated): (&str, bool),
        ids: &[String],
        now: i64,
    ) -> Result<(), JournalError> {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached(
                "UPDATE sends SET state = ?2, closed_at = ?3, simulated = ?4 WHERE id = ?1",
            )?
            .execute(params![row, state, now, simulated])?;
        for (position, id) in (0i64..).zip(ids) {
            transaction
                .prepare_cached(
                    "INSERT INTO receipts(send, position, notification) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![row, position, id])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Returns the sends of the last so many commands to a target: the newest command first, its sends in order. Refused
    /// ones are left out: nothing came of them. So is one without a known outcome that was repeated under its key and
    /// accepted: the repetition tells what became of it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn latest(&self, service_id: &str, count: u32) -> Result<Vec<RecordedSend>, JournalError> {
        let mut sends = self.connection.prepare_cached(
            "SELECT id, begun_at, event, recipient, idempotency_key, state FROM sends AS send
             WHERE target = ?1 AND state <> 'refused' AND (state = 'accepted' OR NOT EXISTS (
                 SELECT 1 FROM sends AS later
                 WHERE later.target = send.target AND later.idempotency_key = send.idempotency_key
                 AND later.id > send.id AND later.state = 'accepted'))
             AND command IN (SELECT DISTINCT command FROM sends
                 WHERE target = ?1 AND state <> 'refused' ORDER BY command DESC LIMIT ?2)
             ORDER BY command DESC, id",
        )?;
        let mut receipts = self.connection.prepare_cached(
            "SELECT notification FROM receipts WHERE send = ?1 ORDER BY position",
        )?;
        let mut found = Vec::new();
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
            found.push(RecordedSend {
                begun_at: row.get(1)?,
                event: row.get(2)?,
                recipient: row.get(3)?,
                idempotency_key: row.get(4)?,
                state,
            });
        }
        Ok(found)
    }
}
