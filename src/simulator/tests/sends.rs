//! Sending: routing, contacts, arrays, idempotency keys, cancelling.

use serde_json::{Value, json};

use super::driver::Room;

#[test]
fn a_channel_needs_its_identifier() {
    let room = Room::new();
    let email = json!({"to": "ada@example.com"});
    let refused = room.post("/v1/send/welcome/sms", &email);
    assert_eq!(refused.api_error(), "400 MISSING_IDENTIFIER to");
    assert_eq!(refused.text_at("/channel"), "sms");
    assert_eq!(room.send("user_7").api_error(), "400 MISSING_IDENTIFIER to");
    for (path, to, shown) in [
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
        let answer = room.post(path, &json!({"to": to}));
        assert_eq!(answer.status, 200, "{}", answer.text);
        let newest = room.get("/_simulator/messages?limit=1");
        let row = format!(
            "{} {}",
            newest.text_at("/messages/0/message/channel"),
            newest.text_at("/messages/0/recipient")
        );
        assert_eq!(row, shown, "{path} {to}");
    }
}

#[test]
fn contacts_are_kept_and_found_again() {
    let room = Room::new();
    room.sent(json!({"id": "user_1", "email": "ada@example.com", "name": "Ada"}));
    // By an id of your own; what is known is shown.
    let id = room.sent("user_1");
    let contact = json!({"id": "user_1", "email": "ada@example.com", "name": "Ada"});
    assert_eq!(room.notification(&id).body["contact"], contact);
    // A known contact is brought up to date, by whichever identifier it was found.
    room.sent(json!({"email": "ADA@example.com", "phone": "+46701234567", "name": "Ada L"}));
    let id = room.sent("user_1");
    let contact = &room.notification(&id).body["contact"];
    assert_eq!(
        (&contact["name"], &contact["phone"]),
        (&json!("Ada L"), &json!("+46701234567"))
    );
    // A forced channel uses what is known, too.
    let sms = room.post("/v1/send/welcome/sms", &json!({"to": "user_1"}));
    assert_eq!(sms.status, 200);
    // Channels of Slack are no contacts.
    room.sent("#general");
    let forgotten = room.post("/_simulator/reset", &json!({}));
    let counts = json!({"notifications": 6, "messages": 6, "contacts": 1});
    assert_eq!(forgotten.body, counts);
    assert_eq!(room.send("user_1").api_error(), "400 MISSING_IDENTIFIER to");
}

#[test]
fn a_send_without_recipients_goes_to_the_listener() {
    let room = Room::new();
    let answer = room.post("/v1/send/welcome", &json!({"payload": {}}));
    assert_eq!(answer.status, 200);
    let row = &room.get("/_simulator/messages").body["messages"][0];
    assert_eq!(row["recipient"], "listener@simulator.test");
    assert_eq!(row["message"]["decided_by"], "default");
}

#[test]
fn each_recipient_of_an_array_has_its_own_notification() {
    let room = Room::new();
    let to = json!(["ada@example.com", {"email": "failed@simulator.test"}, "ada@example.com"]);
    let answer = room.send(to.clone());
    let notifications = answer.body["notifications"].as_array().unwrap();
    assert_eq!(notifications.len(), 3);
    assert_eq!(notifications[0]["id"], answer.body["id"]);
    for (notification, to) in notifications.iter().zip(to.as_array().unwrap()) {
        assert_eq!(notification["to"], *to);
        assert_eq!(notification["status"], "accepted");
    }
    room.wait(1000);
    let states: Vec<String> = notifications
        .iter()
        .map(|notification| room.state(notification["id"].as_str().unwrap()))
        .collect();
    assert_eq!(
        states,
        [
            "completed: delivered",
            "completed: failed PROVIDER_REJECTED",
            "completed: delivered"
        ]
    );
    // The order of time is the order of the array.
    let listed = room.get("/_simulator/messages").body;
    let newest: Vec<&Value> = listed["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    let given: Vec<&Value> = notifications.iter().rev().map(|n| &n["id"]).collect();
    assert_eq!(newest, given);
}

#[test]
fn one_bad_recipient_fails_the_whole_array() {
    let room = Room::new();
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
        assert_eq!(room.send(to.clone()).api_error(), expected, "{to}");
    }
    assert_eq!(room.get("/_simulator/messages").body["messages"], json!([]));
}

#[test]
fn the_same_key_is_the_same_send() {
    let room = Room::new();
    let body = json!({"to": "ada@example.com", "payload": {"a": 1, "b": 2}});
    let path = "/v1/send/welcome";
    let first = room.post_with_key(path, "k", &body);
    assert!(!first.headers.contains_key("x-idempotent-replay"));
    // The order of fields makes no difference.
    let same: Value =
        serde_json::from_str(r#"{"payload":{"b":2,"a":1},"to":"ada@example.com"}"#).unwrap();
    let replay = room.post_with_key(path, "k", &same);
    assert_eq!((replay.status, &replay.text), (200, &first.text));
    assert_eq!(replay.headers["x-idempotent-replay"], "true");
    assert_eq!(
        room.get("/_simulator/messages").body["messages"]
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
            room.post_with_key(path, "k", &body).api_error(),
            "409 CONFLICT -",
            "{path}"
        );
    }
    room.wait(24 * 3_600_000 - 1);
    assert_eq!(room.post_with_key(path, "k", &body).text, first.text);
    room.wait(1);
    let later = room.post_with_key(path, "k", &body);
    assert_eq!(later.status, 200);
    assert_ne!(later.text, first.text, "a key is honoured for a day");
}

#[test]
fn refused_sends_leave_their_key_free() {
    let room = Room::new();
    let path = "/v1/send/welcome";
    let refused = json!({"to": "http-503-1@simulator.test"});
    assert_eq!(room.post_with_key(path, "k", &refused).status, 503);
    assert_eq!(room.post_with_key(path, "k", &refused).status, 200);
    for key in ["", "å", "a\tb", &"k".repeat(256)] {
        let answer = room.post_with_key(path, key, &refused);
        assert_eq!(
            answer.api_error(),
            "400 VALIDATION_ERROR X-Idempotency-Key",
            "{key}"
        );
    }
    assert_eq!(
        room.post_with_key(path, &"k".repeat(255), &refused).status,
        200
    );
}

#[test]
fn what_is_still_queued_can_be_cancelled() {
    let room = Room::new();
    let cancel = |to: &str| room.post("/v1/cancel/welcome", &json!({"to": to})).body;
    let early = room.sent("bounced@simulator.test");
    room.post("/v1/send/other", &json!({"to": "bounced@simulator.test"}));
    room.wait(100);
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
    room.wait(86_400_000);
    assert_eq!(room.state(&early), "cancelled: queued");
    let body = room.notification(&early).body;
    assert_eq!(body["completed_at"], "2026-04-01T12:00:00.100Z");
    // The other event's bounce came, and stands alone on the list.
    let list = room.get("/_simulator/suppressions").body;
    assert_eq!(list["suppressions"].as_array().unwrap().len(), 1);

    room.sent(json!({"id": "user_1", "email": "ada@example.com"}));
    let stuck = room.sent("queued@simulator.test");
    assert_eq!(cancel("user_1")["cancelled"], 1, "by an id of your own");
    room.wait(5000);
    assert_eq!(cancel("queued@simulator.test")["cancelled"], 1, "{stuck}");
    let late = room.sent("late@example.com");
    room.wait(200);
    assert_eq!(cancel("late@example.com")["cancelled"], 0, "it was sent");
    assert_eq!(room.state(&late), "processing: sent");
}
