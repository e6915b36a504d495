//! What the control plane changes as a whole: the clock, and everything of a namespace.

use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Writer};
use crate::api::control::ResetResponse;
use crate::simulator::clock::VirtualClock;

/// The tables whose rows are of a namespace.
const NAMESPACE_TABLES: [&str; 9] = [
    "notifications",
    "messages",
    "contacts",
    "push_tokens",
    "suppressions",
    "counters",
    "idempotency",
    "webhook_events",
    "webhook_attempts",
];

/// Returns the clock that was set, if one was.
pub fn clock(connection: &Connection) -> Result<Option<VirtualClock>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT real, virtual, rate FROM clock")?
        .query_row([], |row| {
            Ok(VirtualClock {
                real: row.get(0)?,
                virtual_: row.get(1)?,
                rate: row.get(2)?,
            })
        })
        .optional()?)
}

impl Writer<'_> {
    /// Sets the clock.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_clock(&self, clock: &VirtualClock) -> Result<(), StoreError> {
        self.connection.execute(
            "REPLACE INTO clock (id, real, virtual, rate) VALUES (1, ?1, ?2, ?3)",
            (clock.real, clock.virtual_, clock.rate),
        )?;
        Ok(())
    }

    /// Forgets the clock: virtual time is real time again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear_clock(&self) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM clock", [])?;
        Ok(())
    }

    /// Forgets all that is of the namespace, or all that is of any namespace. The file keeps its size: what comes next uses the
    /// room.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reset(&self, whole: bool) -> Result<ResetResponse, StoreError> {
        let mut body = ResetResponse {
            notifications: 0,
            messages: 0,
            contacts: 0,
        };
        for table in NAMESPACE_TABLES {
            let rows = self.empty(table, whole)?;
            match table {
                "notifications" => body.notifications = rows,
                "messages" => body.messages = rows,
                "contacts" => body.contacts = rows,
                _ => {}
            }
        }
        self.delete_endpoints(whole)?;
        Ok(body)
    }

    /// SQLite drops a table's pages at once when it is to lose every row, and goes through it row by row otherwise.
    fn empty(&self, table: &str, whole: bool) -> Result<u64, StoreError> {
        let alone = "NOT EXISTS (SELECT 1 FROM {table} WHERE namespace < ?1) AND NOT EXISTS (SELECT 1 FROM {table} WHERE namespace > ?1)";
        let alone: bool = self.connection.query_row(
            &format!("SELECT {}", alone.replace("{table}", table)),
            [self.namespace],
            |row| row.get(0),
        )?;
        let rows = if whole || alone {
            self.connection
                .execute(&format!("DELETE FROM {table}"), [])?
        } else {
            let sql = format!("DELETE FROM {table} WHERE namespace = ?1");
            self.connection.execute(&sql, [self.namespace])?
        };
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }
}
