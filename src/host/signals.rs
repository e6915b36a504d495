//! The signals of this process: SIGINT and SIGTERM.

use std::cell::RefCell;

/// The signals that end a run.
pub struct Signals {
    pub(super) interrupt: tokio::signal::unix::Signal,
    pub(super) terminate: tokio::signal::unix::Signal,
}

/// Keeps Ctrl-C from ending the process while a question is asked: it comes as an error of the question then, and the
/// terminal can be put in order.
pub fn catch_interrupt() {
    use tokio::signal::unix::{SignalKind, signal};
    // The first registration stands for the rest of the run. Refused, Ctrl-C ends the process as it does by default.
    drop(signal(SignalKind::interrupt()));
}

/// The signals while somebody waits for them.
pub struct SignalGuard<'w> {
    pub(super) place: &'w RefCell<Option<Signals>>,
    pub(super) streams: Option<Signals>,
}

impl Drop for SignalGuard<'_> {
    fn drop(&mut self) {
        let mut place = self.place.borrow_mut();
        *place = self.streams.take().or_else(|| place.take());
    }
}

impl Signals {
    /// Listens from now on. None when the system refuses; signals then end the process as they do by default.
    pub fn listen_for_signals() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }
}
