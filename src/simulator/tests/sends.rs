//! Tests of sends: channels, contacts, arrays of recipients, idempotency keys and cancellation.

use serde_json::{Value, json};

use super::client::TestClient;

#[test]
fn a_channel_needs_its_identifier() {
    let client = TestClient::new();
    let email = json!({"to": "ada@example.com"});
    let rejected = client.post("/v1/send/welcome/sms", &email);
    assert_eq!(rejected.api_error(), "400 MISSING_IDENTIFIER to");
    assert_eq!(rejected.text_at("/channel"), "sms");
    assert_eq!(
        client.send("user_7").api_error(),
        "400 MISSING_IDENTIFIER to"
    );
    for (path, to, expected) in [
        (
            "/v1/send/e/whatsapp",
            json!("+46701234567"),
            "whatsapp +46701234567",
        ),
        (
            "/v1/send/e",
            json!({"phone": "+46701234567", "slack": "U12345678"}),
            "sms +46701234567",
        ),
        (
            "/v1/send/e/slack",
            json!({"phone": "+46701234567", "slack": "U12345678"}),
            "slack U12345678",
        ),
        ("/v1/send/e", json!("#general"), "slack #general"),
        (
            "/v1/send/e",
            json!("sim:delivered:1"),
            "email sim:delivered:1",
        ),
        (
            "/v1/send/e/push",
            json!("sim:delivered:1"),
            "push sim:delivered:1",
        ),
    ] {
        let response = client.post(path, &json!({"to": to}));
        assert_eq!(response.status, 200, "{}", response.text);
        let newest = client.get("/_simulator/messages?limit=1");
        let row = format!(
            "{} {}",
            newest.text_at("/messages/0/message/channel"),
            newest.text_at("/messages/0/recipient")
        );
        assert_eq!(row, expected, "{path} {to}");
    }
}

#[test]
fn contacts_of_sends_are_stored_and_updated() {
    let client = TestClient::new();
    client.send_ok(json!({"id": "user_1", "email": "ada@example.com", "name": "Ada"}));
    // An external id finds the stored contact.
    let id = client.send_ok("user_1");
    let contact = json!({"id": "user_1", "email": "ada@example.com", "name": "Ada"});
    assert_eq!(client.notification(&id).body["contact"], contact);
    // A send updates the contact that has one of its identifiers.
    client.send_ok(json!({"email": "ADA@example.com", "phone": "+46701234567", "name": "Ada L"}));
    let id = client.send_ok("user_1");
    let contact = &client.notification(&id).body["contact"];
    assert_eq!(
        (&contact["name"], &contact["phone"]),
        (&json!("Ada L"), &json!("+46701234567"))
    );
    // A channel in the path uses the stored contact, too.
    let sms = client.post("/v1/send/welcome/sms", &json!({"to": "user_1"}));
    assert_eq!(sms.status, 200);
    // A Slack channel is not stored as a contact.
    client.send_ok("#general");
    let deleted = client.post("/_simulator/reset", &json!({}));
    let counts = json!({"notifications": 6, "messages": 6, "contacts": 1});
    assert_eq!(deleted.body, counts);
    assert_eq!(
        client.send("user_1").api_error(),
        "400 MISSING_IDENTIFIER to"
    );
}

#[test]
fn a_send_without_recipients_goes_to_the_listener() {
    let client = TestClient::new();
    let response = client.post("/v1/send/welcome", &json!({"payload": {}}));
    assert_eq!(response.status, 200);
    let row = &client.get("/_simulator/messages").body["messages"][0];
    assert_eq!(row["recipient"], "listener@simulator.test");
    assert_eq!(row["message"]["decided_by"], "default");
}

