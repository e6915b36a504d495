//! The HTTP client: sends requests through a transport, with retries, a rate limit and a deadline.

use std::time::Duration;

use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, Method, Request};
use serde::de::DeserializeOwned;

use super::retry::{self, Attempt};
use super::{AttemptError, RateLimiter, RequestError, Transport};
use super::{HttpEvent, HttpObserver};
use crate::api::{ApiKey, Decoded, IDEMPOTENCY_KEY, RawResponse};
use crate::host::Host;

/// Timeout of one attempt of a request that may change data.
const WRITE_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of one attempt of a read. It is shorter than for other requests, because repeating a read has no side
/// effects.
const READ_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum number of open connections. It does not affect the rate: the service limits requests per second, and the
/// rate limiter enforces that.
const MAX_CONCURRENT_REQUESTS: usize = 8;

/// An HTTP client for the service or the simulator. Each command has one.
pub struct Client<'w> {
    transport: Transport,
    pub(super) key: ApiKey,
    /// Where the API key comes from, such as an environment variable. The error for a rejected key (401) names it.
    /// `None` for the simulator.
    pub key_source: Option<String>,
    rate_limiter: RateLimiter,
    observer: &'w dyn HttpObserver,
    host: &'w Host,
    /// When the command times out, on the host's monotonic clock. `None` if the command has no timeout.
    deadline: Option<Duration>,
}

impl<'w> Client<'w> {
    /// Creates a client. Every request ends by `deadline`, a time of the host's monotonic clock.
    pub fn new(
        transport: Transport,
        key: ApiKey,
        host: &'w Host,
        observer: &'w dyn HttpObserver,
        deadline: Option<Duration>,
    ) -> Self {
        let rate_limiter = match &transport {
            Transport::Simulator(_) => RateLimiter::default(),
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

    /// Returns how many requests may be sent concurrently.
    pub fn concurrency(&self) -> usize {
        match self.transport {
            Transport::Simulator(_) => 1,
            Transport::Network(_) => MAX_CONCURRENT_REQUESTS,
        }
    }

    /// Sends a request and decodes the response. Repeats failed attempts as long as [`retry::pause_before_retry`]
    /// allows.
    pub(super) async fn send_with_retry<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Decoded<T>, RequestError> {
        let is_read = request.method() == Method::GET;
        // Reads, cancels and requests with an idempotency key may be repeated; POSTs of the control plane may not.
        let repeatable = is_read
            || request.headers().contains_key(IDEMPOTENCY_KEY)
            || request.uri().path().starts_with("/v1/cancel/");
        let mut number = 1;
        let mut ambiguous = false;
        let mut previous = None;
        loop {
            let cause = match self.attempt(request.clone(), number).await {
                Ok(response) => return Ok(response),
                Err(cause) => cause,
            };
            let attempt = Attempt {
                number,
                repeatable,
                remaining: self.remaining(),
                jitter: self.host.entropy.next_f64(),
            };
            let pause = retry::pause_before_retry(&cause, attempt);
            // A final error rejects this attempt only; an earlier attempt may have been accepted.
            ambiguous |= !is_read && cause.is_ambiguous();
            let is_cut_short = cause.is_timeout() && self.remaining() == Some(Duration::ZERO);
            let attempts = match cause {
                AttemptError::DeadlineExceeded => number - 1,
                _ => number,
            };
            let failed = |cause| {
                Err(RequestError {
                    cause,
                    attempts,
                    ambiguous,
                })
            };
            match (pause, previous.take()) {
                // The error of the previous attempt is more useful than the fact that the time ran out.
                (_, Some(transport_error)) if is_cut_short => {
                    return failed(AttemptError::Transport(transport_error));
                }
                (None, _) => return failed(cause),
                (Some(pause), _) => {
                    self.observer.on_event(HttpEvent::Retry { pause });
                    if let Err(interrupt) = self.host.wait(pause).await {
                        return failed(AttemptError::Interrupted(interrupt));
                    }
                    number += 1;
                    if let AttemptError::Transport(transport_error) = cause {
                        previous = Some(transport_error);
                    }
                }
            }
        }
    }

    /// Sends a request once and decodes the response. Waits for the rate limit first. Ctrl-C and SIGTERM cancel the
    /// request.
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
        // There is no time left for a response: sending the request now would only make its outcome unknown.
        if self.remaining() == Some(Duration::ZERO) {
            return Err(AttemptError::DeadlineExceeded);
        }
        let is_send = request.uri().path().starts_with("/v1/send/");
        let mut response = self.exchange(request, number).await?;
        if response.is_success() && !(is_send && response.is_error_in_success()) {
            return response.decode().map_err(AttemptError::Decode);
        }
        let retry_after = response
            .header(RETRY_AFTER.as_str())
            .and_then(|text| retry::parse_retry_after(text, self.host.clock.now()));
        let mut api_error = response.api_error();
        response.body.clear();
        if api_error.status == 401 {
            api_error.key_source.clone_from(&self.key_source);
        }
        api_error.retry_after = retry_after.filter(|pause| !pause.is_zero());
        Err(AttemptError::Api(Box::new(api_error)))
    }

    /// Sends a request once and returns the response, whatever its status. Reports both to the observer.
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
            headers: &redacted(request.headers()),
            body: request.body(),
        });
        let start = self.host.clock.elapsed();
        let timeout = match *request.method() {
            Method::GET => READ_ATTEMPT_TIMEOUT,
            _ => WRITE_ATTEMPT_TIMEOUT,
        };
        let timeout = self.remaining().unwrap_or(timeout).min(timeout);
        let call = self.transport.call(request, timeout, &self.host.clock);
        let result = self.host.run_until_interrupted(call).await;
        let elapsed = self.host.clock.elapsed().saturating_sub(start);
        match result.map_err(AttemptError::Interrupted)? {
            Ok(response) => {
                let simulated = response.is_simulated();
                if simulated {
                    // The simulator has no rate limit.
                    self.rate_limiter.remove_limit();
                }
                self.observer.on_event(HttpEvent::Response {
                    status: response.status,
                    headers: &redacted(&response.headers),
                    body: &response.body,
                    simulated,
                    elapsed,
                });
                Ok(response)
            }
            Err(transport_error) => {
                let reason = transport_error.to_string();
                self.observer.on_event(HttpEvent::Failed {
                    reason: &reason,
                    elapsed,
                });
                Err(AttemptError::Transport(transport_error))
            }
        }
    }

    /// Returns the time until the deadline. `None` if there is no deadline.
    fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_sub(self.host.clock.elapsed()))
    }
}

/// Returns the headers for display, without the API key.
fn redacted(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| match *name == AUTHORIZATION {
            true => (name.as_str(), "Bearer ***"),
            false => (name.as_str(), value.to_str().unwrap_or("(not text)")),
        })
        .collect()
}
