//! Builds HTTP requests with method, path, headers and body. The transport adds the base address.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::uri::{InvalidUri, PathAndQuery, Uri};
use http::{HeaderValue, Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{ApiKey, IDEMPOTENCY_KEY, IdempotencyKey};
use crate::model::{SendRequest, to_json};

/// The bytes that are percent-encoded in a path segment. Dots are not encoded, except in a segment that has only dots.
/// [`path`] encodes those dots, because URL parsers resolve `.` and `..`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'.');

/// Why a request cannot be built. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("the request path is not valid")]
    Path(#[source] InvalidUri),
    #[error("the query cannot be encoded")]
    Query(#[source] serde_urlencoded::ser::Error),
}

/// A send whose body is already serialized, so that the journal hashes exactly the bytes that are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerializedSend {
    path: PathAndQuery,
    body: String,
}

impl SerializedSend {
    pub fn new(request: &SendRequest) -> Result<Self, EncodeError> {
        let mut segments = vec!["v1", "send", request.event.as_str()];
        segments.extend(request.channel.as_ref().map(|channel| channel.as_str()));
        Ok(Self {
            path: path(&segments, "")?,
            body: request.to_json(),
        })
    }

    /// Returns a hash of path and body. The journal compares it to detect that an idempotency key is used for two
    /// different sends.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(format!("{}\n{}", self.path, self.body)).into()
    }

    /// Builds the request `POST /v1/send/{event}` or `POST /v1/send/{event}/{channel}`.
    pub fn to_http(&self, idempotency_key: &IdempotencyKey, key: &ApiKey) -> Request<Vec<u8>> {
        let mut post = post_json(self.path.clone(), self.body.clone(), key);
        post.headers_mut()
            .insert(IDEMPOTENCY_KEY, idempotency_key.into());
        post
    }
}

/// Builds a GET request. Pass `&()` for no query.
pub fn get<Q: Serialize>(
    segments: &[&str],
    query: &Q,
    key: &ApiKey,
) -> Result<Request<Vec<u8>>, EncodeError> {
    let query = serde_urlencoded::to_string(query).map_err(EncodeError::Query)?;
    let path = path(segments, &query)?;
    Ok(request(Method::GET, path, Vec::new(), key))
}

/// Builds a POST request with a JSON body.
pub fn post<B: Serialize>(
    segments: &[&str],
    body: &B,
    key: &ApiKey,
) -> Result<Request<Vec<u8>>, EncodeError> {
    Ok(post_json(path(segments, "")?, to_json(body), key))
}

/// Builds a path from its segments, and appends the query unless it is empty. Each segment is percent-encoded, because
/// an id from the service may contain any character.
fn path(segments: &[&str], query: &str) -> Result<PathAndQuery, EncodeError> {
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        match segment.bytes().all(|byte| byte == b'.') {
            true => text.push_str(&segment.replace('.', "%2E")),
            false => text.extend(utf8_percent_encode(segment, SEGMENT)),
        }
    }
    if !query.is_empty() {
        text.push('?');
        text.push_str(query);
    }
    PathAndQuery::try_from(text).map_err(EncodeError::Path)
}

fn post_json(path: PathAndQuery, body: String, key: &ApiKey) -> Request<Vec<u8>> {
    let mut post = request(Method::POST, path, body.into_bytes(), key);
    post.headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    post
}

fn request(method: Method, path: PathAndQuery, body: Vec<u8>, key: &ApiKey) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(path);
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(AUTHORIZATION, key.authorization());
    request
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{EncodeError, get};
    use crate::api::ApiKey;

    #[test]
    fn an_id_stays_one_segment_of_the_path_whatever_it_is() {
        let key = ApiKey::parse("test_k").unwrap();
        for (id, path) in [
            ("550e8400-e29b", "550e8400-e29b"),
            ("../contacts?x=1#y", "..%2Fcontacts%3Fx%3D1%23y"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("a.b", "a.b"),
            ("a b\u{1b}é", "a%20b%1B%C3%A9"),
        ] {
            let request = get(&["v1", "notifications", id], &(), &key).unwrap();
            assert_eq!(
                request.uri().to_string(),
                format!("/v1/notifications/{path}")
            );
        }
    }

    #[test]
    fn a_path_that_no_url_can_hold_is_an_error() {
        let key = ApiKey::parse("test_k").unwrap();
        let error = get(&[&"x".repeat(70_000)], &(), &key).unwrap_err();
        assert!(matches!(error, EncodeError::Path(_)));
    }

    #[test]
    fn a_query_is_encoded_and_an_empty_one_is_left_out() {
        let key = ApiKey::parse("test_k").unwrap();
        let query = json!({"to": "a+b@example.com"});
        let request = get(&["_simulator", "messages"], &query, &key).unwrap();
        assert_eq!(
            request.uri().to_string(),
            "/_simulator/messages?to=a%2Bb%40example.com"
        );
        let request = get(&["_simulator", "clock"], &(), &key).unwrap();
        assert_eq!(request.uri().to_string(), "/_simulator/clock");
    }
}
