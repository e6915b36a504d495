//! Tests of namespaces. Each key `test_run_<name>` selects a namespace, and one file holds all of them.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::client::{START, TestClient, block_on, since_start};
use crate::host::{Clock, Entropy};
use crate::simulator::Simulator;
use crate::sqlite::DbLocation;

/// Returns the lists of messages and suppressions of the client's namespace, and the statistics.
fn read_lists(client: &TestClient) -> Vec<Value> {
    [
        "/_simulator/messages",
        "/_simulator/messages?status=delivered,failed&channel=email",
        "/_simulator/messages?event=welcome",
        "/_simulator/messages?to=bounced@simulator.test",
        "/_simulator/messages?changed_after=0",
        "/_simulator/statistics",
        "/_simulator/suppressions",
    ]
    .map(|path| {
        let response = client.get(path);
        assert_eq!(response.status, 200, "{path}: {}", response.text);
        response.body
    })
    .to_vec()
}

#[test]
fn two_namespaces_in_one_file_do_not_see_each_other() {
    let main = TestClient::new();
    let (one, other) = (main.in_namespace("one"), main.in_namespace("other"));
    let empty = (read_lists(&main), read_lists(&other));
    assert_eq!(empty.0, empty.1);

    let id = one.send_ok(json!({"id": "user_1", "email": "bounced@simulator.test", "name": "Ada"}));
    one.wait(1000);
    assert_eq!(one.state(&id), "completed: failed HARD_BOUNCE");
    assert_eq!(
        one.get("/_simulator/messages").body["messages"][0]["id"],
        id
    );
    for client in [&main, &other] {
        // Ids of another namespace are unknown.
        for path in [
            format!("/v1/notifications/{id}"),
            format!("/_simulator/notifications/{id}/timeline"),
        ] {
            assert_eq!(client.get(&path).api_error(), "404 NOT_FOUND -", "{path}");
        }
        for list in read_lists(client) {
            let text = list.to_string();
            assert!(
                !text.contains("bounced") && !text.contains("HARD_BOUNCE"),
                "{text}"
            );
        }
        // Neither the contact nor the suppression exists here.
        assert_eq!(
            client.send("user_1").api_error(),
            "400 MISSING_IDENTIFIER to"
        );
        assert_eq!(
            client.final_state("bounced@simulator.test"),
            "completed: failed HARD_BOUNCE"
        );
    }
    assert_eq!(
        one.final_state("user_1"),
        "completed: suppressed HARD_BOUNCE"
    );
    let removed = other.post(
        "/_simulator/suppressions",
        &json!({"remove": "bounced@simulator.test"}),
    );
    assert_eq!(removed.body["changed"], 1);
    assert_eq!(
        one.final_state("user_1"),
        "completed: suppressed HARD_BOUNCE"
    );
}

#[test]
fn each_namespace_has_its_own_counters_idempotency_keys_and_cancellations() {
    let main = TestClient::new();
    let (one, other) = (main.in_namespace("one"), main.in_namespace("other"));
    let body = json!({"to": "flaky-1@simulator.test"});
    let mut ids = Vec::new();
    for client in [&main, &one, &other] {
        let first = client.post_with_key("/v1/send/e", "k", &body);
        assert!(!first.headers.contains_key("x-idempotent-replay"));
        let replay = client.post_with_key("/v1/send/e", "k", &body);
        assert_eq!((&replay.text, replay.status), (&first.text, 200));
        let conflict = client.post_with_key("/v1/send/other", "k", &body);
        assert_eq!(conflict.api_error(), "409 CONFLICT -");
        ids.push(first.text_at("/id").to_owned());
        assert_eq!(client.send("http-429-1@simulator.test").status, 429);
        assert_eq!(client.send("http-429-1@simulator.test").status, 200);
        client.send_ok("queued@simulator.test");
    }
    let cancelled = one.post(
        "/v1/cancel/welcome",
        &json!({"to": "queued@simulator.test"}),
    );
    assert_eq!(cancelled.body["cancelled"], 1);
    main.wait(1000);
    for (client, id) in [&main, &one, &other].into_iter().zip(&ids) {
        assert_eq!(client.state(id), "completed: failed SOFT_BOUNCE");
        assert_eq!(
            client.final_state("flaky-1@simulator.test"),
            "completed: delivered"
        );
    }
    let cancelled = main.post(
        "/v1/cancel/welcome",
        &json!({"to": "queued@simulator.test"}),
    );
    assert_eq!(
        cancelled.body["cancelled"], 1,
        "the other namespace cancelled only its own"
    );
}

#[test]
fn the_clock_is_shared() {
    let main = TestClient::new();
    let one = main.in_namespace("one");
    one.post("/_simulator/clock", &json!({"advance": 5000}));
    assert_eq!(
        since_start(&main.get("/_simulator/clock").body["virtual"]),
        5000
    );
    let id = main.send_ok("ada@example.com");
    one.post("/_simulator/clock", &json!({"advance": 1000}));
    assert_eq!(main.state(&id), "completed: delivered");
}

