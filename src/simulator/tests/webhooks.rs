//! Tests of webhooks that need no network: requests to `/v1/webhooks`, and which deliveries are planned.

use serde_json::{Value, json};

use super::client::{TestClient, block_on, since_start};
use crate::simulator::RegisterError;

pub const ALL_EVENTS: [&str; 5] = [
    "delivery.sent",
    "delivery.delivered",
    "delivery.failed",
    "delivery.bounced",
    "delivery.complained",
];

impl TestClient {
    /// Registers an endpoint for every event, and returns its id and its secret.
    pub fn register_endpoint(&self, url: &str) -> (String, String) {
        let created = self.post(
            "/v1/webhooks",
            &json!({"url": url, "enabled_events": ALL_EVENTS}),
        );
        assert_eq!(created.status, 201, "{}", created.text);
        let text = |name: &str| created.text_at(&format!("/webhook/{name}")).to_owned();
        (text("uuid"), text("signing_secret"))
    }

    /// Returns every delivery as `event@milliseconds status`, the oldest event first.
    pub fn deliveries(&self) -> Vec<String> {
        let body = self.get("/_simulator/webhooks?limit=1000").body;
        let list = body["deliveries"].as_array().unwrap().iter().rev();
        list.map(|delivery| {
            let event = delivery["event"].as_str().unwrap().replace("delivery.", "");
            let at = since_start(&delivery["at"]);
            format!("{event}@{at} {}", delivery["status"].as_str().unwrap())
        })
        .collect()
    }
}

const URL: &str = "http://127.0.0.1:9/hook";

#[test]
fn an_endpoint_is_created_read_changed_and_deleted() {
    let client = TestClient::new();
    assert_eq!(
        client.get("/v1/webhooks").body,
        json!({"success": true, "webhook": null})
    );
    let created = client.post(
        "/v1/webhooks",
        &json!({"url": URL, "enabled_events": ["delivery.failed", "delivery.sent"], "description": "d"}),
    );
    assert_eq!(created.status, 201);
    let uuid = created.text_at("/webhook/uuid").to_owned();
    let secret = created.text_at("/webhook/signing_secret").to_owned();
    assert!(
        secret.starts_with("whsec_") && secret.len() == 54,
        "{secret}"
    );
    let mut expected = json!({"success": true, "webhook": {
        "uuid": uuid, "url": URL, "enabled_events": ["delivery.sent", "delivery.failed"],
        "description": "d", "is_active": true, "created_at": "2026-04-01T12:00:00.000Z"}});
    assert_eq!(
        client.get("/v1/webhooks").body,
        expected,
        "only the first response has the secret"
    );

    let second = client.post(
        "/v1/webhooks",
        &json!({"url": URL, "enabled_events": ALL_EVENTS}),
    );
    assert_eq!(second.api_error(), "409 CONFLICT -");
    let path = format!("/v1/webhooks/{uuid}");
    let changed = client.call(
        "PATCH",
        &path,
        &json!({"is_active": false, "description": null}),
    );
    expected["webhook"]["is_active"] = json!(false);
    expected["webhook"]["description"] = Value::Null;
    assert_eq!((changed.status, &changed.body), (200, &expected));
    let changed = client.call(
        "PATCH",
        &path,
        &json!({"url": "https://example.com/", "enabled_events": ALL_EVENTS}),
    );
    assert_eq!(changed.text_at("/webhook/url"), "https://example.com/");
    assert_eq!(changed.body["webhook"]["enabled_events"], json!(ALL_EVENTS));

    assert_eq!(client.call("DELETE", &path, &json!({})).status, 200);
    for method in ["DELETE", "PATCH"] {
        assert_eq!(
            client.call(method, &path, &json!({})).api_error(),
            "404 NOT_FOUND -"
        );
    }
    assert_eq!(client.get("/v1/webhooks").body["webhook"], Value::Null);
    let (new_uuid, new_secret) = client.register_endpoint(URL);
    assert!(new_uuid != uuid && new_secret != secret);
}

#[test]
fn invalid_fields_of_an_endpoint_are_named() {
    let client = TestClient::new();
    let valid = json!({"url": URL, "enabled_events": ALL_EVENTS});
    #[rustfmt::skip]
    let invalid = [
        ("url", json!(null)), ("url", json!(7)), ("url", json!("/hook")), ("url", json!("ftp://127.0.0.1/")),
        ("url", json!("http:///hook")), ("url", json!(format!("http://a/{}", "a".repeat(2048)))),
        ("enabled_events", json!(null)), ("enabled_events", json!([])), ("enabled_events", json!("delivery.sent")),
        ("enabled_events", json!(["delivery.queued"])), ("enabled_events", json!([1])),
        ("is_active", json!(1)), ("description", json!(1)),
    ];
    for (field, value) in invalid {
        let mut body = valid.clone();
        body[field] = value;
        let api_error = client.post("/v1/webhooks", &body).api_error();
        assert_eq!(api_error, format!("400 VALIDATION_ERROR {field}"), "{body}");
    }
    for field in ["url", "enabled_events"] {
        let mut body = valid.clone();
        body.as_object_mut().unwrap().remove(field);
        let api_error = client.post("/v1/webhooks", &body).api_error();
        assert_eq!(api_error, format!("400 VALIDATION_ERROR {field}"));
    }
    let array = client.post("/v1/webhooks", &json!([]));
    assert_eq!(array.api_error(), "400 VALIDATION_ERROR -");
    let misspelled = client.post(
        "/v1/webhooks",
        &json!({"url": URL, "enabled_events": ["delivery.bounce"]}),
    );
    assert!(
        misspelled.text.contains("did you mean `delivery.bounced`?"),
        "{}",
        misspelled.text
    );
    for path in [
        "/v1/webhooks/nonsense",
        "/v1/webhooks/550e8400-e29b-41d4-a716-446655440000",
    ] {
        assert_eq!(
            client.call("PATCH", path, &json!({})).api_error(),
            "404 NOT_FOUND -"
        );
    }
    assert_eq!(client.call("PUT", "/v1/webhooks", &json!({})).status, 405);
}

