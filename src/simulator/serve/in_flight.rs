//! The state of one connection, and of the request that it is handling.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::shared::Shared;

/// The state of one connection.
#[derive(Default)]
pub struct ConnectionState {
    /// Whether the connection ends with a reset instead of a close.
    pub reset: Arc<AtomicBool>,
    is_busy: AtomicBool,
}

impl ConnectionState {
    /// Returns whether a request is in flight.
    pub fn is_busy(&self) -> bool {
        self.is_busy.load(Ordering::Relaxed)
    }
}

/// Counts a request as in flight, from its head to the end of its response.
pub struct InFlight {
    pub shared: Arc<Shared>,
    pub connection: Arc<ConnectionState>,
}

impl InFlight {
    pub fn new(shared: Arc<Shared>, connection: Arc<ConnectionState>) -> Self {
        shared.counts.requests.fetch_add(1, Ordering::Relaxed);
        shared.counts.in_flight.fetch_add(1, Ordering::Relaxed);
        connection.is_busy.store(true, Ordering::Relaxed);
        Self { shared, connection }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.shared.counts.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.connection.is_busy.store(false, Ordering::Relaxed);
    }
}
