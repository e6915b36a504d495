//! Tests of the control plane: clock, suppressions, timelines and statistics.

use serde_json::json;

use super::client::{START, TestClient, since_start};
use crate::model::from_millis;

#[test]
fn the_clock_follows_commands() {
    let client = TestClient::new();
    let command = |command| client.post("/_simulator/clock", &command);
    let now = || since_start(&client.get("/_simulator/clock").body["virtual"]);
    assert_eq!(
        client.get("/_simulator/clock").body,
        json!({"virtual": from_millis(START), "real": from_millis(START), "rate": 1.0})
    );
    let id = client.send_ok("slow@simulator.test");
    assert_eq!(
        since_start(&command(json!({"advance": 29_999})).body["virtual"]),
        29_999
    );
    assert_eq!(client.state(&id), "processing: sent");
    command(json!({"advance": 1}));
    assert_eq!(client.state(&id), "completed: delivered");
    command(json!("freeze"));
    client.wait(5000);
    assert_eq!(now(), 30_000);
    command(json!({"speed": 60.0}));
    client.wait(1000);
    assert_eq!(now(), 90_000);
    assert_eq!(command(json!("resume")).body["rate"], 1.0);
    client.wait(1000);
    assert_eq!(now(), 91_000);
    let header = &client.get("/_simulator/ready").headers["x-sendivent-virtual-time"];
    assert_eq!(header, "2026-04-01T12:01:31.000Z");
    for invalid in [
        json!({"speed": 0.0}),
        json!({"advance": 9e15 as u64}),
        json!("stop"),
        json!({"advance": -1}),
    ] {
        assert_eq!(
            command(invalid.clone()).api_error(),
            "400 VALIDATION_ERROR -",
            "{invalid}"
        );
    }
    client.post("/_simulator/reset", &json!({}));
    assert_eq!(now(), 7000, "after a reset, virtual time is real time");
}

#[test]
fn an_unknown_command_is_rejected_with_the_known_ones() {
    let client = TestClient::new();
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
            let response = client.post(&format!("/_simulator/{path}"), &body);
            assert_eq!(response.status, 400);
            let error = response.text_at("/error");
            assert!(error.starts_with("The body must be "), "{error}");
            assert!(error.contains(possible), "{error}");
        }
    }
}

#[test]
fn an_invalid_query_parameter_is_rejected_with_the_expected_form() {
    let client = TestClient::new();
    for (query, field, expected) in [
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
        let response = client.get(&format!("/{query}"));
        assert_eq!(
            response.api_error(),
            format!("400 VALIDATION_ERROR {field}"),
            "{query}"
        );
        assert_eq!(
            response.text_at("/error"),
            format!("`{field}` must {expected}")
        );
    }
    let reset = client.post("/_simulator/reset?all=yes", &json!({}));
    assert_eq!(reset.api_error(), "400 VALIDATION_ERROR all");
}

#[test]
fn a_trailing_slash_is_rejected_with_a_hint() {
    let client = TestClient::new();
    for path in ["/v1/contacts", "/v1/notifications/x", "/_simulator/clock"] {
        let response = client.get(&format!("{path}/"));
        assert_eq!(response.api_error(), "404 NOT_FOUND -");
        let error = response.text_at("/error");
        assert!(
            error.ends_with(&format!("use {path}, without the trailing slash")),
            "{error}"
        );
    }
    assert_eq!(client.get("/v1/unknown/").status, 501);
    assert_eq!(client.get("/_simulator/").status, 404);
}

