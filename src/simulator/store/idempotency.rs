//! Idempotency keys: what was answered under each.

use rusqlite::OptionalExtension;

use super::{Reader, StoreError, Writer};

/// How long a key is honoured, in milliseconds of virtual time: 24 hours (assumed; the service says only "within TTL").
const TTL_MS: i64 = 24 * 3_600_000;

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentResponse {
    /// The fingerprint of the request.
    pub fingerprint: [u8; 32],
    /// The body of the answer.
    pub response: String,
}

impl Reader<'_> {
    /// Returns what was answered under a key, as long as it is honoured.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn idempotent_response(&self, key: &str) -> Result<Option<IdempotentResponse>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT fingerprint, response FROM idempotency WHERE namespace = ?1 AND key = ?2 AND stored_at > ?3",
            )?
            .query_row((self.namespace, key, self.now - TTL_MS), |row| {
                Ok(IdempotentResponse {
                    fingerprint: row.get(0)?,
                    response: row.get(1)?,
                })
            })
            .optional()?)
    }
}

impl Writer<'_> {
    /// Remembers what is answered under a key. One that is not honoured any more is replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn store_idempotent_response(
        &self,
        key: &str,
        response: &IdempotentResponse,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "REPLACE INTO idempotency (namespace, key, fingerprint, stored_at, response) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((self.namespace, key, response.fingerprint, self.now, &response.response))?;
        Ok(())
    }
}
