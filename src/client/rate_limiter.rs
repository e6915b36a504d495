//! The rate limit of a run: all its requests share one.

use std::cell::Cell;
use std::time::Duration;

/// Spaces requests evenly. It allows no bursts: the service's counting windows are not documented, and a burst could exceed
/// one of them. The default is no limit.
#[derive(Debug, Default)]
pub struct RateLimiter {
    interval: Cell<Duration>,
    next: Cell<Duration>,
}

impl RateLimiter {
    pub fn per_second(rate: u32) -> Self {
        Self {
            interval: Cell::new(Duration::from_secs(1) / rate.max(1)),
            next: Cell::default(),
        }
    }

    /// Reserves the next slot, and returns how long to wait for it. `now` is of a monotonic clock.
    pub fn take(&self, now: Duration) -> Duration {
        let slot = self.next.get().max(now);
        self.next.set(slot + self.interval.get());
        slot - now
    }

    /// Lifts the limit: the simulator has none.
    pub fn lift(&self) {
        self.interval.set(Duration::ZERO);
        self.next.set(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimiter;
    use std::time::Duration;

    #[test]
    fn slots_are_evenly_spaced_and_never_saved_up() {
        let rate_limiter = RateLimiter::per_second(10);
        let take = |now: u64| rate_limiter.take(Duration::from_millis(now)).as_millis();
        assert_eq!([take(5000), take(5000), take(5050)], [0, 100, 150]);
        assert_eq!([take(9000), take(9000)], [0, 100]);
        rate_limiter.lift();
        assert_eq!([take(9000), take(9000)], [0, 0]);
        let unlimited = RateLimiter::default();
        assert!((0..9).all(|_| unlimited.take(Duration::ZERO).is_zero()));
    }
}
