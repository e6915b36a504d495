//! Virtual time: `virtual(now) = virtual + (now − real) × rate`, in whole milliseconds, forward only. Pure; the store
//! keeps the one row that it is made of.

use crate::api::control::ClockRequest;

/// The latest time that the clock can be moved to: the end of the year 9999, in milliseconds since the Unix epoch.
/// Beyond it no time can be written as RFC 3339.
const LATEST: i64 = 253_402_300_799_999;

/// The slowest and the fastest that virtual time runs when it runs.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;

/// A moment of both clocks, and how fast the virtual one runs from there. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VirtualClock {
    /// The real time of the moment.
    pub real: i64,
    /// The virtual time of the moment.
    pub virtual_: i64,
    /// How many times as fast as real time: 0 stands still.
    pub rate: f64,
}

/// An order that the clock cannot follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// It would pass the end of the calendar.
    #[error("the clock cannot pass the year 9999")]
    TooFar,
    /// The rate is not within its limits.
    #[error("a speed lies between 0.001 and 1,000,000; `freeze` stops the clock")]
    Rate,
}

impl VirtualClock {
    /// Returns the clock of a new file: virtual time is real time.
    pub fn real_time(now: i64) -> Self {
        Self {
            real: now,
            virtual_: now,
            rate: 1.0,
        }
    }

    /// Returns virtual time at a moment of real time. A real clock that was put back does not put this one back.
    pub fn now(&self, real: i64) -> i64 {
        let passed = real.saturating_sub(self.real).max(0);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a double holds 285,000 years of milliseconds exactly, and the cast saturates"
        )]
        let passed = (passed as f64 * self.rate) as i64;
        self.virtual_.saturating_add(passed).min(LATEST)
    }

    /// Returns the clock after an order that is given at a moment of real time.
    ///
    /// # Errors
    /// [`InvalidOrder`] when the order leads out of the limits.
    pub fn after(&self, order: &ClockRequest, real: i64) -> Result<Self, InvalidOrder> {
        let moment = |ahead: i64, rate| Self {
            real,
            virtual_: self.now(real) + ahead,
            rate,
        };
        match *order {
            ClockRequest::Freeze => Ok(moment(0, 0.0)),
            ClockRequest::Resume => Ok(moment(0, 1.0)),
            ClockRequest::Speed(rate) if RATES.contains(&rate) => Ok(moment(0, rate)),
            ClockRequest::Speed(_) => Err(InvalidOrder::Rate),
            ClockRequest::Advance(ahead) => match i64::try_from(ahead) {
                Ok(ahead) if ahead <= LATEST - self.now(real) => Ok(moment(ahead, self.rate)),
                _ => Err(InvalidOrder::TooFar),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidOrder, VirtualClock};
    use crate::api::control::ClockRequest;

    #[test]
    fn orders_take_hold_at_the_moment_they_are_given() {
        let clock = VirtualClock::real_time(1000);
        assert_eq!(clock.now(1500), 1500);
        let clock = clock.after(&ClockRequest::Advance(60_000), 1500).unwrap();
        assert_eq!((clock.now(1500), clock.now(1600)), (61_500, 61_600));
        let clock = clock.after(&ClockRequest::Freeze, 1600).unwrap();
        assert_eq!(clock.now(9_999_999), 61_600);
        let clock = clock.after(&ClockRequest::Advance(400), 2000).unwrap();
        assert_eq!(clock.now(9_999_999), 62_000, "an advance leaves it frozen");
        let clock = clock.after(&ClockRequest::Speed(60.0), 3000).unwrap();
        assert_eq!(clock.now(4000), 122_000);
        let clock = clock.after(&ClockRequest::Resume, 4000).unwrap();
        assert_eq!(clock.now(4001), 122_001);
        let slow = clock.after(&ClockRequest::Speed(0.001), 4000).unwrap();
        assert_eq!((slow.now(4999), slow.now(5000)), (122_000, 122_001));
    }

    #[test]
    fn it_only_moves_forward_and_within_its_limits() {
        let clock = VirtualClock::real_time(1000);
        assert_eq!(clock.now(0), 1000);
        for rate in [0.0, -1.0, 0.0009, 1_000_001.0, f64::NAN, f64::INFINITY] {
            let order = ClockRequest::Speed(rate);
            assert_eq!(clock.after(&order, 1000), Err(InvalidOrder::Rate), "{rate}");
        }
        for far in [u64::MAX, 253_402_300_799_999] {
            let order = ClockRequest::Advance(far);
            assert_eq!(clock.after(&order, 1000), Err(InvalidOrder::TooFar));
        }
        let fast = clock
            .after(&ClockRequest::Speed(1_000_000.0), 1000)
            .unwrap();
        assert_eq!(fast.now(i64::MAX), 253_402_300_799_999);
    }
}
