//! The HTTP events of a client, for `--verbose`.

use std::time::Duration;

/// One event of a client. No event contains the API key.
#[derive(Debug, Clone, Copy)]
pub enum HttpEvent<'e> {
    Request {
        /// The number of the attempt, from 1.
        number: u32,
        method: &'e str,
        /// The base address; empty in process.
        base: &'e str,
        path: &'e str,
        /// Names and values of headers; `Authorization` is redacted.
        headers: &'e [(&'e str, &'e str)],
        body: &'e [u8],
    },
    Response {
        status: u16,
        headers: &'e [(&'e str, &'e str)],
        body: &'e [u8],
        simulated: bool,
        elapsed: Duration,
    },
    Failed {
        reason: &'e str,
        elapsed: Duration,
    },
    Retry {
        pause: Duration,
    },
}

pub trait HttpObserver {
    fn on_event(&self, event: HttpEvent<'_>);
}
