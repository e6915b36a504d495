//! Counts the sends to recipients such as `flaky-2` and `http-429-2`, for which the first sends fail and later sends
//! succeed.

use super::error::StoreError;
use super::writer::Writer;

impl Writer<'_> {
    /// Increments the counter of sends to a recipient and returns the new value, which is 1 for the first send. If the
    /// counter has already reached `limit`, leaves the counter unchanged and returns `None`.
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
