//! What the request handlers and the dispatcher of one process share, and the middleware that wakes the dispatcher.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use tokio::sync::Notify;

use super::rules::WebhookRules;

#[derive(Debug, Default)]
pub struct WebhookState {
    pub rules: WebhookRules,
    pub work_available: Notify,
    /// Whether there was an active endpoint when the dispatcher last read the file: without one, a send makes no work for
    /// it.
    pub has_active_endpoint: AtomicBool,
}

impl WebhookState {
    pub fn new(rules: WebhookRules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }
}

/// Wakes the dispatcher after each request that may have changed what is due.
pub async fn notify_dispatcher(
    State(webhook_state): State<Arc<WebhookState>>,
    request: Request,
    next: Next,
) -> Response {
    let may_change = *request.method() != Method::GET;
    let is_send = request.uri().path().starts_with("/v1/send/");
    let response = next.run(request).await;
    if may_change && (!is_send || webhook_state.has_active_endpoint.load(Ordering::Relaxed)) {
        webhook_state.work_available.notify_one();
    }
    response
}
