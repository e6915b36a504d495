//! The log of requests, for what `simulator serve` prints and what `simulator run` counts.

use std::time::{Duration, Instant};

use axum::response::Response;
use http::{Method, Request};
use tokio::sync::mpsc;

use crate::api::IDEMPOTENT_REPLAY;
use crate::host::Clock;
use crate::simulator::auth::{self, LiveKeyRejected};
use crate::simulator::faults::{Fault, FaultName};

/// Receives each request when its response is ready.
pub type RequestLog = mpsc::UnboundedSender<ServedRequest>;

/// One request, and the status of its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedRequest {
    /// When the head was received, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The status code; none when a fault replaces the response.
    pub status: Option<u16>,
    /// The time from the head to the response.
    pub duration: Duration,
    /// The fault that the recipient requested, if any.
    pub fault: Option<&'static str>,
    /// The namespace that the key selected; none for the main one.
    pub namespace: Option<String>,
    /// Whether the response repeats that of an earlier send with the same idempotency key.
    pub is_replay: bool,
    /// Whether the request was rejected because its key is a production key.
    pub is_rejected_live_key: bool,
}

/// The entry of a request that has no response yet.
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

    /// Completes the entry with what the response contains.
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
