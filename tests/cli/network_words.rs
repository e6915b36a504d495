use serde_json::Value;

use crate::hostile::{Act, Caller, Hostile, ID, RECEIPT, Seen, answer, json, notification};

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

/// Takes sends, and answers looks with this body.
fn service(headers: &'static [&'static str], looked: String) -> Hostile {
    Hostile::new(move |seen: &Seen| match seen.line().starts_with("POST") {
        true => Act::Answer(answer(200, headers, RECEIPT)),
        false => Act::Answer(answer(200, headers, &looked)),
    })
}

#[test]
fn a_recipient_that_the_service_does_not_name_is_the_one_that_is_known() {
    let nameless = notification(ID, "delivered").replace("ada@example.com", "");
    let nameless = nameless.replace(r#"{"email":""}"#, "null");
    assert!(nameless.contains(r#""contact":null"#), "{nameless}");
    let nobody = "a recipient that the service does not name";
    for (to, name) in [
        ("--to ada@example.com", "ada@example.com"),
        ("--broadcast", "the event's listeners"),
    ] {
        let server = service(&[], nameless.clone());
        let caller = Caller::new(server.url());
        let sent = caller.run(&format!("send welcome {to} --wait")).code(0);
        let lines: Vec<&str> = sent.stdout.lines().collect();
        assert!(
            lines.len() > 1 && lines.iter().all(|line| line.contains(name)),
            "{sent:#?}"
        );
        for command in ["status", "watch", "explain"] {
            let done = caller.run(&format!("{command} {ID}")).code(0);
            assert!(done.stdout.contains(name), "{done:#?}");
            let elsewhere = Caller::new(server.url());
            let done = elsewhere.run(&format!("{command} {ID}")).code(0);
            assert!(done.stdout.contains(nobody), "{done:#?}");
            assert!(!done.stdout.contains("listeners"), "{done:#?}");
        }
        let done = caller.run(&format!("status {ID} --json")).code(0);
        let found = &last(&done.stdout)["notifications"][0];
        assert_eq!(
            (&found["recipient"], &found["contact"]),
            (&name.into(), &Value::Null)
        );
    }
}

#[test]
fn a_list_of_what_was_simulated_says_so_when_nobody_is_asked() {
    for (headers, simulated) in [
        (&["X-Sendivent-Simulated: true"][..], true),
        (&[][..], false),
    ] {
        let server = service(headers, notification(ID, "delivered"));
        let caller = Caller::new(server.url());
        caller.run("send welcome --to ada@example.com").code(0);
        let list = |flags: &str| caller.run(&format!("activity --offline {flags}")).code(0);
        assert_eq!(last(&list("--json").stdout)["simulated"], simulated);
        assert_eq!(
            last(&list("--json --stats -n 0").stdout)["simulated"],
            simulated
        );
        assert_eq!(list("").stderr.contains("SIMULATED"), simulated);
    }
}

#[test]
fn a_list_and_the_last_send_say_where_to() {
    let server = service(&[], notification(ID, "delivered"));
    let caller = Caller::new(server.url());
    let place = format!("to {} (profile default)", server.url());
    caller
        .run("status --last")
        .code(6)
        .says(&["holds no accepted send ", &place]);
    let none = format!("0 messages sent from here {place}");
    caller.run("activity").code(0).says(&[&none]);
    caller.run("send welcome --to ada@example.com").code(0);
    let other = service(&[], notification(ID, "delivered"));
    let there = format!("to {} (profile default)", other.url());
    let elsewhere = format!("--api-url {}", other.url());
    let none = format!("0 messages sent from here {there}");
    caller
        .run(&format!("activity {elsewhere}"))
        .code(0)
        .says(&[&none]);
    caller
        .run(&format!("status --last {elsewhere}"))
        .code(6)
        .says(&[&there]);
    let newest = format!("the newest 0 messages sent from here {place}; -n shows more");
    caller.run("activity -n 0").code(0).says(&[&newest]);
}

#[test]
fn statuses_that_nobody_knows_are_counted() {
    let server = service(&[], notification(ID, "pondered"));
    let caller = Caller::new(server.url());
    caller.run("send welcome --to ada@example.com").code(0);
    let done = caller.run("activity --stats").code(0);
    let row = done.stdout.lines().find(|line| line.starts_with("email "));
    let row: Vec<&str> = row.unwrap().split_whitespace().collect();
    assert!(done.stdout.contains("OTHER"), "{done:#?}");
    assert_eq!(
        row,
        ["email", "-", "-", "-", "-", "-", "1", "1"],
        "{done:#?}"
    );
}
