//! Error responses of the API: an HTTP status with the JSON body that the service documents for errors.

use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::respond::json;
use crate::api::{ErrorBody, SIMULATED};

pub type HandlerResult = Result<Response, ApiErrorResponse>;

#[derive(Debug, Clone, PartialEq)]
pub struct ApiErrorResponse {
    pub status: StatusCode,
    /// Boxed, because a large error type makes every `Result` large.
    pub body: Box<ErrorBody>,
    /// The value of the header `Retry-After`, in seconds; `None` omits the header.
    pub retry_after: Option<u32>,
}

impl ApiErrorResponse {
    /// Creates an error with a code. If the service's skill file or `model/help_topics` has a code for the error, use
    /// that code.
    pub fn new(status: StatusCode, code: &str, error: impl Into<String>) -> Self {
        let mut response = Self::documented(status, error);
        response.body.code = Some(code.to_owned());
        response
    }

    /// Creates an error without a code. Use this function for errors whose body the service documents, because no
    /// documented body has a code.
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

    pub fn field(field: &str, error: impl Into<String>) -> Self {
        Self::invalid(error).with_field(field)
    }

    pub fn field_with_code(field: &str, code: &str, error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, error).with_field(field)
    }

    /// Creates a 400 for an invalid field, with a message such as "`all` must be true or false".
    pub fn wrong_value(field: &str, expected: &str) -> Self {
        Self::field(field, format!("`{field}` must be {expected}"))
    }

    /// Creates a 400 whose body names no field. For an invalid field, use [`Self::field`].
    pub fn invalid(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", error)
    }

    pub fn conflict(error: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "CONFLICT", error)
    }

    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", error)
    }

    /// Creates a 500 for a bug in the simulator.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SERVER_ERROR",
            "The simulator failed; please report this",
        )
    }

    /// Converts the error into a response and adds the header [`SIMULATED`]. Use this function for errors that the
    /// router does not return, because the router adds the header to its own responses.
    pub fn into_simulated(self) -> Response {
        let mut response = self.into_response();
        let simulated = HeaderValue::from_static("true");
        response.headers_mut().insert(SIMULATED, simulated);
        response
    }

    #[must_use]
    pub fn with_field(mut self, field: &str) -> Self {
        self.body.field = Some(field.to_owned());
        self
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
