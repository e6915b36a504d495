//! The rate limiter that all requests of a command share.

use std::cell::Cell;
use std::time::Duration;

/// A rate limiter that spaces requests evenly. Bursts are not allowed: the service does not document the window in
/// which it counts requests, so a burst could exceed the limit. The default has no limit.
#[derive(Debug, Default)]
pub struct RateLimiter {
    /// The minimum time between two requests. Zero if there is no limit.
    interval: Cell<Duration>,
    /// The earliest time of the next request, on the monotonic clock that callers pass to [`RateLimiter::take`].
    next: Cell<Duration>,
}

impl RateLimiter {
    pub fn per_second(rate: u32) -> Self {
        Self {
            interval: Cell::new(Duration::from_secs(1) / rate.max(1)),
            next: Cell::default(),
        }
    }

    /// Reserves the next slot, and returns how long the caller must wait before it sends. `now` is the time of a
    /// monotonic clock.
    pub fn take(&self, now: Duration) -> Duration {
        let slot = self.next.get().max(now);
        self.next.set(slot + self.interval.get());
        slot - now
    }

    /// Removes the limit. Called when a response shows that it came from the simulator, which has no rate limit.
    pub fn remove_limit(&self) {
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
        rate_limiter.remove_limit();
        assert_eq!([take(9000), take(9000)], [0, 0]);
        let unlimited = RateLimiter::default();
        assert!((0..9).all(|_| unlimited.take(Duration::ZERO).is_zero()));
    }
}
