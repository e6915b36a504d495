//! Checks the headers and the body of a request.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error_response::ApiErrorResponse;
use crate::api::IDEMPOTENCY_KEY;

/// The maximum length of a request's body, in bytes. The service's own limit is not documented.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// The maximum length of an idempotency key, in characters. The service's own limit is not documented.
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// The body of a request, or the reason why it cannot be read.
pub type RawBody = Result<Bytes, BytesRejection>;

/// Checks that the Content-Type is JSON. POST and PATCH requests must have this header, because the service's skill
/// file requires it. Other methods may omit it; GET and HEAD are not checked. The service is assumed to reject other
/// types.
///
/// Tools that send forms by default get a clear error. The check also protects the control plane from web pages,
/// because without CORS a browser does not let a page send JSON to another origin.
pub fn check_content_type(method: &Method, headers: &HeaderMap) -> Result<(), ApiErrorResponse> {
    let is_required = match *method {
        Method::GET | Method::HEAD => return Ok(()),
        Method::POST | Method::PATCH => true,
        _ => false,
    };
    let error = match headers.get(CONTENT_TYPE) {
        None if is_required => "The request needs `Content-Type: application/json`".to_owned(),
        None => return Ok(()),
        Some(value) => {
            let essence = value.to_str().unwrap_or_default();
            let essence = essence.split(';').next().unwrap_or_default().trim();
            if essence.eq_ignore_ascii_case("application/json") {
                return Ok(());
            }
            format!("The Content-Type must be application/json, not `{essence}`")
        }
    };
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(ApiErrorResponse::new(status, "VALIDATION_ERROR", error))
}

pub fn json_object(body: RawBody) -> Result<Map<String, Value>, ApiErrorResponse> {
    match parse_json(body)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(ApiErrorResponse::invalid("The body must be a JSON object")),
    }
}

/// Parses the JSON body of a control-plane request. If the body is JSON but not a valid `T`,
/// the error message is `The body must be {expected}`.
pub fn parse_command<T: DeserializeOwned>(
    body: RawBody,
    expected: &str,
) -> Result<T, ApiErrorResponse> {
    serde_json::from_value(parse_json(body)?)
        .map_err(|_| ApiErrorResponse::invalid(format!("The body must be {expected}")))
}

fn parse_json(body: RawBody) -> Result<Value, ApiErrorResponse> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(),
        status => ApiErrorResponse::new(status, "VALIDATION_ERROR", "The body cannot be read"),
    })?;
    serde_json::from_slice(&body)
        .map_err(|error| ApiErrorResponse::invalid(format!("The body is not valid JSON: {error}")))
}

pub fn too_long() -> ApiErrorResponse {
    ApiErrorResponse::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "VALIDATION_ERROR",
        format!("The body may have at most {MAX_REQUEST_BYTES} bytes"),
    )
}

/// Checks the type of each known field of a send. Unknown fields can have any type.
pub fn send_body(fields: Map<String, Value>) -> Result<Value, ApiErrorResponse> {
    for (name, value) in &fields {
        let (is_valid, expected) = match name.as_str() {
            "payload" | "overrides" => (value.is_object(), "an object"),
            "language" => (value.is_string(), "a string"),
            "from" => (
                value.is_string() || value.is_object(),
                "a string or an object",
            ),
            "to" => (
                value.is_string() || value.is_object() || value.is_array(),
                "a string, an object or an array",
            ),
            _ => (true, ""),
        };
        if !is_valid && !value.is_null() {
            return Err(ApiErrorResponse::wrong_value(name, expected));
        }
    }
    Ok(Value::Object(fields))
}

pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiErrorResponse> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let is_printable = |text: &&str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    match value.to_str().ok().filter(is_printable) {
        Some(key) if (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiErrorResponse::field(
            "X-Idempotency-Key",
            "An idempotency key has 1 to 255 printable ASCII characters",
        )),
    }
}
