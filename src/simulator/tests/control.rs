//! The control plane: clock, suppressions, plans, statistics.

use serde_json::json;

use super::driver::{Room, START};

#[test]
fn the_clock_obeys() {
    let room = Room::new();
    let order = |order| room.post("/_simulator/clock", &order);
    let now = || room.get("/_simulator/clock").body["now"].as_i64().unwrap() - START;
    assert_eq!(
        room.get("/_simulator/clock").body,
        json!({"now": START, "real": START, "rate": 1.0})
    );
    let id = room.sent("slow@simulator.test");
    assert_eq!(
        order(json!({"advance": 29_999})).body["now"],
        START + 29_999
    );
    assert_eq!(room.state(&id), "processing: sent");
    order(json!({"advance": 1}));
    assert_eq!(room.state(&id), "completed: delivered");
    order(json!("freeze"));
    room.wait(5000);
    assert_eq!(now(), 30_000);
    order(json!({"speed": 60.0}));
    room.wait(1000);
    assert_eq!(now(), 90_000);
    assert_eq!(order(json!("resume")).body["rate"], 1.0);
    room.wait(1000);
    assert_eq!(now(), 91_000);
    let header = &room.get("/_simulator/ready").headers["x-sendivent-virtual-time"];
    assert_eq!(header, "2026-04-01T12:01:31.000Z");
    for bad in [
        json!({"speed": 0.0}),
        json!({"advance": 9e15 as u64}),
        json!("stop"),
        json!({"advance": -1}),
    ] {
        assert_eq!(
            order(bad.clone()).api_error(),
            "400 VALIDATION_ERROR -",
            "{bad}"
        );
    }
    room.post("/_simulator/reset", &json!({}));
    assert_eq!(
        now(),
        7000,
        "without a clock of its own, virtual time is real time"
    );
}

