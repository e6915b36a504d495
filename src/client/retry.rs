//! Decides whether a failed request is attempted again. [`pause_before_retry`] is a pure function with these rules:
//!
//! 1. Reads, cancels and sends may be repeated. Repeating a send is safe because every attempt has the same idempotency key,
//!    for which the service returns the stored response. POSTs to the simulator's control plane are never repeated.
//! 2. These failures are transient and lead to another attempt: 408, 425, 429, every 5xx except 501, 505 and 507, transport
//!    errors except a rejected certificate, and a 2xx whose body cannot be decoded.
//! 3. Every other error response is final. For example, a 402 is not repeated, because a quota is not renewed within seconds.
//! 4. A request has at most [`MAX_ATTEMPTS`] attempts.
//! 5. The pauses are 250 ms, 500 ms and 1 s. A random part of up to half is subtracted, so that many clients do not retry at
//!    the same time. `Retry-After` can make a pause longer, never shorter.
//! 6. There is no retry if less than 250 ms would be left for it before the deadline, which is too short for a response.

use std::time::Duration;

use super::AttemptError;

pub const MAX_ATTEMPTS: u32 = 4;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const MIN_ATTEMPT_TIME: Duration = Duration::from_millis(250);

/// The properties of a failed attempt on which the decision to retry depends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// The number of the attempt, starting at 1.
    pub number: u32,
    /// Whether the service may receive the request twice without harm.
    pub repeatable: bool,
    /// The time until the deadline. `None` if there is no deadline.
    pub remaining: Option<Duration>,
    /// A random number in `0.0..1.0`, which shortens the pause by up to half.
    pub jitter: f64,
}

/// Returns the pause before the next attempt. `None` if the request must not be attempted again.
pub fn pause_before_retry(error: &AttemptError, attempt: Attempt) -> Option<Duration> {
    let is_permanent = matches!(error, AttemptError::Transport(error) if error.is_permanent());
    if !error.is_transient() || is_permanent || !attempt.repeatable {
        return None;
    }
    let retry_after = match error {
        AttemptError::Api(api_error) => api_error.retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let pause = backoff(attempt.number, attempt.jitter).max(retry_after);
    let has_time = attempt
        .remaining
        .is_none_or(|left| pause.saturating_add(MIN_ATTEMPT_TIME) <= left);
    (attempt.number < MAX_ATTEMPTS && has_time).then_some(pause)
}

fn backoff(number: u32, jitter: f64) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << number.saturating_sub(1).min(MAX_ATTEMPTS));
    whole.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

/// Parses a `Retry-After` header, which contains seconds or a date. Returns how long to wait from `now`, the time of
/// the system clock in milliseconds since the Unix epoch. `None` if the header is malformed.
pub fn parse_retry_after(text: &str, now: i64) -> Option<Duration> {
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

    use super::{Attempt, MAX_ATTEMPTS, parse_retry_after, pause_before_retry};
    use crate::api::{ApiError, RawResponse};
    use crate::client::{AttemptError, TransportError};

    const FIRST: Attempt = Attempt {
        number: 1,
        repeatable: true,
        remaining: None,
        jitter: 0.0,
    };

    fn response(status: u16, retry_after: Option<Duration>) -> AttemptError {
        let mut api_error = ApiError::read(status, b"", None);
        api_error.retry_after = retry_after;
        AttemptError::Api(Box::new(api_error))
    }

    fn undecodable() -> AttemptError {
        let response = RawResponse {
            status: 200,
            headers: http::HeaderMap::new(),
            body: Vec::new(),
            is_complete: true,
        };
        AttemptError::Decode(response.decode::<serde_json::Value>().unwrap_err())
    }

    #[test]
    fn every_status_code_has_its_decision() {
        for status in 100..600 {
            let decision = pause_before_retry(&response(status, None), FIRST);
            let expected = match status {
                501 | 505 | 507 => None,
                408 | 425 | 429 | 500..600 => Some(Duration::from_millis(250)),
                _ => None,
            };
            assert_eq!(decision, expected, "{status}");
        }
    }

    #[test]
    fn a_missing_response_is_repeated_only_when_that_is_safe() {
        let reset = AttemptError::Transport(TransportError::Reset);
        for error in [&reset, &undecodable()] {
            let again = Some(Duration::from_millis(250));
            assert_eq!(pause_before_retry(error, FIRST), again);
        }
        let unsafe_to_repeat = Attempt {
            repeatable: false,
            ..FIRST
        };
        assert_eq!(pause_before_retry(&reset, unsafe_to_repeat), None);
        assert_eq!(
            pause_before_retry(&AttemptError::DeadlineExceeded, FIRST),
            None
        );
    }

    #[test]
    fn every_transport_error_has_its_decision() {
        let host = || "api.sendivent.com".to_owned();
        let reason = || "why".to_owned();
        let again = Some(Duration::from_millis(250));
        for (transport_error, expected) in [
            (TransportError::Timeout(Duration::from_secs(30)), again),
            (TransportError::Reset, again),
            (TransportError::NotHttp { host: host() }, again),
            (
                TransportError::Proxy {
                    reason: "requires a login",
                },
                again,
            ),
            (TransportError::Unresolved { host: host() }, again),
            (TransportError::ConnectionRefused { host: host() }, again),
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
                None,
            ),
        ] {
            let error = AttemptError::Transport(transport_error);
            assert_eq!(pause_before_retry(&error, FIRST), expected, "{error}");
        }
    }

    #[test]
    fn attempts_end_and_pauses_double_with_a_random_part_off() {
        let pause = |number, jitter| {
            let last = Attempt {
                number,
                jitter,
                ..FIRST
            };
            pause_before_retry(&response(503, None), last)
        };
        assert_eq!(pause(2, 0.0), Some(Duration::from_millis(500)));
        assert_eq!(pause(3, 0.5), Some(Duration::from_millis(750)));
        assert_eq!(pause(MAX_ATTEMPTS, 0.0), None);
    }

    #[test]
    fn retry_after_lengthens_the_pause_and_the_deadline_ends_it() {
        let limited = response(429, Some(Duration::from_secs(3)));
        assert_eq!(
            pause_before_retry(&limited, FIRST),
            Some(Duration::from_secs(3))
        );
        let short = response(429, Some(Duration::from_millis(1)));
        assert_eq!(
            pause_before_retry(&short, FIRST),
            Some(Duration::from_millis(250))
        );
        let too_late = Attempt {
            remaining: Some(Duration::from_secs(3)),
            ..FIRST
        };
        assert_eq!(pause_before_retry(&limited, too_late), None);
        let forever = response(429, Some(Duration::MAX));
        assert_eq!(pause_before_retry(&forever, too_late), None);
        let enough = Attempt {
            remaining: Some(Duration::from_millis(3250)),
            ..FIRST
        };
        let again = Some(Duration::from_secs(3));
        assert_eq!(pause_before_retry(&limited, enough), again);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(parse_retry_after("5", 0), Some(Duration::from_secs(5)));
        // 1,445,412,480 s is the date below.
        let now = 1_445_412_478_000;
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(parse_retry_after(date, now), Some(Duration::from_secs(2)));
        assert_eq!(parse_retry_after(date, now + 9000), Some(Duration::ZERO));
        assert_eq!(parse_retry_after("soon", now), None);
    }
}