#[test]
fn each_namespace_has_an_endpoint_of_its_own() {
    let main = TestClient::new();
    let (one, other) = (main.in_namespace("one"), main.in_namespace("other"));
    let (uuid, _) = one.register_endpoint(URL);
    assert_eq!(other.get("/v1/webhooks").body["webhook"], Value::Null);
    let path = format!("/v1/webhooks/{uuid}");
    assert_eq!(main.call("DELETE", &path, &json!({})).status, 404);
    for client in [&main, &one, &other] {
        client.send_ok("ada@example.com");
    }
    assert_eq!(
        one.deliveries(),
        ["sent@200 waiting", "delivered@1000 waiting"]
    );
    assert!(main.deliveries().is_empty() && other.deliveries().is_empty());
    other.register_endpoint(URL);
    one.post("/_simulator/reset", &json!({}));
    assert_eq!(one.get("/v1/webhooks").body["webhook"], Value::Null);
    assert!(one.deliveries().is_empty());
    assert_ne!(other.get("/v1/webhooks").body["webhook"], Value::Null);
}

#[test]
fn a_reset_keeps_the_endpoint_that_a_flag_registered() {
    let client = TestClient::new();
    let register = || block_on(client.simulator.register_webhook(URL));
    assert!(
        register()
            .unwrap()
            .secret
            .unwrap()
            .expose()
            .starts_with("whsec_")
    );
    assert_eq!(register().unwrap().secret, None, "it is registered already");
    client.send_ok("ada@example.com");
    client.post("/_simulator/reset?all=true", &json!({}));
    assert!(client.deliveries().is_empty());
    assert_eq!(client.get("/v1/webhooks").text_at("/webhook/url"), URL);
    let invalid = block_on(client.simulator.register_webhook("nonsense"));
    assert!(invalid.unwrap_err().to_string().contains("http://"));
    let other = block_on(client.simulator.register_webhook("http://localhost/other"));
    assert!(matches!(other, Err(RegisterError::OtherEndpoint(url)) if url == URL));
    let remote = block_on(client.simulator.register_webhook("https://example.com/x"));
    assert!(
        matches!(remote, Err(RegisterError::Destination(_))),
        "{remote:?}"
    );
}

#[test]
fn only_enabled_events_are_planned() {
    let client = TestClient::new();
    client.send_ok("early@example.com");
    let (uuid, _) = client.register_endpoint(URL);
    assert!(
        client.deliveries().is_empty(),
        "the endpoint did not exist yet"
    );
    client.send_ok("complained@simulator.test");
    assert_eq!(
        client.deliveries(),
        [
            "sent@200 waiting",
            "delivered@1000 waiting",
            "complained@60000 waiting"
        ]
    );
    let path = format!("/v1/webhooks/{uuid}");
    client.call(
        "PATCH",
        &path,
        &json!({"enabled_events": ["delivery.complained"]}),
    );
    assert_eq!(
        client.deliveries(),
        [
            "sent@200 dropped",
            "delivered@1000 dropped",
            "complained@60000 waiting"
        ]
    );
    let list = client.get("/_simulator/webhooks").body;
    let due = since_start(&list["deliveries"][0]["due_at"]);
    assert_eq!(due, 60_000, "the first of its message that is left");
    client.call("PATCH", &path, &json!({"is_active": false}));
    assert_eq!(
        client.deliveries().last().unwrap(),
        "complained@60000 dropped"
    );
    client.send_ok("ada@example.com");
    assert_eq!(
        client.deliveries().len(),
        3,
        "nothing is planned for an inactive endpoint"
    );
}

#[test]
fn cancelling_a_message_cancels_its_webhooks() {
    let client = TestClient::new();
    client.register_endpoint(URL);
    client.send_ok("slow@simulator.test");
    client.send_ok("ada@example.com");
    let cancelled = client.post("/v1/cancel/welcome", &json!({"to": "slow@simulator.test"}));
    assert_eq!(cancelled.body["cancelled"], 1);
    assert_eq!(
        client.deliveries(),
        ["sent@200 waiting", "delivered@1000 waiting"]
    );
    client.send_ok("sim:suppressed");
    client.send_ok("queued@simulator.test");
    assert_eq!(
        client.deliveries().len(),
        2,
        "these statuses have no events"
    );
}
