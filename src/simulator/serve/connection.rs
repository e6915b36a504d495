//! Accepts client connections and serves them. Each request is checked and routed. If the recipient in a request
//! simulates a fault, such as a timeout, the fault is applied to the response.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use futures_util::FutureExt;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::faulty_stream::FaultyStream;
use super::inject_faults::{self, InjectedCut};
use super::request_log::PendingEntry;
use super::shared::{ConnectionState, InFlight, Shared};
use crate::simulator::auth::LiveKeysAccepted;
use crate::simulator::error_response::ApiErrorResponse;

/// The size of hyper's read buffer, in bytes. If a request's head is larger, hyper itself rejects the request, without
/// a JSON body. The size is more than `MAX_HEAD` of the host policy, so that a head between the two limits gets a 431
/// response with a JSON body.
const MAX_BUFFER: usize = 160 * 1024;
/// How long a connection without a request in flight stays open after a shutdown has begun.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
/// How long to wait after an error when accepting a connection, such as too many open files.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Accepts connections until the server shuts down. Every connection keeps a clone of `open`, so the channel closes
/// when the last connection has ended.
pub async fn accept(listener: TcpListener, shared: Arc<Shared>, open: mpsc::Sender<Infallible>) {
    let mut shutdown = pin!(shared.wait_for_shutdown());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (shared, open) = (Arc::clone(&shared), open.clone());
                tokio::spawn(async move {
                    serve_connection(stream, shared).await;
                    drop(open);
                });
            }
            // If file descriptors are lacking, the next call fails, too. Without a pause, this loop would spin.
            Err(_) => tokio::time::sleep(ACCEPT_BACKOFF).await,
        }
    }
}

/// Responds to the requests of one connection, until the connection ends or the server shuts down.
pub async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    // If this fails, responses are only slower.
    drop(stream.set_nodelay(true));
    let state = Arc::<ConnectionState>::default();
    let io = TokioIo::new(FaultyStream::new(stream, Arc::clone(&state.reset)));
    let service = service_fn(|request| respond(Arc::clone(&shared), request, Arc::clone(&state)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.client_timeout)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    tokio::select! {
        // The client caused any error here: it closed the connection, or did not send HTTP.
        ended = connection.as_mut() => drop(ended),
        () = shared.wait_for_shutdown() => {
            connection.as_mut().graceful_shutdown();
            while tokio::time::timeout(SHUTDOWN_GRACE, connection.as_mut()).await.is_err()
                && state.is_busy.load(Ordering::Relaxed)
            {}
        }
    }
}

async fn respond(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    connection: Arc<ConnectionState>,
) -> Result<Response, InjectedCut> {
    let in_flight = InFlight::new(Arc::clone(&shared), connection);
    let log = shared.log.as_ref();
    let entry = log.map(|log| (log, PendingEntry::new(&shared.clock, &request)));
    let response = match shared.host_policy.check(&request) {
        Ok(()) => {
            let mut request = request.map(Body::new);
            if shared.host_policy.accept_live_keys {
                request.extensions_mut().insert(LiveKeysAccepted);
            }
            route(&shared, request).await
        }
        Err(error) => error.into_simulated(),
    };
    if let Some((log, entry)) = entry {
        // This fails only if the receiver was dropped, because the server is about to end.
        drop(log.send(entry.complete(&response)));
    }
    inject_faults::apply(response, in_flight).await
}

/// Passes a request to the router. Returns a response even if the request body does not arrive or a handler panics.
async fn route(shared: &Shared, request: Request<Body>) -> Response {
    let has_body = !request.body().is_end_stream();
    let routed = AssertUnwindSafe(shared.router.clone().oneshot(request)).catch_unwind();
    let routed = if has_body {
        match tokio::time::timeout(shared.client_timeout, routed).await {
            Ok(routed) => routed,
            Err(_) => {
                let (status, error) = (
                    StatusCode::REQUEST_TIMEOUT,
                    "The body did not arrive in time",
                );
                return ApiErrorResponse::new(status, "VALIDATION_ERROR", error).into_simulated();
            }
        }
    } else {
        routed.await
    };
    match routed {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_panic) => ApiErrorResponse::internal().into_simulated(),
    }
}
