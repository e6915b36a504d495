//! Responses with a JSON body, and the virtual time at which they were made.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::model::to_json;

/// Virtual time of a response, in its extensions until it becomes a header.
#[derive(Clone, Copy)]
pub struct RespondedAt(pub i64);

/// Returns a 200 with a JSON body, made at a virtual time.
pub fn ok<T: Serialize>(now: i64, body: &T) -> Response {
    with_timestamp(now, json(StatusCode::OK, body))
}

pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    json_bytes(status, to_json(body).into_bytes())
}

/// Returns a response whose body is already JSON, or is declared as JSON to simulate a broken one.
pub fn json_bytes(status: StatusCode, body: Vec<u8>) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, JSON)], body).into_response()
}

pub fn with_timestamp(now: i64, mut response: Response) -> Response {
    response.extensions_mut().insert(RespondedAt(now));
    response
}