#[test]
fn a_reset_deletes_one_namespace() {
    let main = TestClient::new();
    let (one, other) = (main.in_namespace("one"), main.in_namespace("other"));
    let reset = |client: &TestClient, path: &str| client.post(path, &json!({})).body;
    let counts = |n: u64, m: u64| json!({"notifications": n, "messages": n, "contacts": m});
    let fill = || {
        for client in [&main, &one, &other] {
            client.send_ok("bounced@simulator.test");
            client.send_ok(json!({"push_token": "t"}));
            client.post_with_key("/v1/send/e", "k", &json!({"to": "flaky-1@simulator.test"}));
        }
        main.post("/_simulator/clock", &json!({"advance": 5000}));
    };
    fill();
    assert_eq!(reset(&one, "/_simulator/reset"), counts(3, 3));
    assert_eq!(reset(&one, "/_simulator/reset"), counts(0, 0));
    assert_eq!(
        one.get("/_simulator/suppressions").body["suppressions"],
        json!([])
    );
    assert_eq!(
        other.get("/_simulator/messages").body["messages"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        since_start(&main.get("/_simulator/clock").body["virtual"]),
        5000
    );
    assert_eq!(reset(&main, "/_simulator/reset"), counts(3, 3));
    assert_eq!(
        since_start(&main.get("/_simulator/clock").body["virtual"]),
        0,
        "the clock is reset with the main namespace"
    );
    assert_eq!(
        other.get("/_simulator/messages").body["messages"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    fill();
    // The other namespace was not deleted before: there the same idempotency key was a replay.
    assert_eq!(reset(&one, "/_simulator/reset?all=true"), counts(11, 9));
    assert_eq!(read_lists(&other)[0]["messages"], json!([]));
    assert_eq!(
        since_start(&main.get("/_simulator/clock").body["virtual"]),
        0
    );
    assert_eq!(main.get("/_simulator/reset?all=perhaps").status, 405);
    let invalid = main.post("/_simulator/reset?all=perhaps", &json!({}));
    assert_eq!(invalid.api_error(), "400 VALIDATION_ERROR all");
}

#[test]
fn the_key_selects_the_namespace() {
    let main = TestClient::new();
    main.send_ok("ada@example.com");
    let count = |key: Option<&str>| {
        let mut request = Request::get("/_simulator/messages");
        if let Some(key) = key {
            request = request.header("Authorization", key);
        }
        let response = main.request(request.body(Body::empty()).unwrap());
        response.body["messages"]
            .as_array()
            .map(Vec::len)
            .ok_or(response.status)
    };
    for (key, expected) in [
        (None, Ok(1)),
        (Some("Bearer test_simulator"), Ok(1)),
        (Some("Bearer test_run"), Ok(1)),
        (Some("bearer test_run_a"), Ok(0)),
        (Some("BEARER test_run"), Ok(1)),
        (Some("Bearer test_run_"), Err(401)),
        (Some("Bearer test_run_a/b"), Err(401)),
        (Some("Bearer live_run_"), Err(401)),
        (Some("Bearer test_run_a"), Ok(0)),
        (Some("Bearer live_run_a"), Ok(0)),
        // An invalid key must not fall back to another namespace.
        (Some("Bearer run_a"), Err(401)),
        (Some("test_run_a"), Err(401)),
    ] {
        assert_eq!(count(key), expected, "{key:?}");
    }
}

#[test]
fn namespaces_that_share_a_transaction_keep_the_order_of_their_ids() {
    let directory = tempfile::tempdir().unwrap();
    let location = DbLocation::File(directory.path().join("simulator.db"));
    let clock = Clock::Manual(Arc::new(AtomicI64::new(START)));
    let simulator =
        Simulator::open_to_serve(&location, clock, Entropy::Seeded(Arc::default())).unwrap();
    let send = |key: String| {
        let request = Request::post("/v1/send/welcome")
            .header("Authorization", format!("Bearer {key}"))
            .header("Content-Type", "application/json")
            .body(json!({"to": "ada@example.com"}).to_string().into_bytes());
        simulator.call(request.unwrap())
    };
    let mut main = Vec::new();
    for round in 0..30 {
        // The first occupies the writer while the others queue, so that they share a transaction. The ids of a new
        // namespace start anywhere within a millisecond, before the main namespace's last id or after it.
        let keys = [
            "test_run_first".to_owned(),
            format!("test_run_{round}"),
            "test_key".to_owned(),
        ];
        let responses = block_on(futures_util::future::join_all(keys.map(send)));
        let body: Value = serde_json::from_slice(responses[2].body()).unwrap();
        main.push(body["id"].as_str().unwrap().to_owned());
    }
    assert!(main.is_sorted(), "{main:?}");
}
