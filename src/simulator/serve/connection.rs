//! One connection: requests one after the other, each through the door, the router, and what a recipient makes of the
//! answer.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
use super::inject_faults::{self, Cut};
use super::{ServedRequest, Shared};
use crate::api::IDEMPOTENT_REPLAY;
use crate::simulator::auth::{self, LiveKeyRejected};
use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::faults::Spoiled;

/// The longest head that is read at all; a shorter one that is still too long gets a better answer.
const LONGEST_BUFFER: usize = 160 * 1024;
/// How long a server that is to stop waits for a head that is not whole, or for an answer to be taken.
const LAST: Duration = Duration::from_secs(1);
/// How long to wait when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(50);

/// Takes connections until the server is to stop.
pub async fn accept(listener: TcpListener, shared: Arc<Shared>, alive: mpsc::Sender<Infallible>) {
    let mut stop = pin!(shared.stop());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (shared, alive) = (Arc::clone(&shared), alive.clone());
                tokio::spawn(async move {
                    serve_connection(stream, shared).await;
                    drop(alive);
                });
            }
            // What concerns one connection is over with it; no room for another may last.
            Err(_) => tokio::time::sleep(NO_ROOM).await,
        }
    }
}

/// Answers the requests of one connection until it ends, or the server is to stop.
pub async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    // ApiErrorResponse, answers are only slower.
    drop(stream.set_nodelay(true));
    let course = Arc::<ConnectionState>::default();
    let io = TokioIo::new(FaultyStream::new(stream, Arc::clone(&course.reset)));
    let service = service_fn(|request| answer(Arc::clone(&shared), request, Arc::clone(&course)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.patience)
        .max_buf_size(LONGEST_BUFFER)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    // How a connection ends concerns nobody but its client.
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        () = shared.stop() => {
            connection.as_mut().graceful_shutdown();
            while tokio::time::timeout(LAST, connection.as_mut()).await.is_err()
                && course.busy.load(Ordering::Relaxed)
            {}
        }
    }
}

/// What is known of one connection.
#[derive(Default)]
pub struct ConnectionState {
    /// How it ends.
    pub reset: Arc<AtomicBool>,
    /// Whether a request is in flight.
    busy: AtomicBool,
}

/// A request that is in flight, from its head to the end of its answer.
pub struct InFlight {
    /// What all connections share.
    pub shared: Arc<Shared>,
    /// Its connection.
    pub course: Arc<ConnectionState>,
}

impl InFlight {
    fn new(shared: Arc<Shared>, course: Arc<ConnectionState>) -> Self {
        shared.counts.requests.fetch_add(1, Ordering::Relaxed);
        shared.counts.busy.fetch_add(1, Ordering::Relaxed);
        course.busy.store(true, Ordering::Relaxed);
        Self { shared, course }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.shared.counts.busy.fetch_sub(1, Ordering::Relaxed);
        self.course.busy.store(false, Ordering::Relaxed);
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    course: Arc<ConnectionState>,
) -> Result<Response, Cut> {
    let in_flight = InFlight::new(Arc::clone(&shared), course);
    let query_params = shared.log.as_ref().map(|_| Asked::new(&shared, &request));
    let response = match shared.host_policy.check(&request) {
        Ok(()) => {
            let request = shared.host_policy.admit(request.map(Body::new));
            route(&shared, request).await
        }
        Err(refused) => refused.into_simulated(),
    };
    if let (Some(log), Some(query_params)) = (&shared.log, query_params) {
        // Nobody listens any more when the server is about to end.
        drop(log.send(query_params.told(&response)));
    }
    inject_faults::act(response, in_flight).await
}

/// Has the router answer. Nothing that a client sends or leaves out takes an answer from it.
async fn route(shared: &Shared, request: Request<Body>) -> Response {
    let is_whole = request.body().is_end_stream();
    let routed = AssertUnwindSafe(shared.router.clone().oneshot(request)).catch_unwind();
    let routed = if is_whole {
        Ok(routed.await)
    } else {
        tokio::time::timeout(shared.patience, routed).await
    };
    match routed {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(never))) => match never {},
        Ok(Err(_panicked)) => ApiErrorResponse::internal().into_simulated(),
        Err(_) => {
            let status = StatusCode::REQUEST_TIMEOUT;
            let late =
                ApiErrorResponse::new(status, "VALIDATION_ERROR", "The body did not come in time");
            late.into_simulated()
        }
    }
}

/// A request that is to be told.
struct Asked {
    start: Instant,
    request: ServedRequest,
}

impl Asked {
    fn new(shared: &Shared, request: &Request<Incoming>) -> Self {
        Self {
            start: Instant::now(),
            request: ServedRequest {
                at: shared.clock.now(),
                method: request.method().clone(),
                path: request.uri().path().to_owned(),
                status: None,
                took: Duration::ZERO,
                fault: None,
                run: auth::namespace_name(request.headers()),
                replayed: false,
                is_live: false,
            },
        }
    }

    fn told(self, response: &Response) -> ServedRequest {
        let fault = response.extensions().get::<Spoiled>();
        ServedRequest {
            status: (!inject_faults::is_silent(response)).then_some(response.status().as_u16()),
            took: self.start.elapsed(),
            fault: fault.map(|Spoiled(word)| *word),
            replayed: response.headers().contains_key(IDEMPOTENT_REPLAY),
            is_live: response.extensions().get::<LiveKeyRejected>().is_some(),
            ..self.request
        }
    }
}
