//! Answers: what came back, and what it was understood as.

use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{Refusal, SIMULATED, VIRTUAL_TIME};
use crate::model::Timestamp;

/// An answer as it came over the transport.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whatever it is.
    pub body: Vec<u8>,
}

/// A success with a body that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood<T> {
    /// The body.
    pub body: T,
    /// Whether it was stored under the idempotency key by an earlier request.
    pub replayed: bool,
    /// Whether the simulator gave it.
    pub simulated: bool,
    /// When the answer was made, on the clock of whoever gave it.
    pub answered_at: Option<Timestamp>,
}

/// A success (2xx) with a body that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("the answer (HTTP {status}, {length} bytes) is not the JSON that is documented")]
pub struct Unreadable {
    /// The HTTP status.
    pub status: u16,
    /// How long the body is, in bytes.
    pub length: usize,
    /// What the JSON parser said.
    pub source: serde_json::Error,
}

impl Answer {
    /// Returns whether the service took the request.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns a header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads the body of a success.
    ///
    /// # Errors
    /// [`Unreadable`] when it is not what `T` needs.
    pub fn understand<T: DeserializeOwned>(&self) -> Result<Understood<T>, Unreadable> {
        let body = serde_json::from_slice(&self.body).map_err(|source| Unreadable {
            status: self.status,
            length: self.body.len(),
            source,
        })?;
        Ok(Understood {
            body,
            replayed: self.header(super::IDEMPOTENT_REPLAY) == Some("true"),
            simulated: self.header(SIMULATED) == Some("true"),
            answered_at: self.header(VIRTUAL_TIME).and_then(|text| text.parse().ok()),
        })
    }

    /// Reads the body of an answer that is no success.
    pub fn refusal(&self) -> Refusal {
        let request_id = self.header("x-request-id").map(ToOwned::to_owned);
        Refusal::read(self.status, &self.body, request_id)
    }
}
