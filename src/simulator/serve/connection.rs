//! One connection: requests one after the other, each through the door, the router, and what a recipient makes of the
//! answer.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use futures_util::FutureExt;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::acting::{self, Cut};
use super::wire::Wire;
use super::{ServedRequest, Shared};
use crate::simulator::faults::Spoiled;
use crate::simulator::refused::Refused;

/// How long a connection may take for the head of its next request, and so how long an idle one is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest head that is read at all; a shorter one that is still too long gets a better answer.
const LONGEST_BUFFER: usize = 160 * 1024;
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
                    converse(stream, shared, HEAD_TIMEOUT).await;
                    drop(alive);
                });
            }
            // What concerns one connection is over with it; no room for another may last.
            Err(_) => tokio::time::sleep(NO_ROOM).await,
        }
    }
}

/// Answers the requests of one connection until it ends, or the server is to stop.
pub async fn converse(stream: TcpStream, shared: Arc<Shared>, head_timeout: Duration) {
    // Refused, answers are only slower.
    drop(stream.set_nodelay(true));
    let reset = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Wire::new(stream, Arc::clone(&reset)));
    let service = service_fn(|request| answer(Arc::clone(&shared), request, Arc::clone(&reset)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(LONGEST_BUFFER)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    // How a connection ends concerns nobody but its client.
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        () = shared.stop() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}

/// Counts a request as long as it is in flight.
struct InFlight<'a>(&'a Shared);

impl<'a> InFlight<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.counts.requests.fetch_add(1, Ordering::Relaxed);
        shared.counts.busy.fetch_add(1, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.counts.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    reset: Arc<AtomicBool>,
) -> Result<Response, Cut> {
    let _in_flight = InFlight::new(&shared);
    let asked = shared.log.as_ref().map(|_| Asked::new(&shared, &request));
    let response = match shared.door.check(&request) {
        Ok(()) => {
            let request = shared.door.let_in(request.map(Body::new));
            let routed = AssertUnwindSafe(shared.router.clone().oneshot(request));
            match routed.catch_unwind().await {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(_) => Refused::broken().simulated(),
            }
        }
        Err(refused) => refused.simulated(),
    };
    if let (Some(log), Some(asked)) = (&shared.log, asked) {
        // Nobody listens any more when the server is about to end.
        drop(log.send(asked.told(&response)));
    }
    acting::act(response, &reset, &shared).await
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
            },
        }
    }

    fn told(self, response: &Response) -> ServedRequest {
        let fault = response.extensions().get::<Spoiled>();
        ServedRequest {
            status: (!acting::is_silent(response)).then_some(response.status().as_u16()),
            took: self.start.elapsed(),
            fault: fault.map(|Spoiled(word)| *word),
            ..self.request
        }
    }
}
