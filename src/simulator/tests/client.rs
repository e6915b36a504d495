//! A test client of a simulator with a manual clock and seeded ids. It checks each response against the OpenAPI
//! document.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::openapi;
use crate::host::{Clock, Entropy};
use crate::model::Timestamp;
use crate::simulator::{Fault, Simulator};
use crate::sqlite::DbLocation;

/// The real time at the start of a test, in milliseconds since the Unix epoch: 2026-04-01T12:00:00.000Z.
pub const START: i64 = 1_775_044_800_000;

/// Returns the milliseconds from [`START`] to a time in a response.
pub fn since_start(time: &Value) -> i64 {
    let time: Timestamp = time.as_str().unwrap().parse().unwrap();
    time.as_millisecond() - START
}

/// A client that calls the router of a simulator in process.
#[derive(Clone)]
pub struct TestClient {
    pub simulator: Simulator,
    clock: Arc<AtomicI64>,
    key: String,
    unchecked: bool,
}

/// A response with its body as `text`, and parsed as `body`. `body` is null if the text is not JSON.
pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
    pub fault: Option<Fault>,
}

/// Runs a future to completion on a new Tokio runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

impl TestClient {
    pub fn new() -> Self {
        Self::open(&DbLocation::Memory, 0)
    }

    /// Opens a simulator file. If two clients open the same file, they need different seeds, so that their ids do not
    /// collide.
    pub fn open(location: &DbLocation, seed: u64) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let entropy = Entropy::Seeded(Arc::new(seed.into()));
        let simulator =
            Simulator::open(location, Clock::Manual(Arc::clone(&clock)), entropy).unwrap();
        let key = "test_key".to_owned();
        Self {
            simulator,
            clock,
            key,
            unchecked: false,
        }
    }

    /// Returns a client that accepts responses with broken bodies.
    pub fn unchecked() -> Self {
        let unchecked = true;
        Self {
            unchecked,
            ..Self::new()
        }
    }

    /// Returns a client that uses another namespace of the same simulator.
    pub fn in_namespace(&self, name: &str) -> Self {
        let key = format!("test_run_{name}");
        Self {
            key,
            ..self.clone()
        }
    }

    /// Advances the manual clock, which replaces the system's clock.
    pub fn wait(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn request(&self, request: Request<Body>) -> TestResponse {
        let (method, path) = (
            request.method().to_string(),
            request.uri().path().to_owned(),
        );
        let response = block_on(async {
            let response = self.simulator.service().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            TestResponse {
                status: parts.status.as_u16(),
                fault: parts.extensions.get::<Fault>().copied(),
                headers: parts.headers,
                body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
                text: String::from_utf8(bytes.to_vec()).unwrap(),
            }
        });
        if !self.unchecked && response.fault.is_none() {
            openapi::check(&method, &path, &response);
        }
        response
    }

    pub fn get(&self, path: &str) -> TestResponse {
        self.request(
            self.request_builder("GET", path)
                .body(Body::empty())
                .unwrap(),
        )
    }

    pub fn post(&self, path: &str, body: &Value) -> TestResponse {
        let request = self
            .request_builder("POST", path)
            .body(Body::from(body.to_string()));
        self.request(request.unwrap())
    }

    pub fn call(&self, method: &str, path: &str, body: &Value) -> TestResponse {
        let request = self
            .request_builder(method, path)
            .body(Body::from(body.to_string()));
        self.request(request.unwrap())
    }

    pub fn post_with_key(&self, path: &str, key: &str, body: &Value) -> TestResponse {
        let request = self
            .request_builder("POST", path)
            .header("X-Idempotency-Key", key);
        self.request(request.body(Body::from(body.to_string())).unwrap())
    }

    pub fn request_builder(&self, method: &str, path: &str) -> http::request::Builder {
        let bearer = format!("Bearer {}", self.key);
        let content_type = (method != "GET").then_some("application/json");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", bearer);
        match content_type {
            Some(content_type) => request.header("Content-Type", content_type),
            None => request,
        }
    }

    /// Sends the event `welcome`.
    pub fn send(&self, to: impl Into<Value>) -> TestResponse {
        self.post("/v1/send/welcome", &json!({"to": to.into(), "payload": {}}))
    }

    /// Sends the event `welcome`, and returns the id of the notification. Panics if the send is rejected.
    pub fn send_ok(&self, to: impl Into<Value>) -> String {
        let response = self.send(to);
        assert_eq!(response.status, 200, "{}", response.text);
        response.text_at("/id").to_owned()
    }

    pub fn notification(&self, id: &str) -> TestResponse {
        self.get(&format!("/v1/notifications/{id}"))
    }

    /// Returns the state of a notification with one message, such as `completed: failed HARD_BOUNCE`.
    pub fn state(&self, id: &str) -> String {
        let response = self.notification(id);
        let code = response.body.pointer("/messages/0/error/code");
        let code = code.and_then(Value::as_str).map(|code| format!(" {code}"));
        format!(
            "{}: {}{}",
            response.text_at("/status"),
            response.text_at("/messages/0/status"),
            code.unwrap_or_default()
        )
    }

    /// Sends the event `welcome` to a recipient, waits for a day, and returns the state of the notification.
    pub fn final_state(&self, to: &str) -> String {
        let id = self.send_ok(to);
        self.wait(86_400_000);
        self.state(&id)
    }
}

impl TestResponse {
    /// Returns the string at a JSON pointer in the body. Panics if there is no string.
    pub fn text_at(&self, pointer: &str) -> &str {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no string at {pointer} in {}", self.text))
    }

    /// Returns an error as `status code field`, with `-` for a missing code or field.
    pub fn api_error(&self) -> String {
        let text = |name: &str| self.body[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", self.status, text("code"), text("field"))
    }
}
