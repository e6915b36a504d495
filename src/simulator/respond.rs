//! Builds JSON responses, and records their virtual time.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::model::to_json;

/// A response extension: the virtual time of the response, in milliseconds since the Unix epoch. The router converts it
/// into a header.
#[derive(Clone, Copy)]
pub struct RespondedAt(pub i64);

/// Returns a 200 with a JSON body. `now` is the virtual time of the response.
pub fn ok<T: Serialize>(now: i64, body: &T) -> Response {
    with_timestamp(now, json(StatusCode::OK, body))
}

pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    json_bytes(status, to_json(body).into_bytes())
}

/// Returns a response with the Content-Type of JSON. The body may be invalid JSON, to simulate a broken response.
pub fn json_bytes(status: StatusCode, body: Vec<u8>) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, JSON)], body).into_response()
}

pub fn with_timestamp(now: i64, mut response: Response) -> Response {
    response.extensions_mut().insert(RespondedAt(now));
    response
}
