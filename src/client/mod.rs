//! The HTTP client of the service and of the simulator.
//!
//! [`crate::api`] builds a request, and a [`Transport`] sends it. If the attempt fails with an [`AttemptError`],
//! [`retry::pause_before_retry`] decides whether to try again. After the last attempt the caller gets a [`RequestError`].
//! Most commands convert this error to a [`RequestFailure`](crate::error::RequestFailure), which determines the
//! [`Exit`](crate::exit::Exit). A send also has a `SendOutcome`, and polls have a `StopReason`.
//!
//! # Sends, reads and cancels
//!
//! | what happened | `AttemptError` | retried | outcome of a send | `RequestFailure` of other requests | exit |
//! |---|---|---|---|---|---|
//! | name not resolved, connection refused or unreachable, TLS or proxy failed | `Transport` | yes; a rejected certificate: no | `Unknown` ¹ | `Unavailable` | 69 |
//! | timeout, connection reset, response is not HTTP | `Transport` | yes | `Unknown` ¹ | `Unavailable` | 69 |
//! | the deadline passed before the first attempt | `DeadlineExceeded` | no | `Unsent` | `Unavailable` | send 124, others 69 |
//! | the deadline passed before a later attempt | `DeadlineExceeded`, or the `Transport` error of the attempt before | no | `Unknown` ¹ | `Unavailable` | 69 |
//! | 2xx, body cannot be decoded | `Decode` | yes | `NotUnderstood`; an HTML page: `Unknown` ¹ | `NotUnderstood` | 69 |
//! | 2xx with an error body (sends only) | `Api` | no | `Refused` | | 5 |
//! | 1xx, 3xx, 511: from an intermediary | `Api` | 511: yes | `Unknown` ¹ | `Refused`; 511: `Unavailable` | 69 |
//! | 401 | `Api` | no | `Refused` ¹ | `Refused` | 4 |
//! | 404 | `Api` | no | `Refused` | `Refused` | 6 |
//! | 407: from a proxy | `Api` | no | `Refused` | `Refused` | 69 |
//! | 429 | `Api` | yes, after the longer of `Retry-After` and the backoff | `RateLimited` ¹ | `RateLimited` | 7 |
//! | 408, 425, other 5xx | `Api` | yes | `Unknown` ¹ | `Unavailable` | 69 |
//! | other 4xx (400, 402, 403, 409, 422 …), 501, 505 | `Api` | no | `Refused` | `Refused` | 5 |
//! | 507: the simulator's disk is full | `Api` | no | `Refused` | `Refused` | 1 |
//! | Ctrl-C, SIGTERM | `Interrupted` | no | `Unknown` ¹ | `Error::Interrupted` | 130, 143 |
//! | path too long for a URL | `Encode` | no | not attempted: `Error::Encode` | `Error::Encode` | 2 |
//!
//! ¹ The command skips its remaining recipients.
//!
//! "Yes" in the column "retried" means: up to [`retry::MAX_ATTEMPTS`] attempts before the deadline. Only requests that can
//! arrive twice without harm are retried.
//!
//! The outcome of a send is `Unknown` whenever *any* of its attempts may have been accepted. For example, a 404 or 429 after
//! a timeout proves nothing about the attempt that timed out. The outcome is also `Unknown` if the last attempt did not
//! connect.
//!
//! The exit codes in the table are for a single send. With several recipients, `Exit::combine` merges the codes. The result
//! is 9 if some requests were accepted and others were refused, rate limited or skipped, but 4 after a 401.
//!
//! # Polls
//!
//! `watch`, `send --wait` and `activity --follow` poll with [`Client::notification_attempt`], which does not retry. They
//! schedule the next poll themselves (`commands::poll`):
//!
//! - A 404 ends the polling of that id, after a grace period in `send --wait`. `activity --follow` ignores it.
//! - After a transient failure, such as a timeout or a 429, the next poll starts after the longer of the usual pause and
//!   `Retry-After`. The same applies to a response from an intermediary, such as a redirect or a login page, and to a
//!   rejected certificate.
//! - Any other error response of the service ends the command with the exit code for its status.
//! - `--max-errors` failed polls in a row end `watch` with 69. So does a transient failure of the only poll (`--timeout 0`), a
//!   429 included.
//! - At the deadline, the statuses known so far determine the exit code. It is 124 if messages are pending and nothing is
//!   known to be wrong, and 69 if polls failed and nothing is known of any id.
//!
//! `activity --follow --simulate` is the exception: it reads the simulator's list of changes, with retries.

mod attempt_error;
mod build_error;
mod endpoints;
mod network;
mod observer;
pub mod probe;
mod proxy;
mod rate_limiter;
mod request;
mod request_error;
pub mod retry;
mod tls;
mod transport;
mod transport_error;

pub use attempt_error::AttemptError;
pub use build_error::ClientBuildError;
pub use network::Network;
pub use observer::{HttpEvent, HttpObserver};
pub use proxy::ProxySettings;
pub use rate_limiter::RateLimiter;
pub use request::Client;
pub use request_error::RequestError;
pub use transport::Transport;
pub use transport_error::TransportError;
