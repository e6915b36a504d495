//! Webhooks on the wire: signed, in order for each message, again on virtual time when they failed.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::driver::{Room, START};
use super::receiver::Receiver;
use crate::api::signature::{Scheme, Secret, Signature};
use crate::simulator::WebhookRules;

/// A simulator whose clock stands still, and whose receivers have little time.
pub fn frozen() -> Room {
    let room = hasty(Room::new());
    room.post("/_simulator/clock", &json!("freeze"));
    room
}

pub fn hasty(mut room: Room) -> Room {
    room.simulator = room.simulator.clone().with_webhook_rules(WebhookRules {
        limit: Duration::from_millis(300),
        ..WebhookRules::default()
    });
    room
}

impl Room {
    pub fn advance(&self, millis: u64) -> i64 {
        let answer = self.post("/_simulator/clock", &json!({"advance": millis}));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["now"].as_i64().unwrap() - START
    }

    /// Returns the detail of the delivery with the newest event.
    pub fn newest(&self) -> Value {
        let list = self.get("/_simulator/webhooks").body;
        let id = list["deliveries"][0]["id"].as_str().unwrap();
        self.get(&format!("/_simulator/webhooks/{id}")).body
    }
}

/// Returns `milliseconds status error` of each attempt of a delivery.
pub fn attempts(detail: &Value) -> Vec<String> {
    let attempts = detail["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| {
            let at = attempt["at"].as_i64().unwrap() - START;
            let error = attempt["error"].as_str().unwrap_or("good");
            format!("{at} {} {error}", attempt["status"])
        })
        .collect()
}

#[test]
fn a_message_is_told_step_by_step_with_signatures() {
    let room = frozen();
    let receiver = Receiver::answering(&[200]);
    let (_, secret) = room.endpoint(&receiver.url);
    let secret = Secret::new(secret);
    let id = room.sent("complained@simulator.test");
    assert_eq!(room.advance(1000), 1000);
    assert_eq!(
        receiver.events(),
        ["sent", "delivered"],
        "the advance has waited"
    );
    room.advance(59_000);
    assert_eq!(receiver.events(), ["sent", "delivered", "complained"]);
    let mut ids = Vec::new();
    for request in receiver.received() {
        assert!(request.head.starts_with("POST /hook HTTP/1.1\r\n"));
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("user-agent"), "Sendivent-Webhook/1.0");
        ids.push(request.header("x-sendivent-webhook-id").to_owned());
        let signature: Signature = request.header("x-sendivent-signature").parse().unwrap();
        assert!(signature.fits(Scheme::Assumed, &secret, request.body.as_bytes()));
        assert_eq!(
            signature.at,
            START / 1000,
            "receivers compare it with real time"
        );
        assert_eq!(request.json()["request_id"], id.as_str());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "an id for each attempt");
    assert_eq!(
        room.deliveries(),
        [
            "sent@200 delivered",
            "delivered@1000 delivered",
            "complained@60000 delivered"
        ]
    );
    let detail = room.newest();
    assert_eq!(attempts(&detail), ["60000 200 good"]);
    assert_eq!(detail["attempts"][0]["answer"], "body");
    assert_eq!(detail["payload"], receiver.received()[2].body);
}

#[test]
fn whoever_is_told_sees_the_world_of_that_moment() {
    let room = frozen();
    let seen: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let (states, other) = (Arc::clone(&seen), room.again());
    let receiver = Receiver::new(move |_, mut stream| {
        let list = other.get("/_simulator/messages").body;
        let status = list["messages"][0]["message"]["status"].as_str().unwrap();
        states.lock().unwrap().push(status.to_owned());
        drop(stream.write_all(b"HTTP/1.1 204 X\r\n\r\n"));
    });
    room.endpoint(&receiver.url);
    room.sent("bounced@simulator.test");
    assert_eq!(room.advance(3_600_000), 3_600_000);
    assert_eq!(*seen.lock().unwrap(), ["sent", "failed"]);
}

