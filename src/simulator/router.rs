//! Builds the router: the routes, the middleware around them, and the responses for unknown paths and methods.
//! [`Simulator::call`] passes a request to the router in process, without a socket.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http::{HeaderValue, Method, StatusCode, Uri};
use tower::ServiceExt;

use super::auth::{authenticate, is_below};
use super::error_response::ApiErrorResponse;
use super::handle::Simulator;
use super::respond::RespondedAt;
use super::routes::{has_route, routes};
use super::store::Store;
use super::validate::{MAX_REQUEST_BYTES, check_content_type};
use super::webhooks::notify_dispatcher;
use crate::api::{SIMULATED, VIRTUAL_TIME};
use crate::model::from_millis;

impl Simulator {
    /// Returns the router. The first call builds it; later calls return clones.
    pub fn service(&self) -> Router {
        self.cached_router.get_or_init(|| self.router()).clone()
    }

    /// Builds the router. If a response has a [`Fault`](super::Fault) among its extensions, the transport must simulate
    /// that fault instead of sending the response.
    pub fn router(&self) -> Router {
        let store = || Arc::clone(&self.store);
        let webhook_state = || Arc::clone(&self.webhook_state);
        routes()
            .fold(Router::new(), |router, route| {
                router.route(route.path, route.handler)
            })
            .route_layer(from_fn(require_json))
            .fallback(unknown_path)
            .method_not_allowed_fallback(wrong_method)
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
            .layer(from_fn(authenticate))
            .layer(from_fn_with_state(store(), add_headers))
            .layer(from_fn_with_state(webhook_state(), notify_dispatcher))
            .layer(Extension(webhook_state()))
            .with_state(store())
    }

    /// Processes a request in process, without a network. If the response has a [`super::Fault`] among its extensions,
    /// the caller must simulate that fault instead of using the response.
    pub async fn call(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let result = self.service().oneshot(request.map(Body::from)).await;
        let (parts, body) = match result {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => http::Response::from_parts(parts, bytes.into()),
            // Cannot happen, because the bodies of all responses are in memory.
            Err(_) => {
                let mut response = http::Response::new(Vec::new());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }
}

/// Returns 415 for a request whose body is not declared as JSON. Wraps the routes only, so that a request to an unknown
/// path does not get a 415.
async fn require_json(request: Request, next: Next) -> Response {
    match check_content_type(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn add_headers(State(store): State<Arc<Store>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let now = match response.extensions_mut().remove::<RespondedAt>() {
        Some(RespondedAt(now)) => Some(now),
        // If the file cannot be read, the response is sent without the virtual time.
        None => store.read(|reader| Ok(reader.now)).await.ok(),
    };
    let headers = response.headers_mut();
    headers.insert(SIMULATED, HeaderValue::from_static("true"));
    let time = now.map(|now| HeaderValue::from_str(&from_millis(now).to_string()));
    if let Some(Ok(time)) = time {
        headers.insert(VIRTUAL_TIME, time);
    }
    response
}

async fn unknown_path(uri: Uri) -> ApiErrorResponse {
    let path = uri.path();
    let without_slash = path.strip_suffix('/');
    if let Some(known) = without_slash.filter(|path| has_route(path)) {
        let error = format!("No route for {path}: use {known}, without the trailing slash");
        return ApiErrorResponse::not_found(error);
    }
    if is_below(&uri, "/v1") {
        return ApiErrorResponse::new(
            StatusCode::NOT_IMPLEMENTED,
            "NOT_SIMULATED",
            format!(
                "The simulator does not implement {path}; the fidelity table in the README lists what it implements"
            ),
        );
    }
    ApiErrorResponse::not_found(format!("No route for {path}"))
}

async fn wrong_method(method: Method, uri: Uri) -> ApiErrorResponse {
    ApiErrorResponse::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        format!("{} does not accept {method}", uri.path()),
    )
}
