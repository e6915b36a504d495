//! The suppression list. An entry may lie in the future: a bounce that is planned suppresses from then on.

use rusqlite::OptionalExtension;

use super::messages::reason;
use super::{Reader, StoreError, Writer};
use crate::api::control::Suppression;
use crate::simulator::error_codes::Reason;

/// The source of an entry that no message caused.
const MANUAL_SOURCE: &[u8] = &[];

impl Reader<'_> {
    /// Returns since when a recipient is suppressed on a channel, and why. None when it is not, at this moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn active_suppression(
        &self,
        recipient: &str,
        channel: &str,
    ) -> Result<Option<(i64, Reason)>, StoreError> {
        let found: Option<(i64, String)> = self
            .connection
            .prepare_cached(
                "SELECT since, reason FROM suppressions \
                 WHERE namespace = ?1 AND recipient = ?2 AND channel = ?3 AND since <= ?4 ORDER BY since LIMIT 1",
            )?
            .query_row((self.namespace, recipient, channel, self.now), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((since, code)) = found else {
            return Ok(None);
        };
        Ok(reason(Some(code))?.map(|reason| (since, reason)))
    }

    /// Returns the entries that hold at this moment, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn suppressions(&self) -> Result<Vec<Suppression>, StoreError> {
        // With min(), SQLite takes the other columns from the row that has the minimum.
        let mut statement = self.connection.prepare_cached(
            "SELECT channel, recipient, reason, min(since) AS first FROM suppressions WHERE namespace = ?1 AND since <= ?2 \
             GROUP BY recipient, channel ORDER BY first DESC, recipient, channel",
        )?;
        let entries = statement.query_map((self.namespace, self.now), |row| {
            Ok(Suppression {
                channel: row.get(0)?,
                recipient: row.get(1)?,
                reason: row.get(2)?,
                since: row.get(3)?,
            })
        })?;
        Ok(entries.collect::<Result<_, _>>()?)
    }
}

impl Writer<'_> {
    /// Puts a recipient on the list from a time on, because of a notification.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn suppress(
        &self,
        recipient: &str,
        channel: &str,
        since: i64,
        source: &[u8],
        reason: Reason,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "REPLACE INTO suppressions (namespace, recipient, channel, since, source, reason) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                self.namespace,
                recipient,
                channel,
                since,
                source,
                reason.code(),
            ))?;
        Ok(())
    }

    /// Puts a recipient on the list from now on, by hand. Returns whether it was not there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn suppress_now(
        &self,
        recipient: &str,
        channel: &str,
        reason: Reason,
    ) -> Result<bool, StoreError> {
        if self.active_suppression(recipient, channel)?.is_some() {
            return Ok(false);
        }
        self.suppress(recipient, channel, self.now, MANUAL_SOURCE, reason)?;
        Ok(true)
    }

    /// Takes a recipient from the list, on every channel. What is planned for later stays. Returns from how many
    /// channels it was taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unsuppress(&self, recipient: &str) -> Result<u64, StoreError> {
        let channels: u32 = self.connection.query_row(
            "SELECT count(DISTINCT channel) FROM suppressions WHERE namespace = ?1 AND recipient = ?2 AND since <= ?3",
            (self.namespace, recipient, self.now),
            |row| row.get(0),
        )?;
        self.connection.execute(
            "DELETE FROM suppressions WHERE namespace = ?1 AND recipient = ?2 AND since <= ?3",
            (self.namespace, recipient, self.now),
        )?;
        Ok(u64::from(channels))
    }

    /// Forgets what a notification would have put on the list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_planned_suppression(
        &self,
        recipient: &str,
        source: &[u8],
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM suppressions WHERE namespace = ?1 AND recipient = ?2 AND source = ?3 AND since > ?4",
            )?
            .execute((self.namespace, recipient, source, self.now))?;
        Ok(())
    }
}
