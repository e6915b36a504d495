//! What can be asked of the service, and what can come of it.

use std::time::Duration;

use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, Method, Request};
use serde::de::DeserializeOwned;

use super::attempt_error::AttemptError;
use super::retry::{self, Decision, Outcome, Try};
use super::{RateLimiter, Transport, TransportError};
use crate::api::{
    ApiError, ApiKey, DecodeError, Decoded, IDEMPOTENCY_KEY, INTERMEDIARY_HINT, RawResponse,
};
use crate::host::{Host, Interrupt};
use crate::report::{HttpEvent, HttpObserver};

/// How long one try of a request that changes something may take.
const WRITE_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one try of a look may take: another one costs nothing.
const READ_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests are under way at once over the network; the rate is a matter of [`RateLimiter`].
const MAX_CONCURRENT_REQUESTS: usize = 8;

/// A client of the service for one run.
pub struct Client<'w> {
    transport: Transport,
    pub(super) key: ApiKey,
    /// Where the key was found, for errors about it; none for a key that guards nothing.
    key_source: Option<String>,
    rate_limiter: RateLimiter,
    observer: &'w dyn HttpObserver,
    host: &'w Host,
    deadline: Option<Duration>,
}

/// A request that brought nothing usable.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service answered, and the answer is no.
    #[error("{0}")]
    Refused(Box<ApiError>),
    /// The service took the request, but its answer cannot be understood.
    #[error("{0}")]
    NotUnderstood(#[from] DecodeError),
    /// It kept failing; tries or time are used up, or repeating is not safe.
    #[error("{last} ({})", crate::text::count_noun(*tries as usize, "attempt"))]
    GaveUp {
        /// What the last try brought.
        last: LastTry,
        /// How many tries there were.
        tries: u32,
        /// How long the service asked to be left alone, if it did.
        retry_after: Option<Duration>,
        /// Whether some try may have been taken by the service without our knowing.
        ambiguous: bool,
    },
    /// The run was interrupted during a pause between tries.
    #[error("interrupted")]
    Interrupted(Interrupt),
}

impl Failure {
    /// Returns what can be done about what the last try brought.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::GaveUp {
                last: LastTry::Fault(transport_error),
                ..
            } => transport_error.hint(),
            Self::GaveUp {
                last: LastTry::Refused(api_error),
                ..
            }
            | Self::Refused(api_error) => api_error
                .is_from_intermediary()
                .then_some(INTERMEDIARY_HINT),
            Self::NotUnderstood(decode_error) => decode_error.page.then_some(INTERMEDIARY_HINT),
            Self::Interrupted(_) => None,
        }
    }
}

/// What the last of several tries brought.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LastTry {
    /// An answer that says "not now".
    #[error("{0}")]
    Refused(Box<ApiError>),
    /// No answer.
    #[error("{0}")]
    Fault(TransportError),
}

impl<'w> Client<'w> {
    /// Returns a client. All that it does ends at `deadline` on the world's clock, if one is given.
    pub fn new(
        transport: Transport,
        key: ApiKey,
        host: &'w Host,
        observer: &'w dyn HttpObserver,
        deadline: Option<Duration>,
    ) -> Self {
        let rate_limiter = match &transport {
            Transport::Simulator(_) => RateLimiter::unlimited(),
            Transport::Network(_) => RateLimiter::per_second(key.environment().rate()),
        };
        Self {
            transport,
            key,
            key_source: None,
            rate_limiter,
            observer,
            host,
            deadline,
        }
    }

    /// Says where the key was found: an answer that refuses it names that.
    #[must_use]
    pub fn with_key_from(self, source: String) -> Self {
        Self {
            key_source: Some(source),
            ..self
        }
    }

    /// Returns how many requests may be under way at once.
    pub fn concurrency(&self) -> usize {
        match self.transport {
            Transport::Simulator(_) => 1,
            Transport::Network(_) => MAX_CONCURRENT_REQUESTS,
        }
    }

    /// Asks, and asks again as [`retry`] decides.
    pub(super) async fn send_with_retry<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Decoded<T>, Failure> {
        // Cancelling twice cancels nothing more, reading changes nothing: only a send needs a key to be repeated.
        let repeatable = request.method() == Method::GET
            || request.headers().contains_key(IDEMPOTENCY_KEY)
            || request.uri().path().starts_with("/v1/cancel/");
        let mut number = 1;
        let mut ambiguous = false;
        let mut earlier = None;
        loop {
            let attempt_error = match self.attempt(request.clone(), number).await {
                Ok(found) => return Ok(found),
                Err(attempt_error) => attempt_error,
            };
            let before = ambiguous;
            ambiguous |= attempt_error.is_ambiguous();
            let decision = self.judge(&attempt_error, number, repeatable);
            // A try that only ran out of time tells less than what came of the one before it.
            let attempt_error = match earlier.take() {
                Some(transport_error)
                    if attempt_error.is_late() && self.remaining() == Some(Duration::ZERO) =>
                {
                    // One that was too late was not begun.
                    let tries = number - u32::from(matches!(attempt_error, AttemptError::TooLate));
                    return Err(AttemptError::Fault(transport_error).exhausted(tries, ambiguous));
                }
                _ => attempt_error,
            };
            match decision {
                // What refuses this try says nothing of one before it that may have been taken.
                Decision::Take if !before => return Err(attempt_error.into_failure()),
                Decision::Take | Decision::GiveUp => {
                    return Err(attempt_error.exhausted(number, ambiguous));
                }
                Decision::Retry(pause) => {
                    self.observer.on_event(HttpEvent::Retry { pause });
                    self.host.wait(pause).await.map_err(Failure::Interrupted)?;
                    number += 1;
                    if let AttemptError::Fault(transport_error) = attempt_error {
                        earlier = Some(transport_error);
                    }
                }
            }
        }
    }

