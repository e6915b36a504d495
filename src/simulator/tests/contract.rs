//! Tests of the API keys, paths, methods and bodies that the simulator accepts.

use axum::body::Body;
use http::Request;
use serde_json::json;

use super::client::TestClient;

#[test]
fn only_test_keys_are_accepted() {
    let client = TestClient::new();
    let invalid = "Invalid API key";
    let live = "Invalid API key: the simulator accepts test_ keys only";
    for (header, error) in [
        (None, Some(invalid)),
        (Some("Bearer ".to_owned()), Some(invalid)),
        (Some("test_key".to_owned()), Some(invalid)),
        (Some("Basic test_key".to_owned()), Some(invalid)),
        (Some("Bearer prod_key".to_owned()), Some(invalid)),
        (
            Some(format!("Bearer test_{}", "0".repeat(32))),
            Some(invalid),
        ),
        (
            Some(format!("Bearer live_{}", "0".repeat(32))),
            Some(invalid),
        ),
        (Some("Bearer live_key".to_owned()), Some(live)),
        (Some("Bearer test_key".to_owned()), None),
        (Some(format!("Bearer test_{}", "0".repeat(31))), None),
    ] {
        let mut request =
            Request::post("/v1/send/welcome").header("Content-Type", "application/json");
        if let Some(header) = &header {
            request = request.header("Authorization", header);
        }
        let body = Body::from(json!({"to": "ada@example.com"}).to_string());
        let response = client.request(request.body(body).unwrap());
        let expected = if error.is_some() { 401 } else { 200 };
        assert_eq!(response.status, expected, "{header:?}");
        assert_eq!(response.body["error"].as_str(), error, "{header:?}");
        assert_eq!(response.headers["x-sendivent-simulated"], "true");
    }
    let ready = Request::get("/_simulator/ready")
        .body(Body::empty())
        .unwrap();
    assert_eq!(client.request(ready).text, r#"{"ready":true}"#);
}

#[test]
fn a_send_returns_the_documented_response() {
    let client = TestClient::new();
    let response = client.send("user@example.com");
    assert_eq!(response.status, 200);
    assert_eq!(response.headers["content-type"], "application/json");
    assert_eq!(response.headers["x-sendivent-simulated"], "true");
    let time = "2026-04-01T12:00:00.000Z";
    assert_eq!(response.headers["x-sendivent-virtual-time"], time);
    let id = response.text_at("/id").to_owned();
    assert_eq!(id.len(), 36);
    let accepted = json!({"id": id, "event": "welcome", "status": "accepted"});
    assert_eq!(response.body, accepted);

    client.wait(5000);
    let notification = client.notification(&id);
    let message = notification.text_at("/messages/0/id").to_owned();
    assert_ne!(message, id);
    assert_eq!(
        notification.body,
        json!({
            "id": id, "event": "welcome", "contact": {"email": "user@example.com"}, "status": "completed",
            "started_at": time, "completed_at": "2026-04-01T12:00:01.000Z",
            "messages": [{
                "id": message, "channel": "email", "status": "delivered", "template": "welcome",
                "queued_at": time, "sent_at": "2026-04-01T12:00:00.200Z", "delivered_at": "2026-04-01T12:00:01.000Z",
                "failed_at": null, "error": null, "decided_by": "default",
            }],
        })
    );
}

#[test]
fn unknown_routes_return_errors() {
    let client = TestClient::new();
    for (method, path, expected) in [
        ("GET", "/v1/deliveries", "501 NOT_SIMULATED -"),
        ("POST", "/v1/send", "501 NOT_SIMULATED -"),
        ("GET", "/v1", "501 NOT_SIMULATED -"),
        ("GET", "/v2/send", "404 NOT_FOUND -"),
        ("GET", "/_simulator/nothing", "404 NOT_FOUND -"),
        ("GET", "/v1/send/welcome", "405 METHOD_NOT_ALLOWED -"),
        ("DELETE", "/_simulator/clock", "405 METHOD_NOT_ALLOWED -"),
        ("GET", "/v1/notifications/7", "404 NOT_FOUND -"),
        (
            "GET",
            "/v1/notifications/550e8400-e29b-41d4-a716-446655440000",
            "404 NOT_FOUND -",
        ),
        ("GET", "/v1/notifications/%ff", "400 VALIDATION_ERROR -"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("Authorization", "Bearer test_key");
        let response = client.request(request.body(Body::empty()).unwrap());
        assert_eq!(response.api_error(), expected, "{method} {path}");
        assert_eq!(response.headers["x-sendivent-simulated"], "true");
    }
    let unknown = client.get("/v1/integrations");
    let error = unknown.text_at("/error");
    assert!(
        error.contains("the fidelity table in the README"),
        "{error}"
    );
}

#[test]
#[rustfmt::skip]
fn malformed_sends_are_rejected() {
    let client = TestClient::new();
    let to = "ada@example.com";
    for (path, body, expected) in [
        ("/v1/send/a%20b", json!({"to": to}), "400 VALIDATION_ERROR event"),
        ("/v1/send/welcome/emial", json!({"to": to}), "400 VALIDATION_ERROR channel"),
        ("/v1/send/welcome", json!([]), "400 VALIDATION_ERROR -"),
        ("/v1/send/welcome", json!({"to": 7}), "400 VALIDATION_ERROR to"),
        ("/v1/send/welcome", json!({"to": []}), "400 VALIDATION_ERROR to"),
        ("/v1/send/welcome", json!({"to": [to, 7]}), "400 VALIDATION_ERROR to"),
        ("/v1/send/welcome", json!({"to": "ada@"}), "400 INVALID_EMAIL to"),
        ("/v1/send/welcome", json!({"to": "070"}), "400 MISSING_IDENTIFIER to"),
        ("/v1/send/welcome", json!({"to": to, "payload": []}), "400 VALIDATION_ERROR payload"),
        ("/v1/send/welcome", json!({"to": to, "language": 1}), "400 VALIDATION_ERROR language"),
        ("/v1/send/welcome", json!({"to": to, "overrides": 1}), "400 VALIDATION_ERROR overrides"),
        ("/v1/send/welcome", json!({"to": to, "from": 1}), "400 VALIDATION_ERROR from"),
        ("/v1/cancel/welcome", json!({}), "400 VALIDATION_ERROR to"),
        ("/v1/cancel/welcome", json!({"to": [to]}), "400 VALIDATION_ERROR to"),
    ] {
        assert_eq!(client.post(path, &body).api_error(), expected, "{path} {body}");
    }
    let request = client.request_builder("POST", "/v1/send/welcome");
    let broken = client.request(request.body(Body::from("{\"to\":")).unwrap());
    assert_eq!(broken.api_error(), "400 VALIDATION_ERROR -");
    assert_eq!(client.get("/_simulator/messages").body["messages"], json!([]));
}

#[test]
fn an_unknown_channel_is_rejected_with_the_nearest_name() {
    let client = TestClient::new();
    let response = client.post("/v1/send/welcome/emial", &json!({"to": "ada@example.com"}));
    let error = "`emial` is not a channel; did you mean `email`?";
    assert_eq!(response.text_at("/error"), error);
}

#[test]
fn a_body_that_is_too_long_is_rejected() {
    let client = TestClient::new();
    let long = json!({"to": "ada@example.com", "payload": {"text": "x".repeat(3_000_000)}});
    let response = client.post("/v1/send/welcome", &long);
    assert_eq!(response.api_error(), "413 VALIDATION_ERROR -");
    assert_eq!(
        response.text_at("/error"),
        "The body may have at most 1048576 bytes"
    );
}

#[test]
fn a_body_may_be_one_mebibyte_long() {
    let client = TestClient::new();
    let without_text = json!({"to": "ada@example.com", "payload": {"text": ""}}).to_string();
    let send = |length: usize| {
        let text = "x".repeat(length - without_text.len());
        client.post(
            "/v1/send/welcome",
            &json!({"to": "ada@example.com", "payload": {"text": text}}),
        )
    };
    assert_eq!(send(1 << 20).status, 200);
    assert_eq!(send((1 << 20) + 1).api_error(), "413 VALIDATION_ERROR -");
    for (method, path) in [
        ("POST", "/v1/contacts"),
        ("PATCH", "/v1/contacts/u"),
        ("DELETE", "/v1/contacts/u/push-tokens"),
    ] {
        let long = json!({"id": "x".repeat(1 << 20)});
        assert_eq!(
            client.call(method, path, &long).api_error(),
            "413 VALIDATION_ERROR -",
            "{path}"
        );
    }
}

#[test]
fn a_body_must_be_declared_as_json() {
    let client = TestClient::new();
    let body = json!({"to": "ada@example.com"}).to_string();
    for (content_type, expected) in [
        (None, 415),
        (Some("application/json"), 200),
        (Some("Application/JSON; charset=utf-8"), 200),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("text/plain"), 415),
        (Some("application/jsonp"), 415),
        (Some(""), 415),
        (Some("å"), 415),
    ] {
        let mut request =
            Request::post("/v1/send/welcome").header("Authorization", "Bearer test_key");
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type.as_bytes());
        }
        let response = client.request(request.body(Body::from(body.clone())).unwrap());
        assert_eq!(response.status, expected, "{content_type:?}");
        assert_eq!(response.headers["content-type"], "application/json");
    }
    // Nor may a page in a browser reach the control plane.
    let form = Request::post("/_simulator/reset").header("Content-Type", "text/plain");
    let form = client.request(form.body(Body::empty()).unwrap());
    assert_eq!(form.api_error(), "415 VALIDATION_ERROR -");
    // A path or method that does not exist is reported before the Content-Type.
    for (path, status) in [("/v1/events", 405), ("/v1/deliveries", 501), ("/v2", 404)] {
        let bare = Request::post(path).header("Authorization", "Bearer test_key");
        assert_eq!(
            client.request(bare.body(Body::empty()).unwrap()).status,
            status,
            "{path}"
        );
    }
    let bare = Request::delete("/v1/contacts/u").header("Authorization", "Bearer test_key");
    assert_eq!(
        client.request(bare.body(Body::empty()).unwrap()).status,
        404
    );
    // A request without a body may have any Content-Type.
    let read = client
        .request_builder("GET", "/v1/contacts")
        .header("Content-Type", "text/plain");
    assert_eq!(
        client.request(read.body(Body::empty()).unwrap()).status,
        200
    );
}

