//! `/_simulator/clock`, which returns and changes the virtual clock.

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

pub async fn show(scope: Scope) -> HandlerResult {
    let state = scope.read(|reader| Ok(reader.clock.state(reader.real)));
    let (now, state) = state.await?;
    Ok(ok(now, &state))
}

/// Freezes, resumes or advances the clock, or sets its speed.
pub async fn command(
    State(store): State<Arc<Store>>,
    Extension(webhook_state): Extension<Arc<WebhookState>>,
    scope: Scope,
    body: RawBody,
) -> HandlerResult {
    let command: ClockRequest = validate::parse_command(body, COMMANDS)?;
    let changed = match command {
        // Delivers the webhooks that become due in between, each at its own virtual time.
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
