//! State that the request handlers of a process share with the webhook dispatcher, and the middleware that wakes the
//! dispatcher.

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
    /// Wakes the webhook dispatcher when deliveries may be due.
    pub work_available: Notify,
    /// Whether any webhook endpoint was active when the dispatcher last read the file. If no endpoint was active, sends
    /// do not wake the dispatcher, because they cause no webhook events.
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

/// Wakes the webhook dispatcher after each request that may have changed which deliveries are due.
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
