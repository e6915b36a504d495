//! HTTP responses, and the decoding of their JSON bodies.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Uri};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ApiError, SIMULATED, VIRTUAL_TIME};
use crate::model::Timestamp;

/// The maximum number of body bytes that are read from a response. Documented responses are far smaller.
pub const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub struct RawResponse {
    pub status: u16,
    pub headers: HeaderMap,
    /// The bytes of the body, which may be incomplete or not JSON.
    pub body: Vec<u8>,
    pub is_complete: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<T> {
    pub body: T,
    /// Whether the response was stored by an earlier request with the same idempotency key.
    pub replayed: bool,
    pub simulated: bool,
    /// The simulator's virtual time of the response. `None` in responses of the live service, which has no virtual
    /// time.
    pub server_time: Option<Timestamp>,
}

/// Why the body of a 2xx response cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[error("the response (HTTP {status}, {length} bytes) {}", self.reason())]
pub struct DecodeError {
    pub status: u16,
    pub length: usize,
    pub is_complete: bool,
    /// Whether the body is an HTML page. Such a page comes from a proxy or from the login page of a network, not from
    /// the service.
    pub page: bool,
    pub source: serde_json::Error,
}

impl<T> Decoded<T> {
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Decoded<U> {
        Decoded {
            body: convert(self.body),
            replayed: self.replayed,
            simulated: self.simulated,
            server_time: self.server_time,
        }
    }
}

impl DecodeError {
    fn reason(&self) -> &'static str {
        match (self.page, self.is_complete) {
            (true, _) => "is an HTML page, not JSON",
            (false, true) => "is not the documented JSON",
            (false, false) if self.length >= MAX_RESPONSE_BYTES => "is longer than 8 MiB",
            (false, false) => "was truncated",
        }
    }
}

impl RawResponse {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn decode<T: DeserializeOwned>(&self) -> Result<Decoded<T>, DecodeError> {
        let body = serde_json::from_slice(&self.body).map_err(|source| DecodeError {
            status: self.status,
            length: self.body.len(),
            is_complete: self.is_complete,
            page: self.is_page(),
            source,
        })?;
        Ok(Decoded {
            body,
            replayed: self.header(super::IDEMPOTENT_REPLAY) == Some("true"),
            simulated: self.is_simulated(),
            server_time: self.header(VIRTUAL_TIME).and_then(|text| text.parse().ok()),
        })
    }

    pub fn is_page(&self) -> bool {
        let content_type = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        content_type
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("text/html")
    }

    pub fn is_simulated(&self) -> bool {
        self.header(SIMULATED) == Some("true")
    }

    /// Returns whether the body of a 2xx response reports an error. Examples are `success: false` (in the service's
    /// older documentation), and a field `error` or `status: "rejected"` (in a test of the official SDK for Node).
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

    pub fn api_error(&self) -> ApiError {
        let header = |name: &str| self.header(name).map(ToOwned::to_owned);
        let mut api_error = ApiError::read(self.status, &self.body, header("x-request-id"));
        if (300..400).contains(&self.status) {
            api_error.redirect_host = header(LOCATION.as_str()).and_then(|url| host_of(&url));
        }
        api_error
    }
}

/// Returns the host of the URL of a redirect, because the rest of the URL may contain a secret. `None` if the URL is
/// relative or invalid.
fn host_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    uri.host().map(ToOwned::to_owned)
}
