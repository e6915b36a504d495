use serde_json::Value;

use crate::fault_server::{
    Action, FaultServer, ID, RECEIPT, ReceivedRequest, ServiceEnv, json_response, notification,
    response,
};

const TO_ADA: &str = "send welcome --to ada@example.com --idempotency-key k-1";

#[test]
fn an_unsafe_id_is_dropped() {
    for id in [r"a\nb", r"a b", r"a\u001b[2J", "", &"a".repeat(201)] {
        let receipt = format!(r#"{{"id":"{id}","event":"welcome","status":"accepted"}}"#);
        let server = FaultServer::with_actions(vec![Action::Respond(json_response(200, &receipt))]);
        let output = ServiceEnv::new(server.url()).run(&format!("{TO_ADA} -q --timeout 1s"));
        let output = output.assert_code(69);
        output.assert_stderr_contains(&["accepted, but the response cannot be decoded", "k-1"]);
    }
}

/// Returns the last JSON document of a text.
fn last_line(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_retry_after_wait_is_reported_with_request_and_key() {
    let headers = ["Retry-After: 3600", "X-Request-Id: req-7"];
    let limited = response(429, &headers, r#"{"error":"Rate limit"}"#);
    let server = FaultServer::with_actions(vec![Action::Respond(limited)]);
    let client = ServiceEnv::new(server.url());
    let send = format!("{TO_ADA} --timeout 2s");
    client.run(&send).assert_code(7).assert_stderr_contains(&[
        "Rate limit (HTTP 429, retry after 1 h)",
        "\n  request id: req-7\n",
    ]);
    let error = &last_line(&client.run(&format!("{send} --json")).assert_code(7).stderr)["error"];
    assert_eq!(error["retry_after_ms"], 3_600_000);
    assert_eq!(error["request_id"], "req-7");
    assert_eq!(error["idempotency_key"], "k-1");
    let server = FaultServer::with_actions(vec![Action::Respond(json_response(422, "{}"))]);
    let client = ServiceEnv::new(server.url());
    let error = &last_line(&client.run(&format!("{send} --json")).assert_code(5).stderr)["error"];
    assert_eq!(error["retry_after_ms"], Value::Null);
    assert_eq!(error["idempotency_key"], "k-1");
}

#[test]
fn a_long_text_is_truncated_except_in_json() {
    let body = format!(r#"{{"error":"{}"}}"#, "e".repeat(5000));
    let server = FaultServer::with_actions(vec![Action::Respond(json_response(422, &body))]);
    let client = ServiceEnv::new(server.url());
    let output = client.run(TO_ADA).assert_code(5);
    assert!(
        output.stderr.contains(&format!("{}…", "e".repeat(500))),
        "{output:#?}"
    );
    assert!(!output.stderr.contains(&"e".repeat(501)), "{output:#?}");
    client
        .run(&format!("-v {TO_ADA}"))
        .assert_code(5)
        .assert_stderr_contains(&[&"e".repeat(5000)]);
}

#[test]
fn a_json_watch_ends_with_reason_and_resume_command() {
    let resume = format!("sendivent watch {ID}");
    for (status, command, code, reason) in [
        (
            401,
            format!("watch {ID} --timeout 1s"),
            4,
            "key from SENDIVENT_API_KEY",
        ),
        (
            503,
            format!("watch {ID} --timeout 1s"),
            69,
            "the service failed (HTTP 503)",
        ),
        (
            503,
            format!("watch {ID} --max-errors 1"),
            69,
            "the service failed (HTTP 503)",
        ),
        (
            503,
            format!("{TO_ADA} --wait --timeout 1s"),
            69,
            "the service failed (HTTP 503)",
        ),
    ] {
        let actions = match command.starts_with("send") {
            true => vec![json_response(200, RECEIPT), json_response(status, "{}")],
            false => vec![json_response(status, "{}")],
        };
        let server = FaultServer::with_actions(actions.into_iter().map(Action::Respond).collect());
        let output = ServiceEnv::new(server.url()).run(&format!("{command} --json"));
        let output = output.assert_code(code);
        assert_eq!(output.stderr, "", "{output:#?}");
        let end = last_line(&output.stdout);
        assert!(end["reason"].as_str().unwrap().contains(reason), "{end}");
        assert_eq!(end["resume"], resume.as_str(), "{end}");
    }
}

#[test]
fn a_replayed_send_repeats_the_send_and_not_the_poll() {
    let server = FaultServer::with_actions(vec![Action::Reset(vec![])]);
    let client = ServiceEnv::new(server.url());
    let first = client
        .run("send welcome --to ada@example.com --timeout 1s")
        .assert_code(69);
    first.assert_stderr_contains(&["Repeat the same command with `--idempotency-key "]);
    let given = client.run("send welcome --to bob@example.com --idempotency-key k-1 --timeout 1s");
    given
        .assert_code(69)
        .assert_stderr_contains(&["Repeat the same command unchanged"]);
    for command in ["status --last", "watch --last"] {
        client
            .run(command)
            .assert_code(69)
            .assert_stderr_contains(&[
                "Repeat that send (`welcome` to bob@example.com) with `--idempotency-key k-1`",
            ]);
    }
}

/// Accepts sends and answers polls with this body.
fn echo_service(headers: &'static [&'static str], polled: String) -> FaultServer {
    FaultServer::new(
        move |request: &ReceivedRequest| match request.line().starts_with("POST") {
            true => Action::Respond(response(200, headers, RECEIPT)),
            false => Action::Respond(response(200, headers, &polled)),
        },
    )
}

#[test]
fn a_recipient_missing_in_the_response_comes_from_the_request() {
    let unnamed = notification(ID, "delivered").replace("ada@example.com", "");
    let unnamed = unnamed.replace(r#"{"email":""}"#, "null");
    assert!(unnamed.contains(r#""contact":null"#), "{unnamed}");
    let nobody = "a recipient that the service does not name";
    for (to, name) in [
        ("--to ada@example.com", "ada@example.com"),
        ("--broadcast", "the event's listeners"),
    ] {
        let server = echo_service(&[], unnamed.clone());
        let client = ServiceEnv::new(server.url());
        let sent = client
            .run(&format!("send welcome {to} --wait"))
            .assert_code(0);
        let lines: Vec<&str> = sent.stdout.lines().collect();
        assert!(
            lines.len() > 1 && lines.iter().all(|line| line.contains(name)),
            "{sent:#?}"
        );
        for command in ["status", "watch", "explain"] {
            let output = client.run(&format!("{command} {ID}")).assert_code(0);
            assert!(output.stdout.contains(name), "{output:#?}");
            let other_env = ServiceEnv::new(server.url());
            let output = other_env.run(&format!("{command} {ID}")).assert_code(0);
            assert!(output.stdout.contains(nobody), "{output:#?}");
            assert!(!output.stdout.contains("listeners"), "{output:#?}");
        }
        let output = client.run(&format!("status {ID} --json")).assert_code(0);
        let found = &last_line(&output.stdout)["notifications"][0];
        assert_eq!(
            (&found["recipient"], &found["contact"]),
            (&name.into(), &Value::Null)
        );
    }
}

#[test]
fn an_offline_list_of_simulated_sends_is_marked() {
    for (headers, simulated) in [
        (&["X-Sendivent-Simulated: true"][..], true),
        (&[][..], false),
    ] {
        let server = echo_service(headers, notification(ID, "delivered"));
        let client = ServiceEnv::new(server.url());
        client
            .run("send welcome --to ada@example.com")
            .assert_code(0);
        let list = |flags: &str| {
            client
                .run(&format!("activity --offline {flags}"))
                .assert_code(0)
        };
        assert_eq!(last_line(&list("--json").stdout)["simulated"], simulated);
        assert_eq!(
            last_line(&list("--json --stats -n 0").stdout)["simulated"],
            simulated
        );
        assert_eq!(list("").stderr.contains("SIMULATED"), simulated);
    }
}

#[test]
fn a_list_and_the_last_send_name_the_service() {
    let server = echo_service(&[], notification(ID, "delivered"));
    let client = ServiceEnv::new(server.url());
    let path = format!("to {} (profile default)", server.url());
    client
        .run("status --last")
        .assert_code(6)
        .assert_stderr_contains(&["has no accepted send ", &path]);
    let none = format!("0 messages sent from here {path}");
    client
        .run("activity")
        .assert_code(0)
        .assert_stderr_contains(&[&none]);
    client
        .run("send welcome --to ada@example.com")
        .assert_code(0);
    let other = echo_service(&[], notification(ID, "delivered"));
    let there = format!("to {} (profile default)", other.url());
    let other_env = format!("--api-url {}", other.url());
    let none = format!("0 messages sent from here {there}");
    client
        .run(&format!("activity {other_env}"))
        .assert_code(0)
        .assert_stderr_contains(&[&none]);
    client
        .run(&format!("status --last {other_env}"))
        .assert_code(6)
        .assert_stderr_contains(&[&there]);
    let newest = format!("the newest 0 messages sent from here {path}; -n shows more");
    client
        .run("activity -n 0")
        .assert_code(0)
        .assert_stderr_contains(&[&newest]);
}

#[test]
fn unknown_statuses_are_counted() {
    let server = echo_service(&[], notification(ID, "pondered"));
    let client = ServiceEnv::new(server.url());
    client
        .run("send welcome --to ada@example.com")
        .assert_code(0);
    let output = client.run("activity --stats").assert_code(0);
    let row = output
        .stdout
        .lines()
        .find(|line| line.starts_with("email "));
    let row: Vec<&str> = row.unwrap().split_whitespace().collect();
    assert!(output.stdout.contains("OTHER"), "{output:#?}");
    assert_eq!(
        row,
        ["email", "-", "-", "-", "-", "-", "1", "1"],
        "{output:#?}"
    );
}
