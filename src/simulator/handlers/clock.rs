//! `/_simulator/clock`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use crate::api::control::ClockRequest;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::respond::ok;
use crate::simulator::store::{Scope, Store};
use crate::simulator::validate::{self, RawBody};
use crate::simulator::webhooks::{self, WebhookState};

const COMMANDS: &str = r#""freeze", "resume", {"advance": MILLISECONDS} or {"speed": FACTOR}"#;

/// Returns the clock.
pub async fn show(scope: Scope) -> HandlerResult {
    let state = scope.read(|reader| Ok(reader.clock.state(reader.real)));
    let (now, state) = state.await?;
    Ok(ok(now, &state))
}

/// Freezes, resumes, advances or speeds up the clock.
pub async fn command(
    State(store): State<Arc<Store>>,
    Extension(webhook_state): Extension<Arc<WebhookState>>,
    scope: Scope,
    body: RawBody,
) -> HandlerResult {
    let command: ClockRequest = validate::parse_command(body, COMMANDS)?;
    let changed = match command {
        // Webhooks that fall due on the way are delivered first, each at its own time.
        ClockRequest::Advance(ahead) => webhooks::advance(store, &webhook_state, ahead).await?,
        command => {
            scope
                .write(move |writer| writer.change_clock(&command))
                .await?
                .1
        }
    };
    let state = changed.map_err(|error| ApiErrorResponse::invalid(error.to_string()))?;
    Ok(ok(state.virtual_time.as_millisecond(), &state))
}
