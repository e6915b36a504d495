//! What the control plane changes as a whole: the clock, and everything.

use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Writer};
use crate::api::control::ResetBody;
use crate::simulator::clock::VirtualClock;

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
            "REPLACE INTO clock (one, real, virtual, rate) VALUES (1, ?1, ?2, ?3)",
            (clock.real, clock.virtual_, clock.rate),
        )?;
        Ok(())
    }

    /// Forgets everything. The file keeps its size: what comes next uses the room.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_everything(&self) -> Result<ResetBody, StoreError> {
        let delete = |table: &str| -> Result<u64, StoreError> {
            let rows = self
                .connection
                .execute(&format!("DELETE FROM {table}"), [])?;
            Ok(u64::try_from(rows).unwrap_or(u64::MAX))
        };
        for table in ["clock", "suppressions", "counters", "idempotency"] {
            delete(table)?;
        }
        self.forget_webhooks()?;
        Ok(ResetBody {
            notifications: delete("notifications")?,
            messages: delete("messages")?,
            contacts: delete("contacts")?,
        })
    }
}
