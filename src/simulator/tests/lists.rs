//! Tests of lists of messages: order, limits, filters and changes.

use serde_json::{Value, json};

use super::client::{START, TestClient, TestResponse, since_start};

fn recipients(response: &TestResponse) -> Vec<String> {
    assert_eq!(response.status, 200, "{}", response.text);
    let rows = response.body["messages"].as_array().unwrap();
    let local_part = |row: &Value| {
        let recipient = row["recipient"].as_str().unwrap();
        recipient.split('@').next().unwrap_or_default().to_owned()
    };
    rows.iter().map(local_part).collect()
}

fn list(client: &TestClient, query: &str) -> Vec<String> {
    recipients(&client.get(&format!("/_simulator/messages?{query}")))
}

/// Returns a client of a simulator with five messages. They were sent at intervals of one second, the last one three
/// seconds ago.
fn history() -> TestClient {
    let client = TestClient::new();
    for (event, to) in [
        ("welcome", "a@example.com"),
        ("reset", "failed@simulator.test"),
        ("welcome", "+46701234567"),
        ("reset", "queued@simulator.test"),
        ("welcome", "slow@simulator.test"),
    ] {
        client.post(&format!("/v1/send/{event}"), &json!({"to": to}));
        client.wait(1000);
    }
    client.wait(2000);
    client
}

#[test]
fn at_end_selects_by_the_final_status() {
    let client = TestClient::new();
    for to in [
        "a@example.com",
        "bounced@simulator.test",
        "queued@simulator.test",
    ] {
        client.send_ok(to);
    }
    assert!(list(&client, "status=failed").is_empty());
    assert_eq!(list(&client, "status=failed&at_end=true"), ["bounced"]);
    assert_eq!(list(&client, "status=queued&at_end=true"), ["queued"]);
    let page = client
        .get("/_simulator/messages?status=failed&at_end=true")
        .body;
    assert_eq!(
        since_start(&page["at"]),
        0,
        "`at_end` does not change the time of the response"
    );
    assert_eq!(
        page["messages"][0]["message"]["error"]["code"],
        "HARD_BOUNCE"
    );
    let count = |query: &str| {
        let response = client.get(&format!("/_simulator/statistics?{query}"));
        let time = &response.headers["x-sendivent-virtual-time"];
        assert_eq!(time, "2026-04-01T12:00:00.000Z");
        let counts = response.body["counts"].as_array().unwrap().clone();
        let counts = counts
            .iter()
            .map(|one| format!("{} {}", one["status"].as_str().unwrap(), one["count"]));
        counts.collect::<Vec<_>>()
    };
    assert_eq!(count("at_end=false"), ["queued 3"]);
    assert_eq!(
        count("at_end=true"),
        ["queued 1", "delivered 1", "failed 1"]
    );
    let rejected = client.get("/_simulator/messages?at_end=true&changed_after=0");
    assert_eq!(rejected.api_error(), "400 VALIDATION_ERROR at_end");
}

#[test]
fn the_newest_come_first_up_to_the_limit() {
    let client = history();
    assert_eq!(
        list(&client, ""),
        ["slow", "queued", "+46701234567", "failed", "a"]
    );
    let page = client.get("/_simulator/messages?limit=2");
    assert_eq!(recipients(&page), ["slow", "queued"]);
    assert_eq!(
        (&page.body["more"], since_start(&page.body["at"])),
        (&json!(true), 7000)
    );
    assert_eq!(
        client.get("/_simulator/messages?limit=5").body["more"],
        json!(false)
    );
    let row = &page.body["messages"][0];
    assert_eq!(
        (&row["event"], &row["notification_status"]),
        (&json!("welcome"), &json!("processing"))
    );
    for _ in 0..60 {
        client.send_ok("x@example.com");
    }
    assert_eq!(list(&client, "").len(), 50);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("status=gone", "status"),
        ("channel=fax", "channel"),
    ] {
        let rejected = client.get(&format!("/_simulator/messages?{query}"));
        assert_eq!(
            rejected.api_error(),
            format!("400 VALIDATION_ERROR {field}")
        );
    }
    assert_eq!(
        client.get("/_simulator/messages?limit=x").api_error(),
        "400 VALIDATION_ERROR limit"
    );
}

