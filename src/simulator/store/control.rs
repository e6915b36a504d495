//! Changes of the virtual clock, and the reset of a namespace.

use super::error::StoreError;
use super::writer::Writer;
use crate::api::control::{ClockRequest, ClockState, ResetResponse};
use crate::simulator::clock::InvalidClockRequest;

/// The tables that a reset empties. `webhooks` is not in the list, because a reset keeps some webhook endpoints.
const NAMESPACE_TABLES: [&str; 8] = [
    "messages",
    "contacts",
    "identifiers",
    "suppressions",
    "counters",
    "idempotency",
    "webhook_events",
    "webhook_attempts",
];

impl Writer<'_> {
    /// Changes the virtual clock and returns its new state. The inner `Err` means that the change is invalid and was
    /// not made.
    pub fn change_clock(
        &self,
        request: &ClockRequest,
    ) -> Result<Result<ClockState, InvalidClockRequest>, StoreError> {
        let clock = match self.clock.after(request, self.real) {
            Ok(clock) => clock,
            Err(error) => return Ok(Err(error)),
        };
        self.execute(
            "REPLACE INTO clock (id, real, virtual, rate) VALUES (1, ?1, ?2, ?3)",
            (clock.real, clock.virtual_, clock.rate),
        )?;
        Ok(Ok(clock.state(self.real)))
    }

    pub fn clear_clock(&self) -> Result<(), StoreError> {
        self.execute("DELETE FROM clock", [])?;
        Ok(())
    }

    /// Deletes the data of the current namespace, or of all namespaces. Keeps the endpoints that `serve --webhook`
    /// registered. The file does not shrink, but SQLite reuses the freed pages.
    pub fn reset(&self, all_namespaces: bool) -> Result<ResetResponse, StoreError> {
        let mut body = ResetResponse {
            notifications: 0,
            messages: 0,
            contacts: 0,
        };
        for table in NAMESPACE_TABLES {
            let rows = self.empty(table, all_namespaces)?;
            match table {
                "messages" => (body.notifications, body.messages) = (rows, rows),
                "contacts" => body.contacts = rows,
                _ => {}
            }
        }
        self.delete_endpoints(all_namespaces)?;
        Ok(body)
    }

    fn empty(&self, table: &str, all_namespaces: bool) -> Result<u64, StoreError> {
        // Without a condition, SQLite frees all pages of a table at once. With a condition, it visits each row.
        let is_only = "NOT EXISTS (SELECT 1 FROM {table} WHERE namespace < ?1) AND NOT EXISTS (SELECT 1 FROM {table} WHERE namespace > ?1)";
        let is_only: bool = self.query_value(
            &format!("SELECT {}", is_only.replace("{table}", table)),
            [self.namespace],
        )?;
        let rows = if all_namespaces || is_only {
            self.execute(&format!("DELETE FROM {table}"), [])?
        } else {
            let sql = format!("DELETE FROM {table} WHERE namespace = ?1");
            self.execute(&sql, [self.namespace])?
        };
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }
}