#[test]
fn each_recipient_of_an_array_has_its_own_notification() {
    let client = TestClient::new();
    let to = json!(["ada@example.com", {"email": "failed@simulator.test"}, "ada@example.com"]);
    let response = client.send(to.clone());
    let notifications = response.body["notifications"].as_array().unwrap();
    assert_eq!(notifications.len(), 3);
    assert_eq!(notifications[0]["id"], response.body["id"]);
    for (notification, to) in notifications.iter().zip(to.as_array().unwrap()) {
        assert_eq!(notification["to"], *to);
        assert_eq!(notification["status"], "accepted");
    }
    client.wait(1000);
    let states: Vec<String> = notifications
        .iter()
        .map(|notification| client.state(notification["id"].as_str().unwrap()))
        .collect();
    assert_eq!(
        states,
        [
            "completed: delivered",
            "completed: failed PROVIDER_REJECTED",
            "completed: delivered"
        ]
    );
    // Ids are in the order of the array, and lists return the newest first.
    let listed = client.get("/_simulator/messages").body;
    let newest: Vec<&Value> = listed["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    let sent: Vec<&Value> = notifications.iter().rev().map(|n| &n["id"]).collect();
    assert_eq!(newest, sent);
}

#[test]
fn one_invalid_recipient_rejects_the_whole_array() {
    let client = TestClient::new();
    for (to, expected) in [
        (
            json!([
                "ada@example.com",
                "http-429@simulator.test",
                "http-500@simulator.test"
            ]),
            "429 RATE_LIMITED -",
        ),
        (
            json!([
                "ada@example.com",
                "bonced@simulator.test",
                "http-500@simulator.test"
            ]),
            "400 UNKNOWN_SCENARIO to",
        ),
        (
            json!(["ada@example.com", "user_1"]),
            "400 MISSING_IDENTIFIER to",
        ),
    ] {
        assert_eq!(client.send(to.clone()).api_error(), expected, "{to}");
    }
    assert_eq!(
        client.get("/_simulator/messages").body["messages"],
        json!([])
    );
}

#[test]
fn an_idempotency_key_replays_the_first_response() {
    let client = TestClient::new();
    let body = json!({"to": "ada@example.com", "payload": {"a": 1, "b": 2}});
    let path = "/v1/send/welcome";
    let first = client.post_with_key(path, "k", &body);
    assert!(!first.headers.contains_key("x-idempotent-replay"));
    // The order of fields makes no difference.
    let same: Value =
        serde_json::from_str(r#"{"payload":{"b":2,"a":1},"to":"ada@example.com"}"#).unwrap();
    let replay = client.post_with_key(path, "k", &same);
    assert_eq!((replay.status, &replay.text), (200, &first.text));
    assert_eq!(replay.headers["x-idempotent-replay"], "true");
    assert_eq!(
        client.get("/_simulator/messages").body["messages"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for (path, body) in [
        (path, json!({"to": "bob@example.com"})),
        ("/v1/send/goodbye", body.clone()),
        ("/v1/send/welcome/email", body.clone()),
    ] {
        assert_eq!(
            client.post_with_key(path, "k", &body).api_error(),
            "409 CONFLICT -",
            "{path}"
        );
    }
    client.wait(24 * 3_600_000 - 1);
    assert_eq!(client.post_with_key(path, "k", &body).text, first.text);
    client.wait(1);
    let later = client.post_with_key(path, "k", &body);
    assert_eq!(later.status, 200);
    assert_ne!(later.text, first.text, "a key expires after a day");
}

#[test]
fn rejected_sends_do_not_use_up_their_idempotency_key() {
    let client = TestClient::new();
    let path = "/v1/send/welcome";
    let rejected = json!({"to": "http-503-1@simulator.test"});
    assert_eq!(client.post_with_key(path, "k", &rejected).status, 503);
    assert_eq!(client.post_with_key(path, "k", &rejected).status, 200);
    for key in ["", "å", "a\tb", &"k".repeat(256)] {
        let response = client.post_with_key(path, key, &rejected);
        assert_eq!(
            response.api_error(),
            "400 VALIDATION_ERROR X-Idempotency-Key",
            "{key}"
        );
    }
    assert_eq!(
        client
            .post_with_key(path, &"k".repeat(255), &rejected)
            .status,
        200
    );
}

#[test]
fn queued_messages_can_be_cancelled() {
    let client = TestClient::new();
    let cancel = |to: &str| client.post("/v1/cancel/welcome", &json!({"to": to})).body;
    let early = client.send_ok("bounced@simulator.test");
    client.post("/v1/send/other", &json!({"to": "bounced@simulator.test"}));
    client.wait(100);
    assert_eq!(
        cancel("nobody@example.com"),
        json!({"event": "welcome", "cancelled": 0})
    );
    assert_eq!(
        cancel("Bounced@simulator.test"),
        json!({"event": "welcome", "cancelled": 1})
    );
    assert_eq!(
        cancel("bounced@simulator.test"),
        json!({"event": "welcome", "cancelled": 0})
    );
    client.wait(86_400_000);
    assert_eq!(client.state(&early), "cancelled: queued");
    let body = client.notification(&early).body;
    assert_eq!(body["completed_at"], "2026-04-01T12:00:00.100Z");
    // Only the message of the other event bounced.
    let list = client.get("/_simulator/suppressions").body;
    assert_eq!(list["suppressions"].as_array().unwrap().len(), 1);

    client.send_ok(json!({"id": "user_1", "email": "ada@example.com"}));
    let queued = client.send_ok("queued@simulator.test");
    assert_eq!(
        cancel("user_1")["cancelled"],
        1,
        "an external id finds the contact"
    );
    client.wait(5000);
    assert_eq!(cancel("queued@simulator.test")["cancelled"], 1, "{queued}");
    let late = client.send_ok("late@example.com");
    client.wait(200);
    assert_eq!(cancel("late@example.com")["cancelled"], 0, "it was sent");
    assert_eq!(client.state(&late), "processing: sent");
}