#[test]
fn a_failed_attempt_is_repeated_on_virtual_time() {
    let room = frozen();
    let receiver = Receiver::answering(&[500, 404, 302, 503, 200]);
    room.endpoint(&receiver.url);
    room.sent("sent@simulator.test");
    room.advance(200);
    assert_eq!(room.deliveries(), ["sent@200 retrying"]);
    assert_eq!(room.newest()["delivery"]["due_at"], START + 5200);
    room.advance(4_999);
    assert_eq!(receiver.received().len(), 1);
    room.advance(1);
    assert_eq!(receiver.received().len(), 2);
    room.advance(86_400_000);
    assert_eq!(
        attempts(&room.newest()),
        [
            "200 500 HTTP 500",
            "5200 404 HTTP 404",
            "305200 302 HTTP 302: redirects are not followed",
            "2105200 503 HTTP 503",
        ]
    );
    assert_eq!(room.deliveries(), ["sent@200 given_up"]);
    let bodies: Vec<String> = receiver.received().into_iter().map(|r| r.body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    // By hand it can still be delivered.
    let id = room.newest()["delivery"]["id"].as_str().unwrap().to_owned();
    let again = room.post(&format!("/_simulator/webhooks/{id}/replay"), &json!({}));
    assert_eq!(
        (again.status, again.text_at("/delivery/status")),
        (200, "delivered")
    );
    assert_eq!(again.body["attempts"][4]["replay"], true);
    assert_eq!(receiver.received()[4].body, bodies[0]);
}

#[test]
fn the_next_event_of_a_message_waits_for_the_one_before() {
    let room = frozen();
    // The first event of the first message fails twice; all else is well.
    let receiver = Receiver::answering(&[500, 200]);
    room.endpoint(&receiver.url);
    let first = room.sent("ada@example.com");
    room.advance(300);
    room.sent("bob@example.com");
    room.advance(1000);
    assert_eq!(
        receiver.events(),
        ["sent", "sent", "delivered"],
        "of the other message"
    );
    assert_eq!(
        room.deliveries(),
        [
            "sent@200 retrying",
            "sent@500 delivered",
            "delivered@1000 waiting",
            "delivered@1300 delivered"
        ]
    );
    room.advance(3_900);
    assert_eq!(receiver.events()[3..], ["sent", "delivered"]);
    assert!(
        receiver.received()[3..]
            .iter()
            .all(|r| r.json()["request_id"] == first.as_str())
    );
    // One that is given up lets the next one go, too.
    let dead = Receiver::answering(&[400]);
    let uuid = room.get("/v1/webhooks").text_at("/webhook/uuid").to_owned();
    room.ask(
        "PATCH",
        &format!("/v1/webhooks/{uuid}"),
        &json!({"url": dead.url}),
    );
    room.sent("eve@example.com");
    room.advance(7_200_000);
    assert_eq!(
        dead.events(),
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
fn an_endpoint_that_is_deleted_meanwhile_gets_nothing_more() {
    let room = frozen();
    let receiver = Receiver::answering(&[500]);
    let (uuid, _) = room.endpoint(&receiver.url);
    room.sent("ada@example.com");
    room.advance(200);
    room.ask("DELETE", &format!("/v1/webhooks/{uuid}"), &json!({}));
    room.advance(3_600_000);
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(
        room.deliveries(),
        ["sent@200 dropped", "delivered@1000 dropped"]
    );
    assert_eq!(
        room.newest()["delivery"]["reason"],
        "the endpoint was deleted"
    );
    let id = room.newest()["delivery"]["id"].as_str().unwrap().to_owned();
    let again = room.post(&format!("/_simulator/webhooks/{id}/replay"), &json!({}));
    assert_eq!(again.api_error(), "409 CONFLICT -");
}

#[test]
fn an_event_can_be_made_up() {
    let room = frozen();
    let trigger = |event: &str, to: &str| {
        room.post(
            "/_simulator/webhooks/trigger",
            &json!({"event": event, "to": to}),
        )
    };
    assert_eq!(
        trigger("delivery.sent", "ada@example.com").api_error(),
        "409 CONFLICT -"
    );
    let receiver = Receiver::answering(&[200]);
    room.endpoint(&receiver.url);
    for event in super::webhooks::EVERY {
        let made = trigger(event, "ada@example.com");
        assert_eq!(
            (made.status, made.text_at("/delivery/status")),
            (200, "delivered"),
            "{}",
            made.text
        );
        let last = receiver.received().pop().unwrap();
        assert_eq!(
            (last.event().as_str(), last.json()["timestamp"].as_str()),
            (event, Some("2026-04-01T12:00:00.000Z"))
        );
        let error = last.json()["delivery"]["error"]["code"].clone();
        let bad = ["delivery.failed", "delivery.bounced", "delivery.complained"].contains(&event);
        assert_eq!(error.is_string(), bad, "{event} {error}");
    }
    assert_eq!(
        trigger("delivery.bounced", "+14155550123").api_error(),
        "400 VALIDATION_ERROR to"
    );
    assert_eq!(
        trigger("delivery.nonsense", "ada@example.com").api_error(),
        "400 VALIDATION_ERROR event"
    );
    assert_eq!(room.send("ada@example.com").status, 200);
    room.advance(200);
    assert_eq!(room.newest()["delivery"]["event"], "delivery.delivered");
    let future = room.newest()["delivery"]["id"].as_str().unwrap().to_owned();
    let early = room.post(&format!("/_simulator/webhooks/{future}/replay"), &json!({}));
    assert_eq!(early.api_error(), "409 CONFLICT -");
    assert_eq!(room.get("/_simulator/webhooks/nonsense").status, 404);
}
