//! The suppression list. An entry can start in the future: a message that will bounce suppresses its recipient from the
//! time of the bounce.

use super::error::StoreError;
use super::messages::StoredMessage;
use super::reader::Reader;
use super::writer::Writer;
use crate::api::control::SuppressionEntry;
use crate::model::{Channel, from_millis};
use crate::simulator::error_codes::Reason;

impl Reader<'_> {
    /// Returns the time at which a recipient was suppressed on a channel, in milliseconds of virtual time, and the
    /// reason; `None` if the recipient is not suppressed on the channel now.
    pub fn active_suppression(
        &self,
        recipient: &str,
        channel: &Channel,
    ) -> Result<Option<(i64, Reason)>, StoreError> {
        self.query_first(
            "SELECT since, reason FROM suppressions \
             WHERE namespace = ?1 AND recipient = ?2 AND channel = ?3 AND since <= ?4 ORDER BY since LIMIT 1",
            (self.namespace, recipient, channel, self.now),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    pub fn suppressions(&self) -> Result<Vec<SuppressionEntry>, StoreError> {
        // In a query with min(), SQLite takes the other columns from the row with the minimum.
        self.query_all(
            "SELECT channel, recipient, reason, min(since) AS first FROM suppressions WHERE namespace = ?1 AND since <= ?2 \
             GROUP BY recipient, channel ORDER BY first DESC, recipient, channel",
            (self.namespace, self.now),
            |row| {
                Ok(SuppressionEntry {
                    channel: row.get(0)?,
                    recipient: row.get(1)?,
                    reason: row.get(2)?,
                    since: from_millis(row.get(3)?),
                })
            },
        )
    }
}

impl Writer<'_> {
    /// Stores an entry of the suppression list. `source` is the id of the notification that causes the suppression, and
    /// is empty if the user added the entry.
    pub fn suppress(
        &self,
        recipient: &str,
        channel: &Channel,
        since: i64,
        source: &[u8],
        reason: Reason,
    ) -> Result<(), StoreError> {
        self.execute(
            "REPLACE INTO suppressions (namespace, recipient, channel, since, source, reason) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (self.namespace, recipient, channel, since, source, reason),
        )?;
        Ok(())
    }

    /// Suppresses a recipient from now on, at the request of the user. Returns `false` if the recipient is already
    /// suppressed.
    pub fn suppress_now(
        &self,
        recipient: &str,
        channel: &Channel,
        reason: Reason,
    ) -> Result<bool, StoreError> {
        if self.active_suppression(recipient, channel)?.is_some() {
            return Ok(false);
        }
        self.suppress(recipient, channel, self.now, &[], reason)?;
        Ok(true)
    }

    /// Removes the suppressions of a recipient on all channels. Suppressions that start in the future stay. Returns the
    /// number of channels on which the recipient was suppressed.
    pub fn unsuppress(&self, recipient: &str) -> Result<u64, StoreError> {
        let key = (self.namespace, recipient, self.now);
        let channels: u32 = self.query_value(
            "SELECT count(DISTINCT channel) FROM suppressions WHERE namespace = ?1 AND recipient = ?2 AND since <= ?3",
            key,
        )?;
        self.execute(
            "DELETE FROM suppressions WHERE namespace = ?1 AND recipient = ?2 AND since <= ?3",
            key,
        )?;
        Ok(u64::from(channels))
    }

    /// Deletes the future suppression that a cancelled message would have caused.
    pub fn delete_planned_suppression(&self, message: &StoredMessage) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM suppressions WHERE namespace = ?1 AND recipient = ?2 AND source = ?3 AND since > ?4",
            (self.namespace, &message.recipient, message.notification, self.now),
        )?;
        Ok(())
    }
}
