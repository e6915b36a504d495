//! Calls the router in process: no socket, thread or daemon.

use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use tower::ServiceExt;

use super::handle::Simulator;

impl Simulator {
    /// Returns the response to a request. Its extensions may hold a [`super::Fault`], which the caller's transport must
    /// simulate.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let result = self.service().oneshot(request.map(Body::from)).await;
        let (parts, body) = match result {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(parts, bytes.into()),
            // Cannot happen, because the router's bodies are in memory; if it does, the simulator is at fault.
            Err(_) => {
                let mut response = Response::new(Vec::new());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }
}
