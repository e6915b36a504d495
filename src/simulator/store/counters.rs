//! How often a recipient that counts was written to: `flaky-2`, `http-429-2`.

use rusqlite::OptionalExtension;

use super::{StoreError, Writer};

impl Writer<'_> {
    /// Counts one more for a recipient that acts so many times. Returns which time this is, from 1; none when the times
    /// are used up, and then nothing is counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn increment_counter(
        &self,
        recipient: &str,
        times: u32,
    ) -> Result<Option<u32>, StoreError> {
        let count: Option<u32> = self
            .connection
            .prepare_cached("SELECT count FROM counters WHERE namespace = ?1 AND recipient = ?2")?
            .query_row((self.namespace, recipient), |row| row.get(0))
            .optional()?;
        let next = count.unwrap_or(0).saturating_add(1);
        if next > times {
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
