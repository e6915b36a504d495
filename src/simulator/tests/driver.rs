//! A simulator in memory, with a clock that stands still until it is moved, and a seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::openapi;
use crate::host::{Clock, Entropy};
use crate::simulator::{Fault, Simulator};
use crate::sqlite::DbLocation;

/// 2026-04-01T12:00:00.000Z
pub const START: i64 = 1_775_044_800_000;

/// A simulator with its clock.
pub struct Room {
    pub simulator: Simulator,
    clock: Arc<AtomicI64>,
    key: String,
    spoilt: bool,
}

/// An answer, its body read as JSON where it is JSON.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
    pub fault: Option<Fault>,
}

impl Room {
    pub fn new() -> Self {
        Self::at(&DbLocation::Memory, 0)
    }

    /// Opens a place; two on one file need two seeds.
    pub fn at(place: &DbLocation, seed: u64) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let entropy = Entropy::Seeded(Arc::new(seed.into()));
        let simulator = Simulator::open(place, Clock::Manual(Arc::clone(&clock)), entropy).unwrap();
        let key = "test_key".to_owned();
        Self {
            simulator,
            clock,
            key,
            spoilt: false,
        }
    }

    /// Returns one whose answers need not be as they are described: recipients spoil them.
    pub fn spoilt() -> Self {
        let spoilt = true;
        Self {
            spoilt,
            ..Self::new()
        }
    }

    /// Returns the same simulator as the keys of a run see it.
    pub fn run(&self, name: &str) -> Self {
        let key = format!("test_run_{name}");
        Self {
            key,
            ..self.again()
        }
    }

    /// Returns the same simulator, for somebody else.
    pub fn again(&self) -> Self {
        Self {
            simulator: self.simulator.clone(),
            clock: Arc::clone(&self.clock),
            key: self.key.clone(),
            spoilt: self.spoilt,
        }
    }

    /// Moves the clock.
    pub fn wait(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn request(&self, request: Request<Body>) -> Answer {
        let (method, path) = (
            request.method().to_string(),
            request.uri().path().to_owned(),
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let answer = runtime.block_on(async {
            let response = self.simulator.router().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            Answer {
                status: parts.status.as_u16(),
                fault: parts.extensions.get::<Fault>().copied(),
                headers: parts.headers,
                body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
                text: String::from_utf8(bytes.to_vec()).unwrap(),
            }
        });
        if !self.spoilt && answer.fault.is_none() {
            openapi::check(&method, &path, &answer);
        }
        answer
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request(self.keyed("GET", path).body(Body::empty()).unwrap())
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.keyed("POST", path).body(Body::from(body.to_string()));
        self.request(request.unwrap())
    }

    /// Asks with any method.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.keyed(method, path).body(Body::from(body.to_string()));
        self.request(request.unwrap())
    }

    pub fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.keyed("POST", path).header("X-Idempotency-Key", key);
        self.request(request.body(Body::from(body.to_string())).unwrap())
    }

    pub fn keyed(&self, method: &str, path: &str) -> http::request::Builder {
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
    pub fn send(&self, to: impl Into<Value>) -> Answer {
        self.post("/v1/send/welcome", &json!({"to": to.into(), "payload": {}}))
    }

    /// Sends, and returns the id of the notification.
    pub fn sent(&self, to: impl Into<Value>) -> String {
        let answer = self.send(to);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text_at("/id").to_owned()
    }

    pub fn notification(&self, id: &str) -> Answer {
        self.get(&format!("/v1/notifications/{id}"))
    }

    /// Returns `notification status: message status [code]` of a notification with one message.
    pub fn state(&self, id: &str) -> String {
        let answer = self.notification(id);
        let code = answer.body.pointer("/messages/0/error/code");
        let code = code.and_then(Value::as_str).map(|code| format!(" {code}"));
        format!(
            "{}: {}{}",
            answer.text_at("/status"),
            answer.text_at("/messages/0/status"),
            code.unwrap_or_default()
        )
    }

    /// Returns what is left of a recipient's message after a day.
    pub fn outcome(&self, to: &str) -> String {
        let id = self.sent(to);
        self.wait(86_400_000);
        self.state(&id)
    }
}

impl Answer {
    /// Returns a text inside the body.
    pub fn text_at(&self, pointer: &str) -> &str {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.text))
    }

    /// Returns `status code field` of a refusal.
    pub fn api_error(&self) -> String {
        let word = |name: &str| self.body[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", self.status, word("code"), word("field"))
    }
}
