//! Handlers for SIGINT and SIGTERM.

use std::cell::RefCell;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The registered signals. While this exists, they do not end the process.
pub struct Signals {
    pub(super) interrupt: Signal,
    pub(super) terminate: Signal,
}

/// Registers a handler for SIGINT that does nothing. During a prompt, Ctrl-C then makes the read fail instead of ending
/// the process, so that the terminal's settings can be restored.
pub fn catch_interrupt() {
    // Tokio never restores the default handler, so that dropping the stream changes nothing. If the registration fails,
    // Ctrl-C ends the process.
    drop(signal(SignalKind::interrupt()));
}

/// A guard that holds the signals and moves them back to `slot` when it is dropped.
pub struct SignalGuard<'h> {
    pub(super) slot: &'h RefCell<Option<Signals>>,
    pub(super) streams: Option<Signals>,
}

impl Drop for SignalGuard<'_> {
    fn drop(&mut self) {
        let mut slot = self.slot.borrow_mut();
        *slot = self.streams.take().or_else(|| slot.take());
    }
}

impl Signals {
    /// Registers handlers for both signals. Returns `None` if that fails; the signals then end the process.
    pub fn listen() -> Option<Self> {
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }
}
