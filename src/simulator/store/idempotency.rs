//! Idempotency keys with the responses that were stored for them.

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;

/// How long an idempotency key is valid, in milliseconds of virtual time. The value of 24 hours is assumed, because the
/// service documents only "within TTL".
const TTL_MS: i64 = 24 * 3_600_000;

impl Reader<'_> {
    /// Returns the hash of the first request with an idempotency key, and the response to that request. `None` if the
    /// key is new or has expired. If the hash differs from the hash of the current request, the caller responds with a
    /// conflict.
    pub fn idempotent_response(&self, key: &str) -> Result<Option<([u8; 32], String)>, StoreError> {
        self.query_first(
            "SELECT fingerprint, response FROM idempotency WHERE namespace = ?1 AND key = ?2 AND stored_at > ?3",
            (self.namespace, key, self.now - TTL_MS),
            |row| row.try_into(),
        )
    }
}

impl Writer<'_> {
    pub fn store_idempotent_response(
        &self,
        key: &str,
        fingerprint: [u8; 32],
        response: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "REPLACE INTO idempotency (namespace, key, fingerprint, stored_at, response) VALUES (?1, ?2, ?3, ?4, ?5)",
            (self.namespace, key, fingerprint, self.now, response),
        )?;
        Ok(())
    }
}
