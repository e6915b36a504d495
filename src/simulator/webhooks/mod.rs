//! Webhooks: events are planned with a message's life and stored in the same transaction; they go out when they are due,
//! in order for each message, at least once, signed.
//!
//! `events` says which there are and what they tell; `endpoints` answers `/v1/webhooks`, `control` the control plane.
//! `delivery_pool` attempts what is due with `deliver`: for the [`Dispatcher`], which runs beside a port, and for an order to move
//! the clock, which waits for everything that happens on the way.

mod advance;
pub mod control;
mod deliver;
mod delivery_pool;
mod dispatcher;
pub mod endpoints;
mod events;

pub use advance::advance;
pub use dispatcher::Dispatcher;
pub use endpoints::{RegisterError, Registered};
pub use events::{EventKind, PlannedEvent, payload, planned};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use tokio::sync::Notify;

/// Where webhooks may go, and how long one attempt may take.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Hosts that are allowed beside this machine.
    pub allowed: Vec<String>,
    /// How long a receiver has to answer.
    pub limit: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            allowed: Vec::new(),
            limit: Duration::from_secs(10),
        }
    }
}

/// What the parts of one process that have to do with webhooks share.
#[derive(Debug, Default)]
pub struct WebhookState {
    /// Where webhooks may go.
    rules: Rules,
    /// Wakes the dispatcher.
    wake: Notify,
    /// Whether there was an endpoint when the dispatcher last looked: only then a send is worth waking it.
    watching: AtomicBool,
}

impl WebhookState {
    /// Returns a hub with rules.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }
}

/// Wakes the dispatcher after whatever may have changed what is due.
pub async fn notify_dispatcher(
    State(webhook_state): State<Arc<WebhookState>>,
    request: Request,
    next: Next,
) -> Response {
    let may_change = *request.method() != Method::GET;
    let send = request.uri().path().starts_with("/v1/send/");
    let response = next.run(request).await;
    if may_change && (!send || webhook_state.watching.load(Ordering::Relaxed)) {
        webhook_state.wake.notify_one();
    }
    response
}
