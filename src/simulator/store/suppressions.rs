//! The suppression list. An entry can start in the future: a bounce in a timeline suppresses its recipient from then on.

use rusqlite::OptionalExtension;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::api::control::Suppression;
use crate::simulator::error_codes::Reason;

/// The source of an entry that was added manually, not by a notification.
const MANUAL_SOURCE: &[u8] = &[];

impl Reader<'_> {
    /// Returns the start and the reason of a recipient's suppression on a channel; none if it is not suppressed now.
    pub(crate) fn active_suppression(
        &self,
        recipient: &str,
        channel: &str,
    ) -> Result<Option<(i64, Reason)>, StoreError> {
        let row: Option<(i64, String)> = self
            .connection
            .prepare_cached(
                "SELECT since, reason FROM suppressions \
                 WHERE namespace = ?1 AND recipient = ?2 AND channel = ?3 AND since <= ?4 ORDER BY since LIMIT 1",
            )?
            .query_row((self.namespace, recipient, channel, self.now), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((since, code)) = row else {
            return Ok(None);
        };
        Ok(parse_reason(Some(code))?.map(|reason| (since, reason)))
    }

    /// Returns the current entries, the newest first.
    pub(crate) fn suppressions(&self) -> Result<Vec<Suppression>, StoreError> {
        // With min(), SQLite takes the other columns from the row with the minimum.
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
    /// Suppresses a recipient from a time on.
    pub(crate) fn suppress(
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

    /// Suppresses a recipient manually from now on. Returns false if it is suppressed already.
    pub(crate) fn suppress_now(
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

    /// Removes a recipient's suppressions on every channel, except those that start later. Returns the number of channels.
    pub(crate) fn unsuppress(&self, recipient: &str) -> Result<u64, StoreError> {
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

    /// Deletes the future suppression that a cancelled notification would have caused.
    pub(crate) fn delete_planned_suppression(
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

/// Parses the code of a reason.
pub(super) fn parse_reason(code: Option<String>) -> Result<Option<Reason>, StoreError> {
    code.map(|code| Reason::from_code(&code).ok_or_else(|| StoreError::damaged("the reason", code)))
        .transpose()
}
