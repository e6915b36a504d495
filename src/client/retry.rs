//! Whether a request is sent again: one pure decision.
//!
//! 1. An answer below 400 is an answer.
//! 2. A request that cannot be repeated safely (a send without an idempotency key) is never repeated.
//! 3. 408, 425, 429, every 5xx but 501, 505 and 507, a missing answer and a success that cannot be understood are repeated. Under the
//!    same key the service gives the stored answer again, so that this asks and does not send.
//! 4. Everything else is an answer: 402 in particular, for a quota does not come back by asking.
//!    A certificate that nobody vouches for is none either: it does not mend itself within seconds.
//! 5. There are at most [`MAX_TRIES`] tries in all.
//! 6. The pause doubles from a quarter of a second to at most 8 seconds, and a random part of up to half is taken off,
//!    so that many clients do not come back together. `Retry-After` makes it longer, never shorter.
//! 7. A pause is not begun that would leave less than a quarter of a second before the deadline: too little for an answer.

use std::time::Duration;

use super::TransportError;

/// How often a request is sent at most.
pub const MAX_TRIES: u32 = 4;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// How much time a try must have for its answer.
const LEAST_TIME: Duration = Duration::from_millis(250);

/// What one try brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'f> {
    /// An answer with this status, and what it said in `Retry-After`.
    Status(u16, Option<Duration>),
    /// A success whose body cannot be understood.
    DecodeError,
    /// No answer.
    Fault(&'f TransportError),
}

/// What is known when one try has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Try {
    /// How many tries there were, this one included.
    pub number: u32,
    /// Whether the request does no harm when it arrives twice.
    pub repeatable: bool,
    /// How much time is left before the deadline; none for no deadline.
    pub remaining: Option<Duration>,
    /// A random number from 0 up to 1.
    pub chance: f64,
}

/// What follows from a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Take what it brought.
    Take,
    /// Pause for so long, then try again.
    Retry(Duration),
    /// It might work another time, but not now: tries or time are used up, or repeating is not safe.
    GiveUp,
}

/// Decides what follows from a try.
pub fn decide(outcome: Outcome<'_>, last: Try) -> Decision {
    if !may_pass(outcome) {
        return Decision::Take;
    }
    let is_permanent =
        matches!(outcome, Outcome::Fault(transport_error) if transport_error.is_permanent());
    if is_permanent || !last.repeatable || last.number >= MAX_TRIES {
        return Decision::GiveUp;
    }
    let asked = match outcome {
        Outcome::Status(_, after) => after.unwrap_or(Duration::ZERO),
        Outcome::DecodeError | Outcome::Fault(_) => Duration::ZERO,
    };
    let pause = backoff(last.number, last.chance).max(asked);
    match last.remaining {
        Some(remaining) if pause + LEAST_TIME > remaining => Decision::GiveUp,
        Some(_) | None => Decision::Retry(pause),
    }
}

/// Returns whether what a try brought may be gone the next time: rule 3.
fn may_pass(outcome: Outcome<'_>) -> bool {
    match outcome {
        Outcome::Status(status, _) => {
            matches!(status, 408 | 425 | 429 | 500..=599) && !matches!(status, 501 | 505 | 507)
        }
        Outcome::DecodeError | Outcome::Fault(_) => true,
    }
}

fn backoff(number: u32, chance: f64) -> Duration {
    let whole = FIRST_PAUSE
        .saturating_mul(1 << number.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    whole.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0)
}

/// Reads `Retry-After`: seconds, or a date, which is taken against the time of day `now` (milliseconds since the epoch).
pub fn retry_after(text: &str, now: i64) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    let millis = date.timestamp().as_millisecond().saturating_sub(now);
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Decision, MAX_TRIES, Outcome, Try, decide, retry_after};
    use crate::client::TransportError;

    const FIRST: Try = Try {
        number: 1,
        repeatable: true,
        remaining: None,
        chance: 0.0,
    };

    #[test]
    fn every_status_code_has_its_decision() {
        for status in 100..600 {
            let decision = decide(Outcome::Status(status, None), FIRST);
            let expected = match status {
                501 | 505 | 507 => Decision::Take,
                408 | 425 | 429 | 500..600 => Decision::Retry(Duration::from_millis(250)),
                _ => Decision::Take,
            };
            assert_eq!(decision, expected, "{status}");
        }
    }

    #[test]
    fn a_missing_answer_is_repeated_only_when_that_is_safe() {
        let lost = Outcome::Fault(&TransportError::Reset);
        for outcome in [lost, Outcome::DecodeError] {
            let again = Decision::Retry(Duration::from_millis(250));
            assert_eq!(decide(outcome, FIRST), again);
        }
        let unsafe_to_repeat = Try {
            repeatable: false,
            ..FIRST
        };
        assert_eq!(decide(lost, unsafe_to_repeat), Decision::GiveUp);
    }

    #[test]
    fn every_fault_has_its_decision() {
        let host = || "api.sendivent.com".to_owned();
        let reason = || "why".to_owned();
        let again = Decision::Retry(Duration::from_millis(250));
        for (transport_error, expected) in [
            (TransportError::Timeout(Duration::from_secs(30)), again),
            (TransportError::Reset, again),
            (TransportError::NotHttp { host: host() }, again),
            (
                TransportError::Proxy {
                    reason: "wants a login",
                },
                again,
            ),
            (TransportError::Unresolved { host: host() }, again),
            (TransportError::Refused { host: host() }, again),
            (
                TransportError::Unreachable {
                    host: host(),
                    reason: reason(),
                },
                again,
            ),
            (
                TransportError::Tls {
                    host: host(),
                    reason: reason(),
                },
                again,
            ),
            (
                TransportError::Certificate {
                    host: host(),
                    reason: "",
                    advice: "",
                },
                Decision::GiveUp,
            ),
        ] {
            assert_eq!(
                decide(Outcome::Fault(&transport_error), FIRST),
                expected,
                "{transport_error}"
            );
        }
    }

    #[test]
    fn tries_end_and_pauses_double_with_a_random_part_off() {
        let pause = |number, chance| {
            let last = Try {
                number,
                chance,
                ..FIRST
            };
            decide(Outcome::Status(503, None), last)
        };
        assert_eq!(pause(2, 0.0), Decision::Retry(Duration::from_millis(500)));
        assert_eq!(pause(3, 0.5), Decision::Retry(Duration::from_millis(750)));
        assert_eq!(pause(MAX_TRIES, 0.0), Decision::GiveUp);
    }

    #[test]
    fn retry_after_lengthens_the_pause_and_the_deadline_ends_it() {
        let asked = Outcome::Status(429, Some(Duration::from_secs(3)));
        assert_eq!(
            decide(asked, FIRST),
            Decision::Retry(Duration::from_secs(3))
        );
        let short = Outcome::Status(429, Some(Duration::ZERO));
        assert_eq!(
            decide(short, FIRST),
            Decision::Retry(Duration::from_millis(250))
        );
        let hurried = Try {
            remaining: Some(Duration::from_secs(3)),
            ..FIRST
        };
        assert_eq!(decide(asked, hurried), Decision::GiveUp);
        let enough = Try {
            remaining: Some(Duration::from_millis(3250)),
            ..FIRST
        };
        let again = Decision::Retry(Duration::from_secs(3));
        assert_eq!(decide(asked, enough), again);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(retry_after("5", 0), Some(Duration::from_secs(5)));
        // 1,445,412,480 s is the date below.
        let now = 1_445_412_478_000;
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(retry_after(date, now), Some(Duration::from_secs(2)));
        assert_eq!(retry_after(date, now + 9000), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
