//! Random numbers and ids, from the operating system or from a fixed sequence for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A source of random numbers.
#[derive(Debug, Clone)]
pub enum Entropy {
    /// The random number generator of the operating system.
    System,
    /// A pseudorandom sequence for tests. It depends only on the initial value of this counter.
    Seeded(Arc<AtomicU64>),
}

impl Entropy {
    /// Returns 64 random bits. If the operating system provides none, they come from the hash keys of the standard
    /// library.
    pub fn next_u64(&self) -> u64 {
        match self {
            Self::System => {
                let mut bytes = [0; 8];
                match getrandom::fill(&mut bytes) {
                    Ok(()) => u64::from_le_bytes(bytes),
                    // Fallback: the hash keys of the standard library are random as well.
                    Err(_) => {
                        use std::hash::{BuildHasher, RandomState};
                        RandomState::new().hash_one(Instant::now())
                    }
                }
            }
            // SplitMix64 (Steele, Lea, Flood 2014).
            Self::Seeded(state) => {
                const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
                let mut z = state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
        }
    }

    /// Returns a random number in `0.0..1.0`.
    pub fn next_f64(&self) -> f64 {
        // A double holds 53 bits exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        fraction
    }

    /// Returns a UUID of version 7. It contains `millis`, the time in milliseconds since the Unix epoch, and 74 random
    /// bits.
    pub fn uuid_v7(&self, millis: i64) -> uuid::Uuid {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next_u64().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next_u64().to_be_bytes()[..2]);
        let millis = u64::try_from(millis).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}
