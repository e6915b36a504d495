//! Middleware that wakes the dispatcher.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

use super::state::WebhookState;

/// Wakes the dispatcher after each request that may have changed what is due.
pub async fn notify_dispatcher(
    State(webhook_state): State<Arc<WebhookState>>,
    request: Request,
    next: Next,
) -> Response {
    let may_change = *request.method() != Method::GET;
    let is_send = request.uri().path().starts_with("/v1/send/");
    let response = next.run(request).await;
    if may_change && (!is_send || webhook_state.has_active_endpoint()) {
        webhook_state.work_available.notify_one();
    }
    response
}
