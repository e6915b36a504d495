//! Tests that webhooks are signed, posted in order for each message, and retried in virtual time.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{START, TestClient, since_start};
use super::receiver::Receiver;
use crate::api::signature::{Scheme, Secret, Signature};
use crate::simulator::WebhookRules;

/// Returns a client of a simulator with a frozen clock and a short timeout for webhook receivers.
pub fn frozen_client() -> TestClient {
    let client = with_short_timeout(TestClient::new());
    client.post("/_simulator/clock", &json!("freeze"));
    client
}

pub fn with_short_timeout(mut client: TestClient) -> TestClient {
    client.simulator = client.simulator.clone().with_webhook_rules(WebhookRules {
        timeout: Duration::from_millis(300),
        ..WebhookRules::default()
    });
    client
}

impl TestClient {
    pub fn advance(&self, millis: u64) -> i64 {
        let response = self.post("/_simulator/clock", &json!({"advance": millis}));
        assert_eq!(response.status, 200, "{}", response.text);
        since_start(&response.body["virtual"])
    }

    /// Returns the details of the delivery with the newest event.
    pub fn newest_delivery(&self) -> Value {
        let list = self.get("/_simulator/webhooks").body;
        let id = list["deliveries"][0]["id"].as_str().unwrap();
        self.get(&format!("/_simulator/webhooks/{id}")).body
    }
}

/// Returns each attempt of a delivery as `milliseconds status error`, with `ok` if there was no error.
pub fn summarize_attempts(detail: &Value) -> Vec<String> {
    let attempts = detail["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| {
            let at = since_start(&attempt["at"]);
            let error = attempt["error"].as_str().unwrap_or("ok");
            format!("{at} {} {error}", attempt["http_status"])
        })
        .collect()
}

#[test]
fn each_event_of_a_message_is_posted_and_signed() {
    let client = frozen_client();
    let receiver = Receiver::with_statuses(&[200]);
    let (_, secret) = client.register_endpoint(&receiver.url);
    let secret = Secret::new(secret);
    let id = client.send_ok("complained@simulator.test");
    assert_eq!(client.advance(1000), 1000);
    assert_eq!(
        receiver.events(),
        ["sent", "delivered"],
        "the advance waits for the deliveries"
    );
    client.advance(59_000);
    assert_eq!(receiver.events(), ["sent", "delivered", "complained"]);
    let mut ids = Vec::new();
    for request in receiver.received() {
        assert!(request.head.starts_with("POST /hook HTTP/1.1\r\n"));
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("user-agent"), "Sendivent-Webhook/1.0");
        ids.push(request.header("x-sendivent-webhook-id").to_owned());
        let signature: Signature = request.header("x-sendivent-signature").parse().unwrap();
        assert!(signature.matches(Scheme::Assumed, &secret, request.body.as_bytes()));
        assert_eq!(signature.at, START / 1000, "signed with real time");
        assert_eq!(request.json()["request_id"], id.as_str());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each attempt has an id of its own");
    assert_eq!(
        client.deliveries(),
        [
            "sent@200 delivered",
            "delivered@1000 delivered",
            "complained@60000 delivered"
        ]
    );
    let detail = client.newest_delivery();
    assert_eq!(summarize_attempts(&detail), ["60000 200 ok"]);
    assert_eq!(detail["attempts"][0]["response_body"], "body");
    assert_eq!(detail["payload"], receiver.received()[2].body);
}

#[test]
fn a_receiver_sees_the_state_at_the_time_of_the_event() {
    let client = frozen_client();
    let statuses: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let (log, other) = (Arc::clone(&statuses), client.clone());
    let receiver = Receiver::new(move |_, mut stream| {
        let list = other.get("/_simulator/messages").body;
        let status = list["messages"][0]["message"]["status"].as_str().unwrap();
        log.lock().unwrap().push(status.to_owned());
        drop(stream.write_all(b"HTTP/1.1 204 X\r\n\r\n"));
    });
    client.register_endpoint(&receiver.url);
    client.send_ok("bounced@simulator.test");
    assert_eq!(client.advance(3_600_000), 3_600_000);
    assert_eq!(*statuses.lock().unwrap(), ["sent", "failed"]);
}