#[test]
fn every_filter_applies() {
    let client = history();
    let time_range = format!("since={}&until={}", START + 1000, START + 3000);
    for (query, expected) in [
        ("status=delivered", vec!["+46701234567", "a"]),
        ("status=sent", vec!["slow"]),
        ("status=queued", vec!["queued"]),
        (
            "status=queued,%20sent,failed",
            vec!["slow", "queued", "failed"],
        ),
        ("status=suppressed", vec![]),
        ("channel=sms", vec!["+46701234567"]),
        (
            "channel=sms,email",
            vec!["slow", "queued", "+46701234567", "failed", "a"],
        ),
        (
            "channel=sms,slack&status=delivered,failed",
            vec!["+46701234567"],
        ),
        ("event=reset", vec!["queued", "failed"]),
        ("event=reset&status=queued", vec!["queued"]),
        ("to=A@example.com", vec!["a"]),
        ("to=a@example.com&event=reset", vec![]),
        ("to=%2B46701234567&status=delivered", vec!["+46701234567"]),
        (time_range.as_str(), vec!["+46701234567", "failed"]),
        ("since=-5&until=0", vec![]),
        (
            "status=sent,delivered&limit=2",
            vec!["slow", "+46701234567"],
        ),
    ] {
        assert_eq!(list(&client, query), expected, "{query}");
    }
}

#[test]
fn a_status_filter_applies_to_the_current_status() {
    let client = TestClient::new();
    client.send_ok("a@example.com");
    for (wait, status) in [(0, "queued"), (200, "sent"), (800, "delivered")] {
        client.wait(wait);
        for other in ["queued", "sent", "delivered", "failed"] {
            let expected = usize::from(other == status);
            let found = list(&client, &format!("status={other}")).len();
            assert_eq!(found, expected, "{other} when it is {status}");
        }
    }
}

#[test]
fn changes_are_listed_oldest_first() {
    let client = TestClient::new();
    client.send_ok("complained@simulator.test");
    client.wait(100);
    client.send_ok("b@example.com");
    let changed = |after: i64| list(&client, &format!("changed_after={}", START + after));
    assert_eq!(changed(-1), ["complained", "b"]);
    assert_eq!(changed(0), ["b"]);
    assert!(changed(100).is_empty());
    client.wait(150);
    assert_eq!(changed(100), ["complained"]);
    client.wait(100);
    assert_eq!(changed(100), ["complained", "b"]);
    assert_eq!(changed(200), ["b"]);
    client.wait(10_000);
    assert_eq!(changed(350), ["complained", "b"]);
    assert!(changed(1100).is_empty());
    client.wait(60_000);
    assert_eq!(changed(1100), ["complained"]);
    assert!(list(&client, &format!("changed_after={}&status=failed", START)).is_empty());
    client.send_ok("queued@simulator.test");
    client.post(
        "/v1/cancel/welcome",
        &json!({"to": "queued@simulator.test"}),
    );
    assert_eq!(changed(61_000), ["queued"]);
}

#[test]
fn pages_of_changes_contain_every_change() {
    let client = TestClient::new();
    for number in 0..10 {
        client.send_ok(format!("{number}@example.com"));
        client.wait(i64::from(number % 3 == 2));
    }
    let (mut after, mut listed) = (START - 1, Vec::new());
    loop {
        let page = client.get(&format!(
            "/_simulator/messages?limit=4&changed_after={after}"
        ));
        listed.extend(recipients(&page));
        after = page.body["changed_until"].as_i64().unwrap();
        if page.body["more"] == json!(false) {
            break;
        }
    }
    assert_eq!(listed, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let page = client.get(&format!(
        "/_simulator/messages?limit=2&changed_after={}",
        START - 1
    ));
    assert_eq!(
        recipients(&page),
        ["0", "1", "2"],
        "a page contains all changes of its last millisecond"
    );
}