#[test]
fn metrics_are_in_the_format_of_prometheus() {
    let client = TestClient::new();
    let hook = json!({"url": "http://127.0.0.1:9/", "enabled_events": ["delivery.sent", "delivery.delivered"]});
    client.post("/v1/webhooks", &hook);
    client.send_ok("ada@example.com");
    client.send_ok("queued@simulator.test");
    client.wait(300);
    client.in_namespace("other").send_ok("ada@example.com");
    let response = client.get("/_simulator/metrics");
    assert_eq!(
        response.headers["content-type"],
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
    assert_eq!(response.text, expected);
    let other = client.in_namespace("other").get("/_simulator/metrics").text;
    assert!(
        other.contains("sendivent_notifications{status=\"accepted\"} 1\n"),
        "{other}"
    );
}

#[test]
fn ids_keep_the_order_of_sends_while_the_clock_is_frozen() {
    let directory = tempfile::tempdir().unwrap();
    let location = crate::sqlite::DbLocation::File(directory.path().join("simulator.db"));
    let (one, other) = (
        TestClient::open(&location, 1),
        TestClient::open(&location, 2),
    );
    one.post("/_simulator/clock", &json!("freeze"));
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(one.send_ok("ada@example.com"));
        ids.push(other.send_ok("bob@example.com"));
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
    let client = TestClient::new();
    let command = |command| client.post("/_simulator/suppressions", &command);
    let add =
        json!({"add": {"channel": "email", "recipient": "ada@example.com", "reason": "OPTED_OUT"}});
    assert_eq!(command(add.clone()).body, json!({"changed": 1}));
    assert_eq!(command(add).body, json!({"changed": 0}));
    let entry = json!({"channel": "email", "recipient": "ada@example.com", "reason": "OPTED_OUT", "since": from_millis(START)});
    assert_eq!(
        client.get("/_simulator/suppressions").body,
        json!({"suppressions": [entry]})
    );
    assert_eq!(
        client.final_state("ada@example.com"),
        "completed: suppressed OPTED_OUT"
    );
    assert_eq!(
        command(json!({"remove": "Ada@example.com"})).body,
        json!({"changed": 1})
    );
    assert_eq!(
        client.final_state("ada@example.com"),
        "completed: delivered"
    );
    for (invalid, field) in [
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
            command(invalid).api_error(),
            format!("400 VALIDATION_ERROR {field}")
        );
    }
}

#[test]
fn suppressions_are_listed_newest_first_without_future_ones() {
    let client = TestClient::new();
    client.send_ok("bounced@simulator.test");
    client.wait(500);
    client.send_ok("bounced+2@simulator.test");
    client.send_ok("latebounce@simulator.test");
    client.wait(1000);
    let list = client.get("/_simulator/suppressions").body;
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
fn a_timeline_includes_future_steps() {
    let client = TestClient::new();
    let id = client.send_ok("complained@simulator.test");
    let timeline = client
        .get(&format!("/_simulator/notifications/{id}/timeline"))
        .body;
    assert_eq!(since_start(&timeline["at"]), 0);
    let message = &timeline["messages"][0];
    assert_eq!(message["decided_by"], "recipient:complained");
    assert_eq!(message["recipient"], "complained@simulator.test");
    assert_eq!(
        message["steps"],
        json!([
            {"at": from_millis(START), "status": "queued", "reason": null, "due": true},
            {"at": from_millis(START + 200), "status": "sent", "reason": null, "due": false},
            {"at": from_millis(START + 1000), "status": "delivered", "reason": null, "due": false},
            {"at": from_millis(START + 60_000), "status": "delivered", "reason": "COMPLAINT", "due": false},
        ])
    );
    assert_eq!(
        client
            .get("/_simulator/notifications/7/timeline")
            .api_error(),
        "404 NOT_FOUND -"
    );
}

#[test]
fn statistics_count_by_channel_status_and_reason() {
    let client = TestClient::new();
    for to in [
        "ada@example.com",
        "bob@example.com",
        "slow@simulator.test",
        "bounced@simulator.test",
        "+46701234567",
        "#a",
    ] {
        client.send_ok(to);
    }
    client.send_ok("delivered-1234ms@simulator.test");
    client.send_ok("complained@simulator.test");
    client.wait(1_000);
    let all = client.get("/_simulator/statistics").body;
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
    client.wait(60_000);
    let all = client.get("/_simulator/statistics").body;
    assert_eq!(
        all["latencies"],
        json!([
            {"milliseconds": 1000, "count": 4},
            {"milliseconds": 1200, "count": 1},
            {"milliseconds": 30_000, "count": 1},
        ])
    );
    assert_eq!(
        all["reasons"],
        json!([{"code": "COMPLAINT", "count": 1}, {"code": "HARD_BOUNCE", "count": 1}])
    );
    let some = client
        .get("/_simulator/statistics?status=failed,sent&event=welcome")
        .body;
    assert_eq!(some["counts"].as_array().unwrap().len(), 2);
    let none = client
        .get(&format!("/_simulator/statistics?since={}", START + 1))
        .body;
    assert_eq!(
        (&none["counts"], &none["latencies"]),
        (&json!([]), &json!([]))
    );
}
