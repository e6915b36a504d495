//! What goes over the way to the service, for those who want to see it.

use std::time::Duration;

/// One event on the way to the service. The key is in none of them.
#[derive(Debug, Clone, Copy)]
pub enum HttpEvent<'e> {
    /// A request goes out.
    Request {
        /// Which try it is, from 1.
        number: u32,
        /// `GET` or `POST`.
        method: &'e str,
        /// The base address, if there is one, and the path.
        base: &'e str,
        /// The path and the query.
        path: &'e str,
        /// Names and values of headers; that of the key says nothing.
        headers: &'e [(&'e str, &'e str)],
        /// The body.
        body: &'e [u8],
    },
    /// An answer came.
    Response {
        /// The HTTP status.
        status: u16,
        /// Names and values of headers.
        headers: &'e [(&'e str, &'e str)],
        /// The body.
        body: &'e [u8],
        /// Whether the simulator gave it.
        simulated: bool,
        /// How long it took.
        took: Duration,
    },
    /// No answer came.
    Failed {
        /// Why.
        reason: &'e str,
        /// How long it took.
        took: Duration,
    },
    /// It is tried again after a pause.
    Retry {
        /// The pause.
        pause: Duration,
    },
}

/// Sees what goes over the way.
pub trait HttpObserver {
    /// Sees one event.
    fn on_event(&self, exchange: HttpEvent<'_>);
}
