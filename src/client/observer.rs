//! The HTTP events of a client, for `--verbose`.

use std::time::Duration;

/// One event of a client. No event contains the API key.
#[derive(Debug, Clone, Copy)]
pub enum HttpEvent<'e> {
    /// A request is sent.
    Request {
        /// The number of the attempt, from 1.
        number: u32,
        /// `GET` or `POST`.
        method: &'e str,
        /// The base address; empty in process.
        base: &'e str,
        /// The path and the query.
        path: &'e str,
        /// Names and values of headers; `Authorization` is redacted.
        headers: &'e [(&'e str, &'e str)],
        /// The body.
        body: &'e [u8],
    },
    /// A response was received.
    Response {
        /// The HTTP status.
        status: u16,
        /// Names and values of headers.
        headers: &'e [(&'e str, &'e str)],
        /// The body.
        body: &'e [u8],
        /// Whether it is the simulator's.
        simulated: bool,
        /// How long it took.
        took: Duration,
    },
    /// The attempt failed without a response.
    Failed {
        /// Why.
        reason: &'e str,
        /// How long it took.
        took: Duration,
    },
    /// Another attempt follows after a pause.
    Retry {
        /// The pause.
        pause: Duration,
    },
}

/// Receives the events of a client.
pub trait HttpObserver {
    /// Handles one event.
    fn on_event(&self, event: HttpEvent<'_>);
}

/// Ignores every event.
impl HttpObserver for () {
    fn on_event(&self, _: HttpEvent<'_>) {}
}
