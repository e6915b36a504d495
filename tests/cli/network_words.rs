use serde_json::Value;

use crate::hostile::{Act, Caller, Hostile, ID, RECEIPT, answer, json};

const TO_ADA: &str = "send welcome --to ada@example.com --idempotency-key k-1";

#[test]
fn an_id_that_would_break_a_line_or_a_command_is_none() {
    for id in [r"a\nb", r"a b", r"a\u001b[2J", "", &"a".repeat(201)] {
        let receipt = format!(r#"{{"id":"{id}","event":"welcome","status":"accepted"}}"#);
        let server = Hostile::playing(vec![Act::Answer(json(200, &receipt))]);
        let done = Caller::new(server.url()).run(&format!("{TO_ADA} -q --timeout 1s"));
        let done = done.code(69);
        done.says(&["accepted, but the answer cannot be understood", "k-1"]);
    }
}

/// Returns the last document of a text.
fn last(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_wait_that_was_asked_for_is_told_with_the_request_and_the_key() {
    let headers = ["Retry-After: 3600", "X-Request-Id: req-7"];
    let limited = answer(429, &headers, r#"{"error":"Rate limit"}"#);
    let server = Hostile::playing(vec![Act::Answer(limited)]);
    let caller = Caller::new(server.url());
    let send = format!("{TO_ADA} --timeout 2s");
    caller.run(&send).code(7).says(&[
        "Rate limit (HTTP 429, asked to be left alone for 1 h)",
        "\n  request id: req-7\n",
    ]);
    let error = &last(&caller.run(&format!("{send} --json")).code(7).stderr)["error"];
    assert_eq!(error["retry_after_ms"], 3_600_000);
    assert_eq!(error["request_id"], "req-7");
    assert_eq!(error["idempotency_key"], "k-1");
    let server = Hostile::playing(vec![Act::Answer(json(422, "{}"))]);
    let caller = Caller::new(server.url());
    let error = &last(&caller.run(&format!("{send} --json")).code(5).stderr)["error"];
    assert_eq!(error["retry_after_ms"], Value::Null);
    assert_eq!(error["idempotency_key"], "k-1");
}

#[test]
fn a_text_that_does_not_end_is_cut_but_for_who_looks_closely() {
    let body = format!(r#"{{"error":"{}"}}"#, "e".repeat(5000));
    let server = Hostile::playing(vec![Act::Answer(json(422, &body))]);
    let caller = Caller::new(server.url());
    let done = caller.run(TO_ADA).code(5);
    assert!(
        done.stderr.contains(&format!("{}…", "e".repeat(500))),
        "{done:#?}"
    );
    assert!(!done.stderr.contains(&"e".repeat(501)), "{done:#?}");
    caller
        .run(&format!("-v {TO_ADA}"))
        .code(5)
        .says(&[&"e".repeat(5000)]);
}

#[test]
fn the_end_of_a_watch_in_json_says_why_and_how_to_go_on() {
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
        let acts = match command.starts_with("send") {
            true => vec![json(200, RECEIPT), json(status, "{}")],
            false => vec![json(status, "{}")],
        };
        let server = Hostile::playing(acts.into_iter().map(Act::Answer).collect());
        let done = Caller::new(server.url()).run(&format!("{command} --json"));
        let done = done.code(code);
        assert_eq!(done.stderr, "", "{done:#?}");
        let end = last(&done.stdout);
        assert!(end["reason"].as_str().unwrap().contains(reason), "{end}");
        assert_eq!(end["resume"], resume.as_str(), "{end}");
    }
}

#[test]
fn an_earlier_send_is_repeated_and_not_the_look_at_it() {
    let server = Hostile::playing(vec![Act::Reset(vec![])]);
    let caller = Caller::new(server.url());
    let first = caller
        .run("send welcome --to ada@example.com --timeout 1s")
        .code(69);
    first.says(&["Repeat the same command with `--idempotency-key "]);
    let given = caller.run("send welcome --to bob@example.com --idempotency-key k-1 --timeout 1s");
    given.code(69).says(&["Repeat the same command unchanged"]);
    for command in ["status --last", "watch --last"] {
        caller.run(command).code(69).says(&[
            "Repeat that send (`welcome` to bob@example.com) with `--idempotency-key k-1`",
        ]);
    }
}
