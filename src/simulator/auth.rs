//! Authentication: the API key of a request, and the namespace that it selects.

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

/// In a request's extensions: production keys are accepted.
#[derive(Clone, Copy)]
pub struct LiveKeysAccepted;

/// In a response's extensions: the request had a production key, and they are not accepted.
#[derive(Clone, Copy)]
pub struct LiveKeyRejected;

/// The store as the request's key sees it. A request to the control plane may have no key: it sees the main namespace.
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

/// Rejects requests to the service's API without a valid key. Layered outside the router, so that a path that does not
/// exist needs a key, too.
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

/// Returns whether a path is a root, or lies below it.
pub fn is_below(uri: &Uri, root: &str) -> bool {
    let rest = uri.path().strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the name of the namespace that a request's key selects; the main one has no name.
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

/// Keys of zeros appear in samples; the official SDKs' tests use one as the key that the service rejects.
fn is_placeholder(key: &ApiKey) -> bool {
    let rest = key.expose().split_once('_').map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte == b'0'))
}
