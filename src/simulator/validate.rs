//! What a request must be before anything is done with it: its key, which names its namespace, its body, its
//! idempotency key.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::rejection::BytesRejection;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error_response::ApiErrorResponse;
use super::routes::MAX_REQUEST_BYTES;
use super::store::{Namespace, Scope, Store};
use crate::api::{ApiKey, Environment, IDEMPOTENCY_KEY};

/// The longest idempotency key, in characters (assumed).
const LONGEST_KEY: usize = 255;

/// The file as the request's key sees it. The control plane takes requests without a key: they see the main namespace.
impl FromRequestParts<Arc<Store>> for Scope {
    type Rejection = ApiErrorResponse;

    async fn from_request_parts(
        parts: &mut Parts,
        store: &Arc<Store>,
    ) -> Result<Self, ApiErrorResponse> {
        let run = if parts.headers.contains_key(AUTHORIZATION) {
            run_of(&key(&parts.headers)?)
        } else {
            Namespace::Main
        };
        Ok(Self::new(Arc::clone(store), run))
    }
}

fn run_of(key: &ApiKey) -> Namespace {
    key.run()
        .map_or(Namespace::Main, |name| Namespace::Named(name.into()))
}

fn unauthorized(error: &str) -> ApiErrorResponse {
    ApiErrorResponse::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", error)
}

fn key(headers: &HeaderMap) -> Result<ApiKey, ApiErrorResponse> {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .and_then(|(_, text)| ApiKey::parse(text).ok())
        .ok_or_else(|| unauthorized("Invalid API key"))
        .and_then(|key| match key.names_a_bad_run() {
            true => Err(unauthorized(
                "Invalid API key: the name of a run, behind `test_run_`, has letters, digits, `.`, `-` and `_`",
            )),
            false => Ok(key),
        })
}

/// Returns the name of the run whose key a request has.
pub fn run_named(headers: &HeaderMap) -> Option<String> {
    key(headers).ok()?.run().map(str::to_owned)
}

/// Returns whether a request has a key of production.
pub fn is_live(headers: &HeaderMap) -> bool {
    key(headers).is_ok_and(|key| key.environment() == Environment::Production)
}

/// Checks the key of a request to the API. `live` says whether keys of production are taken.
///
/// # Errors
/// The documented 401; for a production key, with the reason.
pub fn check_key(headers: &HeaderMap, live: bool) -> Result<(), ApiErrorResponse> {
    let key = key(headers)?;
    if is_placeholder(&key) {
        return Err(unauthorized("Invalid API key"));
    }
    match key.environment() {
        Environment::Sandbox => Ok(()),
        Environment::Production if live => Ok(()),
        Environment::Production => Err(unauthorized(
            "Invalid API key: the simulator takes test_ keys only",
        )),
    }
}

/// Checks that POST and PATCH say that their body is JSON, as the service's skill file wants it (that others are refused
/// is assumed), and that nothing else is said of any body. Tools that send forms on their own learn it before a body is
/// half understood; and a page in a browser can send requests here without being asked, but not of this type.
///
/// # Errors
/// A 415.
pub fn check_content_type(method: &Method, headers: &HeaderMap) -> Result<(), ApiErrorResponse> {
    let needed = match *method {
        Method::GET | Method::HEAD => return Ok(()),
        Method::POST | Method::PATCH => true,
        _ => false,
    };
    let error = match headers.get(CONTENT_TYPE) {
        None if needed => "The request must carry `Content-Type: application/json`".to_owned(),
        None => return Ok(()),
        Some(given) => {
            let essence = given.to_str().unwrap_or_default();
            let essence = essence.split(';').next().unwrap_or_default().trim();
            if essence.eq_ignore_ascii_case("application/json") {
                return Ok(());
            }
            format!("The Content-Type of a request must be application/json, not `{essence}`")
        }
    };
    Err(ApiErrorResponse::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "VALIDATION_ERROR",
        error,
    ))
}

/// Keys of zeros stand in samples; the official SDKs' tests use one as the key that is refused.
fn is_placeholder(key: &ApiKey) -> bool {
    let rest = key.expose().split_once('_').map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte == b'0'))
}

/// Reads a body that is a JSON object.
///
/// # Errors
/// A 400, or a 413 for one that is too long.
pub fn object(body: Result<Bytes, BytesRejection>) -> Result<Map<String, Value>, ApiErrorResponse> {
    match read(body)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(ApiErrorResponse::invalid("The body must be a JSON object")),
    }
}

/// Reads a body that is an order. `possible` says which there are.
///
/// # Errors
/// A 400, or a 413 for one that is too long.
pub fn order<T: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
    possible: &str,
) -> Result<T, ApiErrorResponse> {
    serde_json::from_value(read(body)?).map_err(|_| {
        ApiErrorResponse::invalid(format!("The body is no order; possible are {possible}"))
    })
}

/// Reads a body of JSON.
fn read(body: Result<Bytes, BytesRejection>) -> Result<Value, ApiErrorResponse> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(),
        status => ApiErrorResponse::new(status, "VALIDATION_ERROR", "The body cannot be read"),
    })?;
    serde_json::from_slice(&body)
        .map_err(|error| ApiErrorResponse::invalid(format!("The body is not valid JSON: {error}")))
}

/// Refuses a body that is too long.
pub fn too_long() -> ApiErrorResponse {
    ApiErrorResponse::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "VALIDATION_ERROR",
        format!("A body has at most {MAX_REQUEST_BYTES} bytes"),
    )
}

/// Checks the types of a send's fields. Unknown fields are passed over.
///
/// # Errors
/// A 400 that names the field.
pub fn send_body(fields: &Map<String, Value>) -> Result<Value, ApiErrorResponse> {
    for (name, value) in fields {
        let (fits, kind) = match name.as_str() {
            "payload" | "overrides" => (value.is_object(), "an object"),
            "language" => (value.is_string(), "a text"),
            "from" => (
                value.is_string() || value.is_object(),
                "a text or an object",
            ),
            "to" => (
                value.is_string() || value.is_object() || value.is_array(),
                "a text, an object or an array",
            ),
            _ => (true, ""),
        };
        if !fits && !value.is_null() {
            return Err(ApiErrorResponse::field(
                name,
                format!("`{name}` must be {kind}"),
            ));
        }
    }
    Ok(Value::Object(fields.clone()))
}

/// Reads the idempotency key of a send, if it has one.
///
/// # Errors
/// A 400 for one that is empty, too long, or not printable ASCII.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiErrorResponse> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let printable = |text: &&str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let key = value.to_str().ok().filter(printable);
    match key {
        Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiErrorResponse::field(
            "X-Idempotency-Key",
            "An idempotency key has 1 to 255 printable ASCII characters",
        )),
    }
}
