//! Tests of recipients that cause an HTTP error, a simulated fault or a broken response.

use serde_json::json;

use super::client::TestClient;
use crate::simulator::Fault;

#[test]
#[rustfmt::skip]
fn http_errors_have_the_documented_bodies() {
    let client = TestClient::new();
    for (to, status, body, retry_after) in [
        ("http-400@simulator.test", 400, json!({"error": "Invalid email address", "field": "to", "code": "INVALID_EMAIL"}), None),
        ("+15005550400", 400, json!({"error": "Phone number must be in E.164 format", "field": "to"}), None),
        ("http-401@simulator.test", 401, json!({"error": "Invalid API key"}), None),
        ("http-402@simulator.test", 402, json!({"error": "Monthly notification quota exceeded", "current": 10_000, "limit": 10_000}), None),
        ("http-403@simulator.test", 403, json!({"error": "Subscription inactive", "code": "FORBIDDEN"}), None),
        ("http-404@simulator.test", 404, json!({"error": "Event 'welcome' not found"}), None),
        ("http-409@simulator.test", 409, json!({"error": "Duplicate request", "code": "CONFLICT"}), None),
        ("http-422@simulator.test", 422, json!({"error": "The request cannot be processed", "code": "VALIDATION_ERROR"}), None),
        ("http-429@simulator.test", 429, json!({"error": "Rate limit exceeded", "code": "RATE_LIMITED"}), Some("1")),
        ("http-500@simulator.test", 500, json!({"error": "Internal server error", "code": "SERVER_ERROR"}), None),
        ("http-503@simulator.test", 503, json!({"error": "Service unavailable", "code": "SERVER_ERROR"}), Some("5")),
        ("http-504@simulator.test", 504, json!({"error": "Gateway timeout", "code": "SERVER_ERROR"}), None),
        ("+15005550418", 418, json!({"error": "I'm a teapot", "code": "VALIDATION_ERROR"}), None),
    ] {
        let response = client.send(to);
        assert_eq!((response.status, &response.body), (status, &body), "{to}");
        let header = response.headers.get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(header, retry_after, "{to}");
    }
    let page = client.send("http-502@simulator.test");
    assert_eq!(page.status, 502);
    assert!(page.text.starts_with("<html>"));
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(client.get("/_simulator/messages").body["messages"], json!([]));
}

#[test]
fn a_fault_is_passed_to_the_transport() {
    let client = TestClient::new();
    let stored = || {
        client.get("/_simulator/messages").body["messages"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        client.send("timeout@simulator.test").fault,
        Some(Fault::Timeout)
    );
    assert_eq!(
        client.send("reset@simulator.test").fault,
        Some(Fault::Reset)
    );
    assert_eq!(stored(), 0);
    let lost = json!({"to": "lostresponse@simulator.test"});
    let first = client.post_with_key("/v1/send/e", "k", &lost);
    assert_eq!(first.fault, Some(Fault::LostResponse));
    let second = client.post_with_key("/v1/send/e", "k", &lost);
    assert_eq!((second.fault, second.status), (None, 200));
    assert_eq!(second.headers["x-idempotent-replay"], "true");
    assert_eq!(second.text_at("/status"), "accepted");
    assert_eq!(stored(), 1);
    client.wait(1000);
    assert_eq!(client.state(second.text_at("/id")), "completed: delivered");
}

#[test]
fn a_send_with_a_broken_response_is_stored() {
    for (final_state, body) in [
        ("emptybody", ""),
        ("htmlbody", "<!DOCTYPE html>"),
        ("truncated", "{\"id\":\""),
        ("scalarbody", "\"accepted\""),
        ("arraybody", "[]"),
    ] {
        let client = TestClient::unchecked();
        let to = json!({"to": format!("{final_state}@simulator.test")});
        let broken = client.post_with_key("/v1/send/e", "k", &to);
        assert_eq!(broken.status, 200);
        assert!(broken.text.starts_with(body), "{}", broken.text);
        assert!(broken.body.get("id").is_none(), "{final_state}");
        let good = client.post_with_key("/v1/send/e", "k", &to);
        assert_eq!(good.headers["x-idempotent-replay"], "true");
        client.wait(1000);
        assert_eq!(client.state(good.text_at("/id")), "completed: delivered");
    }
}
