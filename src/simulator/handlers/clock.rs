//! `/_simulator/clock`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use crate::api::control::{ClockRequest, ClockState};
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::respond::ok;
use crate::simulator::store::{Scope, Store};
use crate::simulator::validate::{self, RawBody};
use crate::simulator::webhooks::{self, WebhookState};

const COMMANDS: &str = r#""freeze", "resume", {"advance": MILLISECONDS} or {"speed": FACTOR}"#;

/// Returns the clock.
pub async fn show(scope: Scope) -> HandlerResult {
    let (now, body) = scope
        .read(|reader| {
            Ok(ClockState {
                now: reader.now,
                real: reader.real,
                rate: reader.clock.rate,
            })
        })
        .await?;
    Ok(ok(now, &body))
}

/// Freezes, resumes, advances or speeds up the clock.
pub async fn command(
    State(store): State<Arc<Store>>,
    Extension(webhook_state): Extension<Arc<WebhookState>>,
    scope: Scope,
    body: RawBody,
) -> HandlerResult {
    let command: ClockRequest = validate::parse_command(body, COMMANDS)?;
    if let ClockRequest::Advance(ahead) = command {
        // Webhooks that fall due on the way are delivered first, each at its own time.
        let advanced = webhooks::advance(store, &webhook_state, ahead).await?;
        let body = advanced.map_err(|error| ApiErrorResponse::invalid(error.to_string()))?;
        return Ok(ok(body.now, &body));
    }
    let (_, changed) = scope
        .write(move |writer| {
            let clock = match writer.clock.after(&command, writer.real) {
                Ok(clock) => clock,
                Err(error) => return Ok(Err(ApiErrorResponse::invalid(error.to_string()))),
            };
            writer.set_clock(&clock)?;
            Ok(Ok(ClockState {
                now: clock.now(writer.real),
                real: writer.real,
                rate: clock.rate,
            }))
        })
        .await?;
    let body = changed?;
    Ok(ok(body.now, &body))
}
