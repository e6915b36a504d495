//! Control-plane handlers for resets, readiness checks and the OpenAPI document.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use crate::simulator::error_response::HandlerResult;
use crate::simulator::extract::QueryParams;
use crate::simulator::openapi;
use crate::simulator::respond::{json_bytes, ok};
use crate::simulator::store::Scope;

/// The response of a simulator that is ready for requests.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReadyResponse {
    /// Always true, because a simulator that is not ready returns an error.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    ready: bool,
}

/// Deletes the data in the API key's namespace, or with `all=true` in every namespace. A reset of the main namespace or
/// of all namespaces also resets the clock.
pub async fn reset(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let all = query_params.flag("all")?;
    // A reset of another namespace must not change the clock, because all namespaces share it.
    let resets_clock = all || scope.is_main();
    let (_, (now, body)) = scope
        .write(move |writer| {
            let body = writer.reset(all)?;
            if !resets_clock {
                return Ok((writer.now, body));
            }
            writer.clear_clock()?;
            Ok((writer.real, body))
        })
        .await?;
    Ok(ok(now, &body))
}

/// Returns a 200 if the simulator's file can be read.
pub async fn ready(scope: Scope) -> HandlerResult {
    let (now, ()) = scope.read(|_| Ok(())).await?;
    Ok(ok(now, &ReadyResponse { ready: true }))
}

pub async fn openapi() -> Response {
    json_bytes(StatusCode::OK, openapi::TEXT.into())
}
