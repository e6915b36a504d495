//! The control plane as a whole: reset, readiness, and the description of the API.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use crate::simulator::error_response::HandlerResult;
use crate::simulator::extract::QueryParams;
use crate::simulator::openapi;
use crate::simulator::respond::{json_bytes, ok};
use crate::simulator::store::Scope;

/// `GET ready`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReadyResponse {
    /// Always true.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    ready: bool,
}

/// Deletes the contents of the key's namespace, or with `all` of every namespace.
pub async fn reset(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let all = query_params.flag("all")?;
    // All namespaces share the clock: only the main one may reset it.
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

/// Returns a 200 when the file can be read.
pub async fn ready(scope: Scope) -> HandlerResult {
    let (now, ()) = scope.read(|_| Ok(())).await?;
    Ok(ok(now, &ReadyResponse { ready: true }))
}

/// Returns the OpenAPI document.
pub async fn openapi() -> Response {
    json_bytes(StatusCode::OK, openapi::TEXT.into())
}
