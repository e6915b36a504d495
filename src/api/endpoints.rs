//! Requests: paths, headers and bodies, ready for any transport. The paths have no host; the transport adds it.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{ApiKey, CancelRequest, IDEMPOTENCY_KEY};
use crate::model::{EventName, Recipient, SendRequest, to_json};

/// A send whose body is serialized: the journal hashes the same bytes that are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerializedSend {
    path: String,
    body: String,
}

impl SerializedSend {
    /// Serializes a send.
    pub fn new(request: &SendRequest) -> Self {
        let mut path = format!("/v1/send/{}", request.event);
        if let Some(channel) = &request.channel {
            path.push('/');
            path.push_str(channel.as_str());
        }
        Self {
            path,
            body: request.to_json(),
        }
    }

    /// Returns the hash that identifies the request behind an idempotency key.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(format!("{}\n{}", self.path, self.body)).into()
    }

    /// Returns `POST /v1/send/{event}[/{channel}]`.
    pub fn to_http(&self, idempotency_key: &str, key: &ApiKey) -> Request<Vec<u8>> {
        let mut post = post(&self.path, self.body.clone(), key);
        // Keys come from us or passed the check of the command line: printable ASCII.
        if let Ok(value) = HeaderValue::from_str(idempotency_key) {
            post.headers_mut().insert(IDEMPOTENCY_KEY, value);
        }
        post
    }
}

/// Returns `GET /v1/notifications/{id}`.
pub fn notification(id: &str, key: &ApiKey) -> Request<Vec<u8>> {
    get(&format!("/v1/notifications/{}", segment(id)), key)
}

/// Encodes a text as one segment of a path: an id from the service may contain any character.
fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                segment.push(char::from(byte));
            }
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

/// Returns `POST /v1/cancel/{event}`.
pub fn cancel(event: &EventName, to: &Recipient, key: &ApiKey) -> Request<Vec<u8>> {
    let body = CancelRequest { to: to.clone() };
    post(&format!("/v1/cancel/{event}"), to_json(&body), key)
}

/// Returns a read request to the simulator's control plane, below `/_simulator/`.
pub fn control_get(path: &str, key: &ApiKey) -> Request<Vec<u8>> {
    get(&format!("/_simulator/{path}"), key)
}

/// Returns a command to the simulator's control plane.
pub fn control_post<T: Serialize>(path: &str, body: &T, key: &ApiKey) -> Request<Vec<u8>> {
    post(&format!("/_simulator/{path}"), to_json(body), key)
}

fn get(path: &str, key: &ApiKey) -> Request<Vec<u8>> {
    request(Method::GET, path, Vec::new(), key)
}

fn post(path: &str, body: String, key: &ApiKey) -> Request<Vec<u8>> {
    let mut post = request(Method::POST, path, body.into_bytes(), key);
    post.headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    post
}

fn request(method: Method, path: &str, body: Vec<u8>, key: &ApiKey) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    // Names and ids were checked before, and queries are encoded: what is left is a valid path.
    *request.uri_mut() = path.parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", key.expose())) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::notification;
    use crate::api::ApiKey;

    #[test]
    fn an_id_stays_one_segment_of_the_path_whatever_it_is() {
        let key = ApiKey::parse("test_k").unwrap();
        for (id, path) in [
            ("550e8400-e29b", "550e8400-e29b"),
            ("../contacts?x=1#y", "%2E%2E%2Fcontacts%3Fx%3D1%23y"),
            ("a b\u{1b}é", "a%20b%1B%C3%A9"),
        ] {
            let request = notification(id, &key);
            assert_eq!(
                request.uri().to_string(),
                format!("/v1/notifications/{path}")
            );
        }
    }
}