#[test]
fn a_body_that_is_not_json_is_rejected() {
    let client = TestClient::new();
    for broken in [
        &b""[..],
        b"{",
        b"\xff",
        b"{\"to\":\"\\ud800\"}",
        b"nul",
        b"{}x",
        b"7",
    ] {
        for (method, path) in [
            ("POST", "/v1/send/welcome"),
            ("POST", "/v1/cancel/welcome"),
            ("POST", "/v1/contacts"),
            ("PATCH", "/v1/contacts/u"),
            ("POST", "/v1/contacts/u/push-tokens"),
            ("DELETE", "/v1/contacts/u/push-tokens"),
        ] {
            let request = client
                .request_builder(method, path)
                .body(Body::from(broken.to_vec()));
            let response = client.request(request.unwrap());
            assert_eq!(
                response.api_error(),
                "400 VALIDATION_ERROR -",
                "{path} {broken:?}"
            );
        }
    }
    // Deep nesting must not overflow the stack.
    let deep = format!("{{\"to\":{}", "[".repeat(500_000));
    let request = client
        .request_builder("POST", "/v1/send/welcome")
        .body(Body::from(deep));
    assert_eq!(
        client.request(request.unwrap()).api_error(),
        "400 VALIDATION_ERROR -"
    );
}

#[test]
fn paths_that_cannot_be_decoded_are_rejected() {
    let client = TestClient::new();
    for (method, path, status) in [
        ("GET", "/v1/contacts/%ff", 400),
        ("PATCH", "/v1/contacts/%ff", 400),
        ("DELETE", "/v1/contacts/%c3%28", 400),
        ("POST", "/v1/contacts/%ff/push-tokens", 400),
        ("GET", "/v1/events/%ff", 400),
        ("POST", "/v1/cancel/%ff", 400),
        ("POST", "/v1/send/%ff/email", 400),
        // An incomplete percent-encoding is taken literally.
        ("GET", "/v1/contacts/%", 404),
        ("GET", "/v1/contacts/%zz", 404),
        ("GET", "/v1/contacts/%00", 404),
        ("GET", "/v1/events/%2F..%2F", 404),
        ("GET", "/v1/contacts/", 404),
        ("GET", "/v1/contacts?search=%ff%zz%", 200),
        ("PUT", "/v1/contacts/u", 405),
        ("DELETE", "/v1/contacts", 405),
        ("POST", "/v1/events", 405),
        ("GET", "/v1/contacts/u/push-tokens", 405),
        ("TRACE", "/v1/send/welcome", 405),
        ("BREW", "/v1/send/welcome", 405),
    ] {
        let response = client.call(
            method,
            path,
            &json!({"token": "t", "to": "ada@example.com"}),
        );
        assert_eq!(response.status, status, "{method} {path} {}", response.text);
        assert_eq!(response.headers["content-type"], "application/json");
        assert_eq!(
            response.body["error"].is_string(),
            status != 200,
            "{}",
            response.text
        );
    }
}

#[test]
fn the_contract_of_the_official_sdks_holds() {
    let client = TestClient::new();
    // The same checks as the smoke tests of the SDKs.
    let send_ok = client.post(
        "/v1/send/onboarding_welcome",
        &json!({"to": "test@example.com", "payload": {}}),
    );
    assert_eq!(send_ok.body["status"], "accepted");
    assert_eq!(send_ok.body["event"], "onboarding_welcome");
    assert_eq!(send_ok.body.get("error"), None);
    let id = send_ok.text_at("/id");
    assert_eq!((id.len(), uuid::Uuid::try_parse(id).is_ok()), (36, true));

    let bearer = format!("Bearer test_{}", "0".repeat(32));
    let rejected = Request::post("/v1/send/welcome").header("Authorization", bearer);
    let rejected = client.request(rejected.body(Body::from("{}")).unwrap());
    assert_eq!(rejected.status, 401);
    assert!(rejected.text_at("/error").contains("Invalid API key"));

    let unknown = client.get("/v1/contacts/nobody-has-this-id");
    assert!(unknown.status >= 400);
    assert_ne!(unknown.text, "");
}
