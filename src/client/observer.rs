//! Events that the client reports while it sends requests. `--verbose` prints them.

use std::time::Duration;

/// An event of the HTTP client. No event contains the API key.
#[derive(Debug, Clone, Copy)]
pub enum HttpEvent<'e> {
    /// An attempt starts.
    Request {
        /// The number of the attempt, starting at 1.
        number: u32,
        method: &'e str,
        /// The base address, such as `https://api.sendivent.com`. Empty if the simulator runs in this process.
        base: &'e str,
        /// The path with the query.
        path: &'e str,
        /// Header names and values. The value of `Authorization` is always `Bearer ***`.
        headers: &'e [(&'e str, &'e str)],
        body: &'e [u8],
    },
    /// A response arrived, whatever its status.
    Response {
        status: u16,
        headers: &'e [(&'e str, &'e str)],
        body: &'e [u8],
        /// Whether the simulator sent the response.
        simulated: bool,
        /// The time since the attempt started.
        elapsed: Duration,
    },
    /// The attempt ended without a response.
    Failed {
        reason: &'e str,
        /// The time since the attempt started.
        elapsed: Duration,
    },
    /// Another attempt follows after this pause.
    Retry { pause: Duration },
}

pub trait HttpObserver {
    fn on_event(&self, event: HttpEvent<'_>);
}
