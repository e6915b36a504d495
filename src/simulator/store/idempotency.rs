//! Idempotency keys and the responses that they stand for.

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;

/// The lifetime of a key in milliseconds of virtual time: 24 hours (assumed; the service documents only "within TTL").
const TTL_MS: i64 = 24 * 3_600_000;

/// The response to the first request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentResponse {
    /// The hash of the request: another request with the same key is a conflict.
    pub fingerprint: [u8; 32],
    pub response: String,
}

impl Reader<'_> {
    /// Returns the response for a key, unless the key has expired.
    pub fn idempotent_response(&self, key: &str) -> Result<Option<IdempotentResponse>, StoreError> {
        self.query_first(
            "SELECT fingerprint, response FROM idempotency WHERE namespace = ?1 AND key = ?2 AND stored_at > ?3",
            (self.namespace, key, self.now - TTL_MS),
            |row| {
                Ok(IdempotentResponse {
                    fingerprint: row.get(0)?,
                    response: row.get(1)?,
                })
            },
        )
    }
}

impl Writer<'_> {
    /// Stores the response for a key, in place of an expired one.
    pub fn store_idempotent_response(
        &self,
        key: &str,
        response: &IdempotentResponse,
    ) -> Result<(), StoreError> {
        self.execute(
            "REPLACE INTO idempotency (namespace, key, fingerprint, stored_at, response) VALUES (?1, ?2, ?3, ?4, ?5)",
            (self.namespace, key, response.fingerprint, self.now, &response.response),
        )?;
        Ok(())
    }
}
