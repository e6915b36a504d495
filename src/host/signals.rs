//! SIGINT and SIGTERM of this process.

use std::cell::RefCell;

use tokio::signal::unix::{Signal, SignalKind, signal};

pub struct Signals {
    pub(super) interrupt: Signal,
    pub(super) terminate: Signal,
}

/// Keeps Ctrl-C from ending the process during a prompt: the read fails instead, and the terminal is restored.
pub fn catch_interrupt() {
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
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }
}