#[test]
fn what_is_no_order_is_told_which_there_are() {
    let room = Room::new();
    for body in [
        json!("5m"),
        json!({"freeze": true}),
        json!({}),
        json!({"advance": "1h"}),
    ] {
        for (path, possible) in [
            ("clock", r#""freeze", "resume", {"advance": "#),
            ("suppressions", r#"{"add": {"#),
            ("webhooks/trigger", r#"{"event": "#),
        ] {
            let answer = room.post(&format!("/_simulator/{path}"), &body);
            assert_eq!(answer.status, 400);
            let error = answer.text_at("/error");
            assert!(error.starts_with("The body must be "), "{error}");
            assert!(error.contains(possible), "{error}");
        }
    }
}

#[test]
fn a_query_that_is_wrong_names_the_field_and_what_it_must_be() {
    let room = Room::new();
    for (query, field, must) in [
        (
            "v1/contacts?limit=abc",
            "limit",
            "be an integer from 1 to 100",
        ),
        (
            "v1/contacts?limit=101",
            "limit",
            "be an integer from 1 to 100",
        ),
        (
            "v1/contacts?offset=-1",
            "offset",
            "be an integer from 0 to 4294967295",
        ),
        ("v1/contacts?search=a&search=b", "search", "be given once"),
        (
            "_simulator/messages?limit=0",
            "limit",
            "be an integer from 1 to 10000",
        ),
        (
            "_simulator/messages?since=1h",
            "since",
            "be a time: an integer, milliseconds since the Unix epoch",
        ),
        (
            "_simulator/statistics?at_end=1",
            "at_end",
            "be true or false",
        ),
        (
            "_simulator/webhooks?limit=",
            "limit",
            "be an integer from 1 to 1000",
        ),
    ] {
        let answer = room.get(&format!("/{query}"));
        assert_eq!(
            answer.api_error(),
            format!("400 VALIDATION_ERROR {field}"),
            "{query}"
        );
        assert_eq!(answer.text_at("/error"), format!("`{field}` must {must}"));
    }
    let reset = room.post("/_simulator/reset?all=yes", &json!({}));
    assert_eq!(reset.api_error(), "400 VALIDATION_ERROR all");
}

#[test]
fn a_trailing_slash_is_reported() {
    let room = Room::new();
    for path in ["/v1/contacts", "/v1/notifications/x", "/_simulator/clock"] {
        let answer = room.get(&format!("{path}/"));
        assert_eq!(answer.api_error(), "404 NOT_FOUND -");
        let error = answer.text_at("/error");
        assert!(
            error.ends_with(&format!("use {path}, without the trailing slash")),
            "{error}"
        );
    }
    assert_eq!(room.get("/v1/unknown/").status, 501);
    assert_eq!(room.get("/_simulator/").status, 404);
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let room = Room::new();
    let hook = json!({"url": "http://127.0.0.1:9/", "enabled_events": ["delivery.sent", "delivery.delivered"]});
    room.post("/v1/webhooks", &hook);
    room.sent("ada@example.com");
    room.sent("queued@simulator.test");
    room.wait(300);
    room.run("other").sent("ada@example.com");
    let answer = room.get("/_simulator/metrics");
    assert_eq!(
        answer.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let expected = "# HELP sendivent_messages Messages by channel and status.
# TYPE sendivent_messages gauge
sendivent_messages{channel=\"email\",status=\"queued\"} 1
sendivent_messages{channel=\"email\",status=\"sent\"} 1
# HELP sendivent_notifications Notifications by status.
# TYPE sendivent_notifications gauge
sendivent_notifications{status=\"accepted\"} 1
sendivent_notifications{status=\"processing\"} 1
# HELP sendivent_webhook_deliveries Webhook deliveries whose event has happened, by state.
# TYPE sendivent_webhook_deliveries gauge
sendivent_webhook_deliveries{state=\"open\"} 1
";
    assert_eq!(answer.text, expected);
    let other = room.run("other").get("/_simulator/metrics").text;
    assert!(
        other.contains("sendivent_notifications{status=\"accepted\"} 1\n"),
        "{other}"
    );
}

#[test]
fn sends_at_a_clock_that_stands_still_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let place = crate::sqlite::DbLocation::File(folder.path().join("simulator.db"));
    let (one, other) = (Room::at(&place, 1), Room::at(&place, 2));
    one.post("/_simulator/clock", &json!("freeze"));
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(one.sent("ada@example.com"));
        ids.push(other.sent("bob@example.com"));
    }
    let sorted = {
        let mut sorted = ids.clone();
        sorted.sort();
        sorted
    };
    assert_eq!(ids, sorted);
}

#[test]
fn suppressions_can_be_added_and_removed() {
    let room = Room::new();
    let order = |order| room.post("/_simulator/suppressions", &order);
    let add =
        json!({"add": {"channel": "email", "recipient": "ada@example.com", "reason": "OPTED_OUT"}});
    assert_eq!(order(add.clone()).body, json!({"changed": 1}));
    assert_eq!(order(add).body, json!({"changed": 0}));
    let entry = json!({"channel": "email", "recipient": "ada@example.com", "reason": "OPTED_OUT", "since": START});
    assert_eq!(
        room.get("/_simulator/suppressions").body,
        json!({"suppressions": [entry]})
    );
    assert_eq!(
        room.outcome("ada@example.com"),
        "completed: suppressed OPTED_OUT"
    );
    assert_eq!(
        order(json!({"remove": "Ada@example.com"})).body,
        json!({"changed": 1})
    );
    assert_eq!(room.outcome("ada@example.com"), "completed: delivered");
    for (bad, field) in [
        (
            json!({"add": {"channel": "emial", "recipient": "a", "reason": "OPTED_OUT"}}),
            "channel",
        ),
        (
            json!({"add": {"channel": "email", "recipient": "a", "reason": "OPTED"}}),
            "reason",
        ),
        (
            json!({"add": {"channel": "email", "recipient": "", "reason": "OPTED_OUT"}}),
            "recipient",
        ),
    ] {
        assert_eq!(
            order(bad).api_error(),
            format!("400 VALIDATION_ERROR {field}")
        );
    }
}

#[test]
fn the_newest_suppression_comes_first_and_the_future_is_not_told() {
    let room = Room::new();
    room.sent("bounced@simulator.test");
    room.wait(500);
    room.sent("bounced+2@simulator.test");
    room.sent("latebounce@simulator.test");
    room.wait(1000);
    let list = room.get("/_simulator/suppressions").body;
    let list = list["suppressions"].as_array().unwrap();
    let recipients: Vec<&str> = list
        .iter()
        .map(|entry| entry["recipient"].as_str().unwrap())
        .collect();
    assert_eq!(
        recipients,
        ["bounced+2@simulator.test", "bounced@simulator.test"]
    );
}

#[test]
fn a_plan_tells_the_future() {
    let room = Room::new();
    let id = room.sent("complained@simulator.test");
    let timeline = room
        .get(&format!("/_simulator/notifications/{id}/timeline"))
        .body;
    assert_eq!(timeline["now"], START);
    let message = &timeline["messages"][0];
    assert_eq!(message["decided_by"], "recipient:complained");
    assert_eq!(message["recipient"], "complained@simulator.test");
    assert_eq!(
        message["steps"],
        json!([
            {"at": START, "status": "queued"},
            {"at": START + 200, "status": "sent"},
            {"at": START + 1000, "status": "delivered"},
            {"at": START + 60_000, "status": "delivered", "reason": "COMPLAINT"},
        ])
    );
    assert_eq!(
        room.get("/_simulator/notifications/7/timeline").api_error(),
        "404 NOT_FOUND -"
    );
}

#[test]
fn statistics_count_by_channel_status_and_reason() {
    let room = Room::new();
    for to in [
        "ada@example.com",
        "bob@example.com",
        "slow@simulator.test",
        "bounced@simulator.test",
        "+46701234567",
        "#a",
    ] {
        room.sent(to);
    }
    room.sent("delivered-1234ms@simulator.test");
    room.sent("complained@simulator.test");
    room.wait(1_000);
    let all = room.get("/_simulator/statistics").body;
    assert_eq!(
        all["counts"],
        json!([
            {"channel": "email", "status": "sent", "count": 2},
            {"channel": "email", "status": "delivered", "count": 3},
            {"channel": "email", "status": "failed", "count": 1},
            {"channel": "sms", "status": "delivered", "count": 1},
            {"channel": "slack", "status": "sent", "count": 1},
        ])
    );
    room.wait(60_000);
    let all = room.get("/_simulator/statistics").body;
    assert_eq!(all["latencies"], json!([[1000, 4], [1200, 1], [30_000, 1]]));
    assert_eq!(
        all["reasons"],
        json!([{"code": "COMPLAINT", "count": 1}, {"code": "HARD_BOUNCE", "count": 1}])
    );
    let some = room
        .get("/_simulator/statistics?status=failed,sent&event=welcome")
        .body;
    assert_eq!(some["counts"].as_array().unwrap().len(), 2);
    let none = room
        .get(&format!("/_simulator/statistics?since={}", START + 1))
        .body;
    assert_eq!(
        (&none["counts"], &none["latencies"]),
        (&json!([]), &json!([]))
    );
}
