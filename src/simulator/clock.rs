//! Virtual time. It runs at a rate relative to real time, and can be frozen or moved forward, but not back. All
//! functions are pure. The store keeps the current [`VirtualClock`] in one row.

use crate::api::control::{ClockRequest, ClockState};
use crate::model::from_millis;

/// The latest virtual time: the end of the year 9999, in milliseconds since the Unix epoch. RFC 3339 cannot express
/// later times.
const LATEST: i64 = 253_402_300_799_999;

/// The valid rates of a running clock. A frozen clock has the rate 0.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;

/// A clock that shows the virtual time `virtual_` at the real time `real`, and runs at a constant rate from then on.
/// Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VirtualClock {
    /// The real time of the last change of the clock, in milliseconds since the Unix epoch.
    pub real: i64,
    /// The virtual time at the real time `real`, in milliseconds since the Unix epoch.
    pub virtual_: i64,
    /// Virtual milliseconds per real millisecond; 0 if the clock is frozen.
    pub rate: f64,
}

/// Why the clock cannot be changed as requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClockRequest {
    /// The clock would advance past the year 9999.
    #[error("the clock cannot pass the year 9999")]
    TooFar,
    /// The requested rate is not in [`RATES`].
    #[error("the speed must be between 0.001 and 1,000,000; `freeze` stops the clock")]
    Rate,
}

impl VirtualClock {
    /// Returns a clock that shows real time, as in a new file. `now` is the current real time, in milliseconds since
    /// the Unix epoch.
    pub fn real_time(now: i64) -> Self {
        Self {
            real: now,
            virtual_: now,
            rate: 1.0,
        }
    }

    /// Returns the virtual time at the real time `real`, in milliseconds since the Unix epoch. If `real` is before the
    /// last change of the clock, because the computer's clock was set back, returns `virtual_`.
    pub fn now(&self, real: i64) -> i64 {
        let elapsed = real.saturating_sub(self.real).max(0);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a double holds 285,000 years of milliseconds exactly, and the cast saturates"
        )]
        let elapsed = (elapsed as f64 * self.rate) as i64;
        self.virtual_.saturating_add(elapsed).min(LATEST)
    }

    pub fn state(&self, real: i64) -> ClockState {
        ClockState {
            virtual_time: from_millis(self.now(real)),
            real: from_millis(real),
            rate: self.rate,
        }
    }

    /// Returns the clock as a request changes it. `real` is the real time of the change, in milliseconds since the
    /// Unix epoch.
    pub fn after(&self, request: &ClockRequest, real: i64) -> Result<Self, InvalidClockRequest> {
        let reading = |ahead: i64, rate| Self {
            real,
            virtual_: self.now(real) + ahead,
            rate,
        };
        match *request {
            ClockRequest::Freeze => Ok(reading(0, 0.0)),
            ClockRequest::Resume => Ok(reading(0, 1.0)),
            ClockRequest::Speed(rate) if RATES.contains(&rate) => Ok(reading(0, rate)),
            ClockRequest::Speed(_) => Err(InvalidClockRequest::Rate),
            ClockRequest::Advance(ahead) => match i64::try_from(ahead) {
                Ok(ahead) if ahead <= LATEST - self.now(real) => Ok(reading(ahead, self.rate)),
                _ => Err(InvalidClockRequest::TooFar),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidClockRequest, VirtualClock};
    use crate::api::control::ClockRequest;

    #[test]
    fn a_change_applies_from_its_own_time_on() {
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
    fn the_clock_only_moves_forward_and_within_its_limits() {
        let clock = VirtualClock::real_time(1000);
        assert_eq!(clock.now(0), 1000);
        for rate in [0.0, -1.0, 0.0009, 1_000_001.0, f64::NAN, f64::INFINITY] {
            let request = ClockRequest::Speed(rate);
            assert_eq!(
                clock.after(&request, 1000),
                Err(InvalidClockRequest::Rate),
                "{rate}"
            );
        }
        for far in [u64::MAX, 253_402_300_799_999] {
            let request = ClockRequest::Advance(far);
            assert_eq!(
                clock.after(&request, 1000),
                Err(InvalidClockRequest::TooFar)
            );
        }
        let fast = clock
            .after(&ClockRequest::Speed(1_000_000.0), 1000)
            .unwrap();
        assert_eq!(fast.now(i64::MAX), 253_402_300_799_999);
    }
}
