//! Counters of recipients whose first sends differ from later ones: `flaky-2`, `http-429-2`.

use super::error::StoreError;
use super::writer::Writer;

impl Writer<'_> {
    /// Increments the counter of a recipient and returns it, from 1. Returns none, and changes nothing, once it has
    /// reached `limit`.
    pub fn increment_counter(
        &self,
        recipient: &str,
        limit: u32,
    ) -> Result<Option<u32>, StoreError> {
        self.query_first(
            "INSERT INTO counters (namespace, recipient, count) VALUES (?1, ?2, 1) \
             ON CONFLICT DO UPDATE SET count = count + 1 WHERE count < ?3 RETURNING count",
            (self.namespace, recipient, limit),
            |row| row.get(0),
        )
    }
}