    /// Sends a request once, when the rate budget has a moment for it, and reads what comes. An interrupt ends it at once,
    /// whatever it waits for.
    pub(super) async fn attempt<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
        number: u32,
    ) -> Result<Decoded<T>, AttemptError> {
        let pause = self.rate_limiter.take(self.host.clock.elapsed());
        if !pause.is_zero() {
            let pause = self.remaining().map_or(pause, |left| left.min(pause));
            let waited = self.host.wait(pause).await;
            waited.map_err(AttemptError::Interrupted)?;
        }
        // What has no time left for its answer is not begun.
        if self.remaining() == Some(Duration::ZERO) {
            return Err(AttemptError::TooLate);
        }
        let sends = request.uri().path().starts_with("/v1/send/");
        let mut answer = self.exchange(request, number).await?;
        if answer.is_success() && !(sends && answer.is_error_in_success()) {
            return answer.decode().map_err(AttemptError::DecodeError);
        }
        let after = answer
            .header(RETRY_AFTER.as_str())
            .and_then(|text| retry::retry_after(text, self.host.clock.now()));
        let mut api_error = answer.api_error();
        answer.body.clear();
        if api_error.status == 401 {
            api_error.key_source.clone_from(&self.key_source);
        }
        api_error.retry_after = after.filter(|after| !after.is_zero());
        Err(AttemptError::Refused(Box::new(api_error), after))
    }

    /// Sends a request and tells the witness what comes.
    pub(super) async fn exchange(
        &self,
        request: Request<Vec<u8>>,
        number: u32,
    ) -> Result<RawResponse, AttemptError> {
        self.observer.on_event(HttpEvent::Request {
            number,
            method: request.method().as_str(),
            base: self.transport.base(),
            path: request.uri().path_and_query().map_or("/", |p| p.as_str()),
            headers: &shown(request.headers()),
            body: request.body(),
        });
        let begun = self.host.clock.elapsed();
        let most = match *request.method() {
            Method::GET => READ_ATTEMPT_TIMEOUT,
            _ => WRITE_ATTEMPT_TIMEOUT,
        };
        let limit = self.remaining().unwrap_or(most).min(most);
        let call = self.transport.call(request, limit, &self.host.clock);
        let called = self.host.run_until_interrupted(call).await;
        let took = self.host.clock.elapsed().saturating_sub(begun);
        let called = called.map_err(AttemptError::Interrupted)?;
        match called {
            Ok(answer) => {
                let simulated = answer.is_simulated();
                if simulated {
                    // The simulator keeps no count of requests.
                    self.rate_limiter.lift();
                }
                self.observer.on_event(HttpEvent::Response {
                    status: answer.status,
                    headers: &shown(&answer.headers),
                    body: &answer.body,
                    simulated,
                    took,
                });
                Ok(answer)
            }
            Err(transport_error) => {
                let reason = transport_error.to_string();
                self.observer.on_event(HttpEvent::Failed {
                    reason: &reason,
                    took,
                });
                Err(AttemptError::Fault(transport_error))
            }
        }
    }

    /// Decides what follows from a try.
    pub(super) fn judge(
        &self,
        attempt_error: &AttemptError,
        number: u32,
        repeatable: bool,
    ) -> Decision {
        let outcome = match attempt_error {
            AttemptError::Refused(api_error, after) => Outcome::Status(api_error.status, *after),
            AttemptError::DecodeError(_) => Outcome::DecodeError,
            AttemptError::Fault(transport_error) => Outcome::Fault(transport_error),
            AttemptError::Interrupted(_) | AttemptError::TooLate => return Decision::Take,
        };
        let last = Try {
            number,
            repeatable,
            remaining: self.remaining(),
            chance: self.host.entropy.next_f64(),
        };
        retry::decide(outcome, last)
    }

    fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_sub(self.host.clock.elapsed()))
    }
}

/// Returns headers as they may be shown.
fn shown(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| match *name == AUTHORIZATION {
            true => (name.as_str(), "Bearer ***"),
            false => (name.as_str(), value.to_str().unwrap_or("(not text)")),
        })
        .collect()
}
