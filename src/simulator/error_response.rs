//! Requests that are refused: the documented error body, with the HTTP status.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use super::store::StoreError;
use crate::api::{ErrorBody, SIMULATED};

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiErrorResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body; boxed, so that a result that is no refusal stays small.
    pub body: Box<ErrorBody>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

impl ApiErrorResponse {
    /// Makes a refusal with a stable word, one of the service's skill file or `model/help_topics.rs` where there is one.
    pub fn new(status: StatusCode, code: &str, error: impl Into<String>) -> Self {
        Self {
            status,
            body: Box::new(ErrorBody {
                error: error.into(),
                code: Some(code.to_owned()),
                ..ErrorBody::default()
            }),
            retry_after: None,
        }
    }

    /// Makes a refusal with nothing but a text: the bodies that the service documents have no stable word.
    pub fn documented(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            body: Box::new(ErrorBody {
                error: error.into(),
                ..ErrorBody::default()
            }),
            retry_after: None,
        }
    }

    /// Makes a 400 that names the field which is wrong.
    pub fn field(field: &str, error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", error).about(field)
    }

    /// Makes a 400 for a request that is wrong as a whole.
    pub fn invalid(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", error)
    }

    /// Makes a 404.
    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", error)
    }

    /// Makes a 500 for a fault of the simulator itself.
    pub fn broken() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(
            status,
            "SERVER_ERROR",
            "The simulator failed; please report this",
        )
    }

    /// Returns the answer for a request that the router never sees.
    pub fn simulated(self) -> Response {
        let mut response = self.into_response();
        let headers = response.headers_mut();
        headers.insert(SIMULATED, HeaderValue::from_static("true"));
        response
    }

    /// Names the field which is wrong.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.body.field = Some(field.to_owned());
        self
    }
}

impl From<StoreError> for ApiErrorResponse {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::Unfinished => StatusCode::INTERNAL_SERVER_ERROR,
            _ if error.may_pass() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self::new(status, "STORAGE", error.to_string())
    }
}

impl IntoResponse for ApiErrorResponse {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &self.body);
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Returns an answer with a JSON body.
pub fn json<T: serde::Serialize>(status: StatusCode, body: &T) -> Response {
    // The bodies are structs with text keys: they always have a JSON form.
    let body = serde_json::to_vec(body).unwrap_or_default();
    json_text(status, body)
}

/// Returns an answer with a body that is JSON already, or pretends to be.
pub fn json_text(status: StatusCode, body: Vec<u8>) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, JSON)], body).into_response()
}
