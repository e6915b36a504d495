//! Tests of `/v1/events`, which returns the events that were sent.

use serde_json::{Value, json};

use super::client::TestClient;

#[test]
fn sent_events_are_listed_with_their_channels() {
    let client = TestClient::new();
    let names = |client: &TestClient| {
        let response = client.get("/v1/events");
        assert_eq!(response.body["success"], true);
        let events = response.body["data"]["events"].as_array().unwrap().clone();
        events
            .iter()
            .map(|event| event["identifier"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(names(&client), Vec::<Value>::new());
    assert_eq!(client.get("/v1/events/welcome").api_error(), "404 - -");
    for event in ["welcome", "a.b", "order-shipped", "welcome"] {
        client.post(
            &format!("/v1/send/{event}"),
            &json!({"to": "ada@example.com"}),
        );
    }
    assert_eq!(names(&client), ["a.b", "order-shipped", "welcome"]);
    assert_eq!(names(&client.in_namespace("other")), Vec::<Value>::new());
    let event = client.get("/v1/events/welcome").body;
    let channels = json!([
        "email", "sms", "slack", "push", "telegram", "whatsapp", "discord"
    ]);
    let event = &event["data"]["event"];
    assert_eq!(
        (&event["name"], &event["channels"]),
        (&json!("welcome"), &channels)
    );
    assert_eq!(
        event["templates"][1],
        json!({"channel": "sms", "name": "welcome"})
    );
    let missing = client.in_namespace("other").get("/v1/events/welcome");
    assert_eq!(
        (missing.status, missing.text_at("/error")),
        (404, "Event 'welcome' not found")
    );
}
