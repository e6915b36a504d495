//! Calls the router inside the process: no socket, no thread, no daemon.

use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use tower::ServiceExt;

use super::Simulator;

impl Simulator {
    /// Answers a request. The response's extensions may hold a [`super::Fault`], which the caller's transport must act
    /// out.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let answered = self.service().oneshot(request.map(Body::from)).await;
        let (parts, body) = match answered {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(parts, bytes.into()),
            // The router's bodies are in memory: this cannot happen, and if it does it is a failure of the service.
            Err(_) => {
                let mut failed = Response::new(Vec::new());
                *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                failed
            }
        }
    }
}
