//! SIGINT and SIGTERM of this process.

use std::cell::RefCell;

pub struct Signals {
    pub(super) interrupt: tokio::signal::unix::Signal,
    pub(super) terminate: tokio::signal::unix::Signal,
}

/// Keeps Ctrl-C from ending the process during a prompt: the read fails instead, and the terminal is restored.
pub fn catch_interrupt() {
    use tokio::signal::unix::{SignalKind, signal};
    // The first registration replaces the default handler for good. If it fails, Ctrl-C ends the process.
    drop(signal(SignalKind::interrupt()));
}

/// Signals that were taken out of `slot`, and return there on drop.
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
    /// Registers the signals. `None` if that fails: signals then end the process.
    pub fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }
}
