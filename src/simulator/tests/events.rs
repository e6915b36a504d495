//! The events that were sent so far.

use serde_json::{Value, json};

use super::driver::Room;

#[test]
fn the_events_so_far_are_listed_with_the_order_of_their_channels() {
    let room = Room::new();
    let names = |room: &Room| {
        let answer = room.get("/v1/events");
        assert_eq!(answer.body["success"], true);
        let events = answer.body["data"]["events"].as_array().unwrap().clone();
        events
            .iter()
            .map(|event| event["identifier"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(names(&room), Vec::<Value>::new());
    assert_eq!(room.get("/v1/events/welcome").api_error(), "404 - -");
    for event in ["welcome", "a.b", "order-shipped", "welcome"] {
        room.post(
            &format!("/v1/send/{event}"),
            &json!({"to": "ada@example.com"}),
        );
    }
    assert_eq!(names(&room), ["a.b", "order-shipped", "welcome"]);
    assert_eq!(names(&room.run("other")), Vec::<Value>::new());
    let event = room.get("/v1/events/welcome").body;
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
    let missing = room.run("other").get("/v1/events/welcome");
    assert_eq!(
        (missing.status, missing.text_at("/error")),
        (404, "Event 'welcome' not found")
    );
}
