//! Counters of recipients whose first sends differ from later ones: `flaky-2`, `http-429-2`.

use rusqlite::OptionalExtension;

use super::error::StoreError;
use super::writer::Writer;

impl Writer<'_> {
    /// Increments the counter of a recipient and returns it, from 1. Returns none, and changes nothing, once it has
    /// reached `limit`.
    pub(crate) fn increment_counter(
        &self,
        recipient: &str,
        limit: u32,
    ) -> Result<Option<u32>, StoreError> {
        let count: Option<u32> = self
            .connection
            .prepare_cached("SELECT count FROM counters WHERE namespace = ?1 AND recipient = ?2")?
            .query_row((self.namespace, recipient), |row| row.get(0))
            .optional()?;
        let next = count.unwrap_or(0).saturating_add(1);
        if next > limit {
            return Ok(None);
        }
        self.connection
            .prepare_cached(
                "REPLACE INTO counters (namespace, recipient, count) VALUES (?1, ?2, ?3)",
            )?
            .execute((self.namespace, recipient, next))?;
        Ok(Some(next))
    }
}