#[test]
fn failed_attempts_are_retried_on_virtual_time() {
    let client = frozen_client();
    let receiver = Receiver::with_statuses(&[500, 404, 302, 503, 200]);
    client.register_endpoint(&receiver.url);
    client.send_ok("sent@simulator.test");
    client.advance(200);
    assert_eq!(client.deliveries(), ["sent@200 retrying"]);
    let detail = client.newest_delivery();
    assert_eq!(since_start(&detail["delivery"]["due_at"]), 5200);
    client.advance(4_999);
    assert_eq!(receiver.received().len(), 1);
    client.advance(1);
    assert_eq!(receiver.received().len(), 2);
    client.advance(86_400_000);
    assert_eq!(
        summarize_attempts(&client.newest_delivery()),
        [
            "200 500 HTTP 500",
            "5200 404 HTTP 404",
            "305200 302 HTTP 302: redirects are not followed",
            "2105200 503 HTTP 503",
        ]
    );
    assert_eq!(client.deliveries(), ["sent@200 given_up"]);
    let bodies: Vec<String> = receiver.received().into_iter().map(|r| r.body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    // A replay can still deliver it.
    let id = client.newest_delivery()["delivery"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let replay = client.post(&format!("/_simulator/webhooks/{id}/replay"), &json!({}));
    assert_eq!(
        (replay.status, replay.text_at("/delivery/status")),
        (200, "delivered")
    );
    assert_eq!(replay.body["attempts"][4]["replay"], true);
    assert_eq!(receiver.received()[4].body, bodies[0]);
}

#[test]
fn an_event_waits_for_the_previous_one_of_its_message() {
    let client = frozen_client();
    // The first attempt of the first message fails, all others succeed.
    let receiver = Receiver::with_statuses(&[500, 200]);
    client.register_endpoint(&receiver.url);
    let first = client.send_ok("ada@example.com");
    client.advance(300);
    client.send_ok("bob@example.com");
    client.advance(1000);
    assert_eq!(
        receiver.events(),
        ["sent", "sent", "delivered"],
        "the last two are of the other message"
    );
    assert_eq!(
        client.deliveries(),
        [
            "sent@200 retrying",
            "sent@500 delivered",
            "delivered@1000 waiting",
            "delivered@1300 delivered"
        ]
    );
    client.advance(3_900);
    assert_eq!(receiver.events()[3..], ["sent", "delivered"]);
    assert!(
        receiver.received()[3..]
            .iter()
            .all(|r| r.json()["request_id"] == first.as_str())
    );
    // The next event also follows when the previous one is given up.
    let failing = Receiver::with_statuses(&[400]);
    let uuid = client
        .get("/v1/webhooks")
        .text_at("/webhook/uuid")
        .to_owned();
    client.call(
        "PATCH",
        &format!("/v1/webhooks/{uuid}"),
        &json!({"url": failing.url}),
    );
    client.send_ok("eve@example.com");
    client.advance(7_200_000);
    assert_eq!(
        failing.events(),
        [
            "sent",
            "sent",
            "sent",
            "sent",
            "delivered",
            "delivered",
            "delivered",
            "delivered"
        ]
    );
}

#[test]
fn a_deleted_endpoint_receives_nothing_more() {
    let client = frozen_client();
    let receiver = Receiver::with_statuses(&[500]);
    let (uuid, _) = client.register_endpoint(&receiver.url);
    client.send_ok("ada@example.com");
    client.advance(200);
    client.call("DELETE", &format!("/v1/webhooks/{uuid}"), &json!({}));
    client.advance(3_600_000);
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(
        client.deliveries(),
        ["sent@200 dropped", "delivered@1000 dropped"]
    );
    assert_eq!(
        client.newest_delivery()["delivery"]["reason"],
        "the endpoint was deleted"
    );
    let id = client.newest_delivery()["delivery"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let replay = client.post(&format!("/_simulator/webhooks/{id}/replay"), &json!({}));
    assert_eq!(replay.api_error(), "409 CONFLICT -");
}

#[test]
fn a_synthetic_event_can_be_posted() {
    let client = frozen_client();
    let trigger = |event: &str, to: &str| {
        client.post(
            "/_simulator/webhooks/trigger",
            &json!({"event": event, "to": to}),
        )
    };
    assert_eq!(
        trigger("delivery.sent", "ada@example.com").api_error(),
        "409 CONFLICT -"
    );
    let receiver = Receiver::with_statuses(&[200]);
    client.register_endpoint(&receiver.url);
    for event in super::webhooks::ALL_EVENTS {
        let triggered = trigger(event, "ada@example.com");
        assert_eq!(
            (triggered.status, triggered.text_at("/delivery/status")),
            (200, "delivered"),
            "{}",
            triggered.text
        );
        let last = receiver.received().pop().unwrap();
        assert_eq!(
            (last.event().as_str(), last.json()["timestamp"].as_str()),
            (event, Some("2026-04-01T12:00:00.000Z"))
        );
        let error = last.json()["delivery"]["error"]["code"].clone();
        let has_error =
            ["delivery.failed", "delivery.bounced", "delivery.complained"].contains(&event);
        assert_eq!(error.is_string(), has_error, "{event} {error}");
    }
    assert_eq!(
        trigger("delivery.bounced", "+14155550123").api_error(),
        "400 VALIDATION_ERROR to"
    );
    assert_eq!(
        trigger("delivery.nonsense", "ada@example.com").api_error(),
        "400 VALIDATION_ERROR event"
    );
    assert_eq!(client.send("ada@example.com").status, 200);
    client.advance(200);
    assert_eq!(
        client.newest_delivery()["delivery"]["event"],
        "delivery.delivered"
    );
    let pending = client.newest_delivery()["delivery"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let early = client.post(
        &format!("/_simulator/webhooks/{pending}/replay"),
        &json!({}),
    );
    assert_eq!(early.api_error(), "409 CONFLICT -");
    assert_eq!(client.get("/_simulator/webhooks/nonsense").status, 404);
}
