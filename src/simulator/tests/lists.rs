//! Lists of messages: order, limits, filters, changes.

use serde_json::{Value, json};

use super::driver::{Answer, Room, START};

fn recipients(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let rows = answer.body["messages"].as_array().unwrap();
    let short = |row: &Value| {
        let recipient = row["recipient"].as_str().unwrap();
        recipient.split('@').next().unwrap_or_default().to_owned()
    };
    rows.iter().map(short).collect()
}

fn list(room: &Room, query: &str) -> Vec<String> {
    recipients(&room.get(&format!("/_simulator/messages?{query}")))
}

/// Five messages, one a second, the last one three seconds ago.
fn history() -> Room {
    let room = Room::new();
    for (event, to) in [
        ("welcome", "a@example.com"),
        ("reset", "failed@simulator.test"),
        ("welcome", "+46701234567"),
        ("reset", "queued@simulator.test"),
        ("welcome", "slow@simulator.test"),
    ] {
        room.post(&format!("/v1/send/{event}"), &json!({"to": to}));
        room.wait(1000);
    }
    room.wait(2000);
    room
}

#[test]
fn at_the_end_is_what_the_messages_come_to() {
    let room = Room::new();
    for to in [
        "a@example.com",
        "bounced@simulator.test",
        "queued@simulator.test",
    ] {
        room.sent(to);
    }
    assert!(list(&room, "status=failed").is_empty());
    assert_eq!(list(&room, "status=failed&at_end=true"), ["bounced"]);
    assert_eq!(list(&room, "status=queued&at_end=true"), ["queued"]);
    let page = room
        .get("/_simulator/messages?status=failed&at_end=true")
        .body;
    assert_eq!(page["now"], START, "the time of the answer is that of now");
    assert_eq!(
        page["messages"][0]["message"]["error"]["code"],
        "HARD_BOUNCE"
    );
    let count = |query: &str| {
        let body = room.get(&format!("/_simulator/statistics?{query}")).body;
        assert_eq!(body["now"], START);
        let counts = body["counts"].as_array().unwrap().clone();
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
    let refused = room.get("/_simulator/messages?at_end=true&changed_after=0");
    assert_eq!(refused.api_error(), "400 VALIDATION_ERROR at_end");
}

#[test]
fn the_newest_come_first_up_to_the_limit() {
    let room = history();
    assert_eq!(
        list(&room, ""),
        ["slow", "queued", "+46701234567", "failed", "a"]
    );
    let page = room.get("/_simulator/messages?limit=2");
    assert_eq!(recipients(&page), ["slow", "queued"]);
    assert_eq!(
        (&page.body["more"], &page.body["now"]),
        (&json!(true), &json!(START + 7000))
    );
    assert_eq!(
        room.get("/_simulator/messages?limit=5").body["more"],
        json!(false)
    );
    let row = &page.body["messages"][0];
    assert_eq!(
        (&row["event"], &row["notification_status"]),
        (&json!("welcome"), &json!("processing"))
    );
    for _ in 0..60 {
        room.sent("x@example.com");
    }
    assert_eq!(list(&room, "").len(), 50);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("status=gone", "status"),
        ("channel=fax", "channel"),
    ] {
        let refused = room.get(&format!("/_simulator/messages?{query}"));
        assert_eq!(refused.api_error(), format!("400 VALIDATION_ERROR {field}"));
    }
    assert_eq!(
        room.get("/_simulator/messages?limit=x").api_error(),
        "400 VALIDATION_ERROR limit"
    );
}

#[test]
fn every_filter_holds() {
    let room = history();
    let span = format!("since={}&until={}", START + 1000, START + 3000);
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
        (span.as_str(), vec!["+46701234567", "failed"]),
        ("since=-5&until=0", vec![]),
        (
            "status=sent,delivered&limit=2",
            vec!["slow", "+46701234567"],
        ),
    ] {
        assert_eq!(list(&room, query), expected, "{query}");
    }
}

#[test]
fn statuses_are_those_of_the_moment() {
    let room = Room::new();
    room.sent("a@example.com");
    for (wait, status) in [(0, "queued"), (200, "sent"), (800, "delivered")] {
        room.wait(wait);
        for other in ["queued", "sent", "delivered", "failed"] {
            let expected = usize::from(other == status);
            let found = list(&room, &format!("status={other}")).len();
            assert_eq!(found, expected, "{other} when it is {status}");
        }
    }
}

#[test]
fn changes_are_told_oldest_first() {
    let room = Room::new();
    room.sent("complained@simulator.test");
    room.wait(100);
    room.sent("b@example.com");
    let changed = |after: i64| list(&room, &format!("changed_after={}", START + after));
    assert_eq!(changed(-1), ["complained", "b"]);
    assert_eq!(changed(0), ["b"]);
    assert!(changed(100).is_empty());
    room.wait(150);
    assert_eq!(changed(100), ["complained"]);
    room.wait(100);
    assert_eq!(changed(100), ["complained", "b"]);
    assert_eq!(changed(200), ["b"]);
    room.wait(10_000);
    assert_eq!(changed(350), ["complained", "b"]);
    assert!(changed(1100).is_empty());
    room.wait(60_000);
    assert_eq!(changed(1100), ["complained"]);
    assert!(list(&room, &format!("changed_after={}&status=failed", START)).is_empty());
    room.sent("queued@simulator.test");
    room.post(
        "/v1/cancel/welcome",
        &json!({"to": "queued@simulator.test"}),
    );
    assert_eq!(changed(61_000), ["queued"]);
}

#[test]
fn whoever_follows_the_changes_misses_none() {
    let room = Room::new();
    for number in 0..10 {
        room.sent(format!("{number}@example.com"));
        room.wait(i64::from(number % 3 == 2));
    }
    let (mut after, mut seen) = (START - 1, Vec::new());
    loop {
        let page = room.get(&format!(
            "/_simulator/messages?limit=4&changed_after={after}"
        ));
        seen.extend(recipients(&page));
        after = page.body["changed_until"].as_i64().unwrap();
        if page.body["more"] == json!(false) {
            break;
        }
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let page = room.get(&format!(
        "/_simulator/messages?limit=2&changed_after={}",
        START - 1
    ));
    assert_eq!(
        recipients(&page),
        ["0", "1", "2"],
        "one millisecond is never cut"
    );
}
