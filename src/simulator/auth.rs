//! Authentication: checks the API key of a request. The key also selects the namespace.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};

use super::error_response::ApiErrorResponse;
use super::store::{Scope, Store};
use crate::api::{ApiKey, Environment};

/// A request extension that makes the simulator accept production keys, which it rejects by default.
#[derive(Clone, Copy)]
pub struct LiveKeysAccepted;

/// A response extension that marks a request as rejected because its API key is a production key.
#[derive(Clone, Copy)]
pub struct LiveKeyRejected;

/// Limits access to the store to the namespace that the request's API key selects. A control-plane request without a
/// key uses the main namespace.
impl FromRequestParts<Arc<Store>> for Scope {
    type Rejection = ApiErrorResponse;

    async fn from_request_parts(
        parts: &mut Parts,
        store: &Arc<Store>,
    ) -> Result<Self, ApiErrorResponse> {
        let namespace = if parts.headers.contains_key(AUTHORIZATION) {
            parse_key(&parts.headers)?.namespace().map(Into::into)
        } else {
            None
        };
        Ok(Self::new(Arc::clone(store), namespace))
    }
}

/// Returns 401 for a request below `/v1` that has no valid API key. Wraps the whole router, so that an unknown path
/// below `/v1` requires a key, too.
pub async fn authenticate(request: Request, next: Next) -> Response {
    if !is_below(request.uri(), "/v1") {
        return next.run(request).await;
    }
    let key = match parse_key(request.headers()) {
        Ok(key) => key,
        Err(error) => return error.into_response(),
    };
    let is_live = key.environment() == Environment::Production;
    let accepts_live = request.extensions().get::<LiveKeysAccepted>().is_some();
    let error = if is_placeholder(&key) {
        "Invalid API key"
    } else if is_live && !accepts_live {
        "Invalid API key: the simulator accepts test_ keys only"
    } else {
        return next.run(request).await;
    };
    let mut response = unauthorized(error).into_response();
    if is_live {
        response.extensions_mut().insert(LiveKeyRejected);
    }
    response
}

/// Returns whether the path is `root` or lies below it: `/v1` and `/v1/send` are below `/v1`, but `/v10` is not.
pub fn is_below(uri: &Uri, root: &str) -> bool {
    let rest = uri.path().strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the name of the namespace that a request's key selects, such as `ci` for the key `test_run_ci`. `None` for
/// the main namespace, and for a missing or invalid key.
pub fn namespace_name(headers: &HeaderMap) -> Option<String> {
    parse_key(headers).ok()?.namespace().map(str::to_owned)
}

fn parse_key(headers: &HeaderMap) -> Result<ApiKey, ApiErrorResponse> {
    let key = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .and_then(|(_, token)| ApiKey::parse(token).ok())
        .ok_or_else(|| unauthorized("Invalid API key"))?;
    if key.has_invalid_namespace() {
        return Err(unauthorized(
            "Invalid API key: the namespace after `test_run_` may contain letters, digits, `.`, `-` and `_` only",
        ));
    }
    Ok(key)
}

fn unauthorized(error: &str) -> ApiErrorResponse {
    ApiErrorResponse::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", error)
}

/// Returns whether a key consists of zeros after its prefix. Code samples contain such keys, and the tests of the
/// official SDKs use one as an example of an invalid key.
fn is_placeholder(key: &ApiKey) -> bool {
    let rest = key.expose().split_once('_').map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte == b'0'))
}
