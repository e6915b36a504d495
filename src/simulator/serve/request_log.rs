//! A log with one entry for each request. `simulator serve` prints the entries, and `simulator run` counts them.

use std::time::{Duration, Instant};

use axum::response::Response;
use http::{Method, Request};
use tokio::sync::mpsc;

use crate::api::IDEMPOTENT_REPLAY;
use crate::host::Clock;
use crate::simulator::auth::{self, LiveKeyRejected};
use crate::simulator::faults::{Fault, FaultName};

/// The sending side of a channel that receives each request once its response is ready.
pub type RequestLog = mpsc::UnboundedSender<ServedRequest>;

/// A request, and how the server responded to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedRequest {
    /// When the head of the request was received, in milliseconds of real time since the Unix epoch.
    pub at: i64,
    /// The HTTP method, such as `POST`.
    pub method: Method,
    /// The path of the URL, such as `/v1/send/welcome`, without the query.
    pub path: String,
    /// The status code of the response. `None` if a simulated fault prevents the response.
    pub status: Option<u16>,
    /// The time from the head of the request until the response was ready.
    pub duration: Duration,
    /// The name of the fault that the recipient simulates, such as `timeout`. `None` if there is no fault.
    pub fault: Option<&'static str>,
    /// The name of the namespace that the API key selects. `None` for the main namespace.
    pub namespace: Option<String>,
    /// Whether the response was copied from an earlier send with the same idempotency key.
    pub is_replay: bool,
    /// Whether the request was rejected because it has a production API key.
    pub is_rejected_live_key: bool,
}

/// The log entry of a request that has no response yet.
pub struct PendingEntry {
    start: Instant,
    request: ServedRequest,
}

impl PendingEntry {
    pub fn new<B>(clock: &Clock, request: &Request<B>) -> Self {
        Self {
            start: Instant::now(),
            request: ServedRequest {
                at: clock.now(),
                method: request.method().clone(),
                path: request.uri().path().to_owned(),
                status: None,
                duration: Duration::ZERO,
                fault: None,
                namespace: auth::namespace_name(request.headers()),
                is_replay: false,
                is_rejected_live_key: false,
            },
        }
    }

    /// Returns the finished log entry, with the data of the response.
    pub fn complete(self, response: &Response) -> ServedRequest {
        let extensions = response.extensions();
        let is_sent = extensions.get::<Fault>().is_none();
        ServedRequest {
            status: is_sent.then_some(response.status().as_u16()),
            duration: self.start.elapsed(),
            fault: extensions.get::<FaultName>().map(|FaultName(name)| *name),
            is_replay: response.headers().contains_key(IDEMPOTENT_REPLAY),
            is_rejected_live_key: extensions.get::<LiveKeyRejected>().is_some(),
            ..self.request
        }
    }
}
