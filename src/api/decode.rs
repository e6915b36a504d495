//! Answers: what came back, and what it was understood as.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Uri};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ApiError, SIMULATED, VIRTUAL_TIME};
use crate::model::Timestamp;

/// How much of an answer is read, in bytes. What the service documents is far below.
pub const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;

/// An answer as it came over the transport.
#[derive(Debug, Clone, PartialEq)]
pub struct RawResponse {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whatever it is.
    pub body: Vec<u8>,
    /// Whether that is all of the body.
    pub whole: bool,
}

/// A success with a body that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<T> {
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
#[error("the answer (HTTP {status}, {length} bytes) {}", self.fault())]
pub struct DecodeError {
    /// The HTTP status.
    pub status: u16,
    /// How long the body is, in bytes.
    pub length: usize,
    /// Whether all of it came.
    pub whole: bool,
    /// Whether it is a page: something else answered in the service's place.
    pub page: bool,
    /// What the JSON parser said.
    pub source: serde_json::Error,
}

impl DecodeError {
    fn fault(&self) -> &'static str {
        match (self.page, self.whole) {
            (true, _) => "is a page, not JSON",
            (false, true) => "is not the JSON that is documented",
            (false, false) if self.length >= MAX_RESPONSE_BYTES => "is longer than 8 MiB",
            (false, false) => "was cut short",
        }
    }
}

impl RawResponse {
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
    /// [`DecodeError`] when it is not what `T` needs.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<Decoded<T>, DecodeError> {
        let body = serde_json::from_slice(&self.body).map_err(|source| DecodeError {
            status: self.status,
            length: self.body.len(),
            whole: self.whole,
            page: self.is_page(),
            source,
        })?;
        Ok(Decoded {
            body,
            replayed: self.header(super::IDEMPOTENT_REPLAY) == Some("true"),
            simulated: self.is_simulated(),
            answered_at: self.header(VIRTUAL_TIME).and_then(|text| text.parse().ok()),
        })
    }

    /// Returns whether it is a page for people.
    pub fn is_page(&self) -> bool {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("text/html")
    }

    /// Returns whether the simulator gave it.
    pub fn is_simulated(&self) -> bool {
        self.header(SIMULATED) == Some("true")
    }

    /// Returns whether the body says no although the status says yes: `success` is false (the older documentation), there
    /// is an `error`, or the status is `rejected` (both in a test of the official SDK for Node).
    pub fn is_error_in_success(&self) -> bool {
        let Ok(Value::Object(body)) = serde_json::from_slice(&self.body) else {
            return false;
        };
        let error = match body.get("error") {
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Object(_)) => true,
            _ => false,
        };
        let is = |name: &str, value: Value| body.get(name) == Some(&value);
        error || is("success", Value::Bool(false)) || is("status", Value::from("rejected"))
    }

    /// Reads the body of an answer that is no success.
    pub fn api_error(&self) -> ApiError {
        let header = |name: &str| self.header(name).map(ToOwned::to_owned);
        let mut api_error = ApiError::read(self.status, &self.body, header("x-request-id"));
        if (300..400).contains(&self.status) {
            api_error.redirect_host = header(LOCATION.as_str()).and_then(|place| host_of(&place));
        }
        api_error
    }
}

/// Returns the host of an address; what stands behind it may be anybody's secret.
fn host_of(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    uri.host().map(ToOwned::to_owned)
}
