//! The rate budget of a run: how many requests a second it may make, whatever asks for them.

use std::cell::Cell;
use std::time::Duration;

/// A budget that gives out moments, one after the other, each the same time apart. It never saves up: the service counts
/// in windows that nobody knows, and a burst could fall into one.
#[derive(Debug)]
pub struct RateLimiter {
    apart: Cell<Duration>,
    next: Cell<Duration>,
}

impl RateLimiter {
    /// Returns a budget of so many requests a second.
    pub fn per_second(rate: u32) -> Self {
        Self {
            apart: Cell::new(Duration::from_secs(1) / rate.max(1)),
            next: Cell::new(Duration::ZERO),
        }
    }

    /// Returns a budget that never makes anybody wait.
    pub fn unlimited() -> Self {
        Self {
            apart: Cell::new(Duration::ZERO),
            next: Cell::new(Duration::ZERO),
        }
    }

    /// Takes the next moment, and returns how long it is until then. `now` is time of a clock that never jumps.
    pub fn take(&self, now: Duration) -> Duration {
        let moment = self.next.get().max(now);
        self.next.set(moment + self.apart.get());
        moment - now
    }

    /// Lifts the limit: whoever answers has none.
    pub fn lift(&self) {
        self.apart.set(Duration::ZERO);
        self.next.set(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimiter;
    use std::time::Duration;

    #[test]
    fn moments_lie_apart_and_are_not_saved_up() {
        let rate_limiter = RateLimiter::per_second(10);
        let take = |now: u64| rate_limiter.take(Duration::from_millis(now)).as_millis();
        assert_eq!([take(5000), take(5000), take(5050)], [0, 100, 150]);
        assert_eq!([take(9000), take(9000)], [0, 100]);
        rate_limiter.lift();
        assert_eq!([take(9000), take(9000)], [0, 0]);
        let unlimited = RateLimiter::unlimited();
        assert!((0..9).all(|_| unlimited.take(Duration::ZERO).is_zero()));
    }
}
