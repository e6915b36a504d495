//! Idempotency keys: what was answered under each.

use rusqlite::OptionalExtension;

use super::{Reader, StoreError, Writer};

/// How long a key is honoured, in milliseconds of virtual time: 24 hours (assumed; the service says only "within TTL").
const LIFETIME: i64 = 24 * 3_600_000;

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The fingerprint of the request.
    pub fingerprint: [u8; 32],
    /// The body of the answer.
    pub answer: String,
}

impl Reader<'_> {
    /// Returns what was answered under a key, as long as it is honoured.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remembered(&self, key: &str) -> Result<Option<Remembered>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT fingerprint, answer FROM idempotency WHERE namespace = ?1 AND key = ?2 AND at > ?3",
            )?
            .query_row((self.namespace, key, self.now - LIFETIME), |row| {
                Ok(Remembered {
                    fingerprint: row.get(0)?,
                    answer: row.get(1)?,
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
    pub fn remember(&self, key: &str, answer: &Remembered) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "REPLACE INTO idempotency (namespace, key, fingerprint, at, answer) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((self.namespace, key, answer.fingerprint, self.now, &answer.answer))?;
        Ok(())
    }
}
