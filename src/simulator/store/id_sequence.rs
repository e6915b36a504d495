//! Ids that sort in the order of their creation. An id is a version 7 UUID made from virtual time, and is greater than
//! all earlier ids of the same millisecond.

use uuid::Uuid;

/// Returns a UUID that is smaller than all ids of the millisecond `millis`, and greater than all ids of earlier
/// milliseconds.
pub fn first(millis: i64) -> Uuid {
    // The timestamp of a UUID has 48 bits.
    let millis = millis.clamp(0, (1 << 48) - 1);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

/// Returns an id that has the same millisecond as `last`, and is greater than `last` by a random amount.
pub fn after(last: Uuid, random: u64) -> Uuid {
    // A multiple of 256, so that adjacent ids in a list differ in more than their last two hexadecimal digits.
    let increment = ((random & 0xffff_ffff) + 1) << 8;
    let (high, low) = last.as_u64_pair();
    // The two highest bits of the lower half are the UUID's variant, not part of the number.
    let number = (low & (u64::MAX >> 2)) + increment;
    let carry = number >> 62;
    Uuid::from_u64_pair(high + carry, (number & (u64::MAX >> 2)) | (1 << 63))
}

/// Returns the id of a notification's message: the id of the notification, with the UUID version changed from 7 to 8.
pub fn message_id(notification: Uuid) -> Uuid {
    let mut bytes = notification.into_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::{after, first, message_id};
    use crate::host::Entropy;
    use std::sync::Arc;
    use uuid::Uuid;

    #[test]
    fn ids_sort_by_time() {
        let entropy = Entropy::Seeded(Arc::default());
        let mut last = entropy.uuid_v7(1000);
        assert!(first(1000) < last && last < first(1001));
        for _ in 0..1000 {
            let next = after(last, entropy.next_u64());
            assert!(next > last);
            assert_eq!(next.get_version_num(), 7);
            assert_eq!(next.as_bytes()[8] & 0xc0, 0x80, "the variant is preserved");
            last = next;
        }
        assert!(last < first(1001));
    }

    #[test]
    fn a_carry_skips_the_variant() {
        let full = Uuid::from_u64_pair(0x0000_0000_03e8_7000, 0xbfff_ffff_ffff_ff00);
        let next = after(full, 0);
        assert_eq!(
            next.as_u64_pair(),
            (0x0000_0000_03e8_7001, 0x8000_0000_0000_0000)
        );
    }

    #[test]
    fn a_message_id_differs_from_its_notification_id() {
        let id = Uuid::from_u64_pair(0x0199_0000_03e8_7000, 0xbfff_ffff_ffff_ff00);
        assert_eq!(
            message_id(id).to_string(),
            "01990000-03e8-8000-bfff-ffffffffff00"
        );
    }
}
