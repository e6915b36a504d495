//! Tests of state that several messages share: the suppression list, and the counters of `flaky-2` and `http-429-2`.
//! Also tests the status of notifications.

use serde_json::{Value, json};

use super::client::TestClient;

#[test]
fn the_status_of_a_notification_follows_its_message() {
    let client = TestClient::new();
    let mut ids = Vec::new();
    for to in [
        "ada@example.com",
        "sent@simulator.test",
        "queued@simulator.test",
        "#general",
        "failed@simulator.test",
    ] {
        ids.push(client.send_ok(to));
    }
    let states = || ids.iter().map(|id| client.state(id)).collect::<Vec<_>>();
    assert_eq!(states(), ["accepted: queued"; 5]);
    client.wait(200);
    assert_eq!(
        states(),
        [
            "processing: sent",
            "processing: sent",
            "accepted: queued",
            "completed: sent",
            "accepted: queued"
        ]
    );
    client.wait(800);
    let final_states = [
        "completed: delivered",
        "completed: sent",
        "accepted: queued",
        "completed: sent",
        "completed: failed PROVIDER_REJECTED",
    ];
    assert_eq!(states(), final_states);
    client.wait(86_400_000);
    assert_eq!(states(), final_states);
    assert_eq!(
        client.notification(&ids[2]).body["completed_at"],
        Value::Null
    );
}

#[test]
fn a_hard_bounce_suppresses_later_messages() {
    let client = TestClient::new();
    let bounced = "bounced+1@simulator.test";
    let first = client.send_ok(bounced);
    client.wait(999);
    let second = client.send_ok(bounced);
    client.wait(1);
    let third = client.send_ok("Bounced+1@Simulator.test");
    let other = client.send_ok("bounced+2@simulator.test");
    client.wait(1000);
    assert_eq!(client.state(&first), "completed: failed HARD_BOUNCE");
    assert_eq!(
        client.state(&second),
        "completed: failed HARD_BOUNCE",
        "it was not on the list when it was accepted"
    );
    assert_eq!(client.state(&third), "completed: suppressed HARD_BOUNCE");
    assert_eq!(
        client.state(&other),
        "completed: failed HARD_BOUNCE",
        "each label is tracked separately"
    );
    let message = &client.notification(&third).body["messages"][0];
    assert_eq!(message["decided_by"], "suppression-list");
    assert_eq!(
        message["error"]["message"],
        "On the suppression list since 2026-04-01T12:00:01.000Z: an earlier message bounced permanently"
    );
    assert_eq!(
        client
            .notification(&first)
            .text_at("/messages/0/error/message"),
        "Permanent bounce: mailbox does not exist"
    );
}

#[test]
fn a_complaint_and_a_late_bounce_come_after_delivery() {
    for (to, after, code) in [
        ("complained@simulator.test", 60_000, "COMPLAINT"),
        ("latebounce@simulator.test", 600_000, "LATE_BOUNCE"),
    ] {
        let client = TestClient::new();
        let first = client.send_ok(to);
        client.wait(after - 1);
        assert_eq!(client.state(&first), "completed: delivered");
        client.wait(1);
        assert_eq!(client.state(&first), format!("completed: delivered {code}"));
        let second = client.send_ok(to);
        client.wait(1000);
        assert_eq!(
            client.state(&second),
            format!("completed: suppressed {code}")
        );
    }
}

#[test]
fn each_channel_has_its_own_suppression_list() {
    let client = TestClient::new();
    let send_over = |channel: &str| {
        let path = format!("/v1/send/e/{channel}");
        let response = client.post(&path, &json!({"to": "sim:bounced"}));
        response.text_at("/id").to_owned()
    };
    send_over("email");
    client.wait(1000);
    let (email, sms) = (send_over("email"), send_over("sms"));
    client.wait(1000);
    assert_eq!(client.state(&email), "completed: suppressed HARD_BOUNCE");
    assert_eq!(client.state(&sms), "completed: failed HARD_BOUNCE");
}

#[test]
fn flaky_recipients_count_their_sends() {
    let client = TestClient::new();
    let decision = |to: &str| {
        let id = client.send_ok(to);
        client.wait(1000);
        let response = client.notification(&id);
        format!(
            "{} {}",
            response.text_at("/messages/0/status"),
            response.text_at("/messages/0/decided_by")
        )
    };
    assert_eq!(
        decision("flaky-2@simulator.test"),
        "failed recipient:flaky-2 (1 of 2)"
    );
    assert_eq!(
        decision("flaky-2+other@simulator.test"),
        "failed recipient:flaky-2 (1 of 2)"
    );
    assert_eq!(
        decision("FLAKY-2@simulator.test"),
        "failed recipient:flaky-2 (2 of 2)"
    );
    assert_eq!(
        decision("flaky-2@simulator.test"),
        "delivered recipient:flaky-2 (used up)"
    );
    // A replay does not count.
    for _ in 0..3 {
        client.post_with_key(
            "/v1/send/e",
            "k",
            &json!({"to": "flaky-2+r@simulator.test"}),
        );
    }
    assert_eq!(
        decision("flaky-2+r@simulator.test"),
        "failed recipient:flaky-2 (2 of 2)"
    );
    // Nor does a request that fails because of another recipient.
    client.send(json!([
        "flaky-1+f@simulator.test",
        "http-500@simulator.test"
    ]));
    assert_eq!(
        decision("flaky-1+f@simulator.test"),
        "failed recipient:flaky-1 (1 of 1)"
    );
}

#[test]
fn counted_http_errors_are_used_up() {
    let client = TestClient::new();
    let statuses: Vec<u16> = (0..4)
        .map(|_| client.send("http-429-2@simulator.test").status)
        .collect();
    assert_eq!(statuses, [429, 429, 200, 200]);
    let row = &client.get("/_simulator/messages").body["messages"][0];
    assert_eq!(
        row["message"]["decided_by"],
        "recipient:http-429-2 (used up)"
    );
    assert_eq!(client.send("http-429-2+b@simulator.test").status, 429);
}

#[test]
fn recipients_reach_their_final_status_through_the_api() {
    let client = TestClient::new();
    for (to, final_state) in [
        (
            "unsubscribed@simulator.test",
            "completed: suppressed OPTED_OUT",
        ),
        (
            "suppressed@simulator.test",
            "completed: suppressed SUPPRESSION_LIST",
        ),
        (
            "mailboxfull@simulator.test",
            "completed: failed MAILBOX_FULL",
        ),
        (
            "templateerror@simulator.test",
            "completed: failed TEMPLATE_ERROR",
        ),
        ("delivered-2h@simulator.test", "completed: delivered"),
        ("+15005550007", "completed: failed CARRIER_FILTERED"),
        ("+15005550008", "accepted: queued"),
        ("+15005550010", "completed: sent"),
        ("sim:blocked:1", "completed: failed POLICY_BLOCK"),
        ("+12025550123", "completed: delivered"),
    ] {
        assert_eq!(client.final_state(to), final_state, "{to}");
    }
}
