//! Ids in the order of time: UUIDs of version 7, made from virtual time, each larger than all of the same millisecond.

use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{StoreError, Writer};

/// The last id that was made in this transaction, and its namespace: it says nothing about the order in another one.
#[derive(Clone, Copy, Default)]
pub struct IdSequence {
    last: Option<(i64, Uuid)>,
}

impl Writer<'_> {
    /// Returns the id of a new notification.
    ///
    /// # Errors
    /// [`StoreError`] when the ids of the same millisecond cannot be read: a clock that stands still, and another
    /// process on the same file, must not mix up the order.
    pub fn next_notification_id(&mut self) -> Result<Uuid, StoreError> {
        let now = first(self.now)..first(self.now + 1);
        let last = match self.ids.last {
            Some((namespace, last))
                if namespace == self.namespace && now.contains(last.as_bytes()) =>
            {
                Some(last)
            }
            _ => self.last_of_this_millisecond()?,
        };
        let id = match last {
            Some(last) => after(last, self.entropy.bits()),
            None => self.entropy.uuid(self.now),
        };
        self.ids.last = Some((self.namespace, id));
        Ok(id)
    }

    /// Returns an id that lies behind another one, whatever the time is. It takes as much chance whether there is one.
    pub fn id_after(&self, last: Option<Uuid>) -> Uuid {
        let id = self.entropy.uuid(self.now);
        match last {
            Some(last) if last >= id => after(last, id.as_u64_pair().1),
            _ => id,
        }
    }

    fn last_of_this_millisecond(&self) -> Result<Option<Uuid>, StoreError> {
        let id = self
            .connection
            .prepare_cached(
                "SELECT id FROM notifications WHERE namespace = ?1 AND id >= ?2 AND id < ?3 ORDER BY id DESC LIMIT 1",
            )?
            .query_row((self.namespace, first(self.now), first(self.now + 1)), |row| {
                row.get::<_, [u8; 16]>(0)
            })
            .optional()?;
        Ok(id.map(Uuid::from_bytes))
    }
}

/// Returns the bytes before which every id of an earlier time lies, and behind which every other one.
pub fn first(millis: i64) -> [u8; 16] {
    let millis = millis.clamp(0, (1 << 48) - 1);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes
}

/// Returns an id of the same millisecond that is larger by a random step of at least 256, so that the last byte is
/// free for the numbers of messages.
fn after(last: Uuid, random: u64) -> Uuid {
    let step = ((random & 0xffff_ffff) + 1) << 8;
    let (high, low) = last.as_u64_pair();
    // The two highest bits of the lower half are the variant, not a number.
    let number = (low & (u64::MAX >> 2)) + step;
    let carry = number >> 62;
    Uuid::from_u64_pair(high + carry, (number & (u64::MAX >> 2)) | (1 << 63))
}

/// Returns the id of a message: the notification's as a UUID of version 8, its last byte turned by the number.
pub fn of_message(notification: Uuid, number: i64) -> Uuid {
    let mut bytes = notification.into_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[15] ^= u8::try_from(number & 0xff).unwrap_or_default();
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::{after, first, of_message};
    use crate::host::Entropy;
    use std::sync::Arc;
    use uuid::Uuid;

    #[test]
    fn the_order_of_ids_is_the_order_of_time() {
        let entropy = Entropy::Seeded(Arc::default());
        let mut last = entropy.uuid(1000);
        assert!(first(1000) < *last.as_bytes() && *last.as_bytes() < first(1001));
        for _ in 0..1000 {
            let next = after(last, entropy.bits());
            assert!(next > last);
            assert_eq!(next.get_version_num(), 7);
            assert_eq!(next.as_bytes()[8] & 0xc0, 0x80, "the variant stays");
            last = next;
        }
        assert!(*last.as_bytes() < first(1001));
    }

    #[test]
    fn a_carry_goes_around_the_variant() {
        let full = Uuid::from_u64_pair(0x0000_0000_03e8_7000, 0xbfff_ffff_ffff_ff00);
        let next = after(full, 0);
        assert_eq!(
            next.as_u64_pair(),
            (0x0000_0000_03e8_7001, 0x8000_0000_0000_0000)
        );
    }

    #[test]
    fn messages_have_ids_of_their_own() {
        let id = Uuid::from_u64_pair(0x0199_0000_03e8_7000, 0xbfff_ffff_ffff_ff00);
        assert_eq!(
            of_message(id, 1).to_string(),
            "01990000-03e8-8000-bfff-ffffffffff01"
        );
    }
}
