//! The state that all connections of a server share, the state of each connection, and the state of each request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;

use super::host_policy::HostPolicy;
use super::request_log::RequestLog;
use crate::host::Clock;

pub struct Shared {
    pub router: Router,
    pub host_policy: HostPolicy,
    pub log: Option<RequestLog>,
    pub clock: Clock,
    pub counts: Arc<Counts>,
    pub shutdown: watch::Receiver<bool>,
    /// How long a client may take to send the head of a request, and then again to send the body.
    pub client_timeout: Duration,
}

/// How many requests a server has received, and how many of them are in flight.
#[derive(Default)]
pub struct Counts {
    pub requests: AtomicU64,
    pub in_flight: AtomicUsize,
}

impl Shared {
    pub async fn wait_for_shutdown(&self) {
        let mut shutdown = self.shutdown.clone();
        // An error means that the server has been dropped, which counts as a shutdown, too.
        drop(shutdown.wait_for(|is_stopping| *is_stopping).await);
    }
}

#[derive(Default)]
pub struct ConnectionState {
    /// Whether the connection is to end with a reset instead of a normal close.
    pub reset: Arc<AtomicBool>,
    /// Whether a request of the connection is in flight.
    pub is_busy: AtomicBool,
}

/// A guard that counts a request as in flight, from its head to the end of its response.
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
