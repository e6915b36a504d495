//! What all connections of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;

use super::host_policy::HostPolicy;
use super::request_log::RequestLog;
use crate::host::Clock;

/// The state that all connections share.
pub struct Shared {
    pub router: Router,
    pub host_policy: HostPolicy,
    pub log: Option<RequestLog>,
    pub clock: Clock,
    pub counts: Arc<Counts>,
    pub shutdown: watch::Receiver<bool>,
    /// How long a client may take to send a head, and then a body.
    pub client_timeout: Duration,
}

/// How many requests a server has handled, and is handling.
#[derive(Default)]
pub struct Counts {
    pub requests: AtomicU64,
    pub in_flight: AtomicUsize,
}

impl Shared {
    /// Waits until the server begins to shut down.
    pub async fn wait_for_shutdown(&self) {
        let mut shutdown = self.shutdown.clone();
        // An error means that the server has been dropped, which ends it as well.
        drop(shutdown.wait_for(|is_stopping| *is_stopping).await);
    }
}
