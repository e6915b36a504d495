use std::time::Duration;

use crate::fault_server::{
    Action, FaultServer, ID, RECEIPT, ServiceEnv, check_cases, fault_case, json_response,
    notification, response,
};

const SEND: &str = "send welcome --to ada@example.com --idempotency-key k-1 --timeout 2s";
const WATCH: &str = "watch 550e8400-e29b-41d4-a716-446655440000 --timeout 2s --max-errors 3";
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// stderr of a send without a response.
const UNKNOWN_OUTCOME: &[&str] = &["outcome unknown", "--idempotency-key k-1"];
/// stderr of an accepted send with an undecodable response.
const NO_RECEIPT: &[&str] = &[
    "accepted, but the response cannot be decoded",
    "--idempotency-key k-1",
];
const NOT_HTTP: &[&str] = &["is not HTTP", "sendivent doctor", "--idempotency-key k-1"];
const TRUNCATED: &[&str] = &["was truncated", "--idempotency-key k-1"];

fn after_head(rest: &str) -> Vec<u8> {
    format!("{HEAD}{rest}").into_bytes()
}

fn filler_headers(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("X-Filler-{number}: {}", "y".repeat(40)))
        .collect()
}

fn with_headers(headers: &[String]) -> Vec<u8> {
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    response(200, &headers, RECEIPT)
}

#[test]
fn broken_connections() {
    let began = || b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec();
    let promised = || after_head("Content-Length: 90\r\n\r\n");
    let millis = Duration::from_millis;
    check_cases(
        SEND,
        vec![
            fault_case("never answers", Action::Hang(vec![]), 69, UNKNOWN_OUTCOME),
            fault_case(
                "resets before the headers",
                Action::Reset(vec![]),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "closes before the headers",
                Action::Close(vec![]),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "resets in the headers",
                Action::Reset(began()),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "closes in the headers",
                Action::Close(began()),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "stops in the headers",
                Action::Hang(began()),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "closes in the status",
                Action::Close(b"HTTP/1.1 2".to_vec()),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "resets after the headers",
                Action::Reset(promised()),
                69,
                NO_RECEIPT,
            ),
            fault_case(
                "closes after the headers",
                Action::Close(promised()),
                69,
                NO_RECEIPT,
            ),
            fault_case(
                "stops after the headers",
                Action::Hang(promised()),
                69,
                NO_RECEIPT,
            ),
            fault_case(
                "cuts the body",
                Action::Close([promised(), b"{\"id\":\"550e".to_vec()].concat()),
                69,
                TRUNCATED,
            ),
            fault_case(
                "drips",
                Action::Trickle(json_response(200, RECEIPT), millis(1)),
                0,
                &[],
            ),
            fault_case(
                "drips for too long",
                Action::Trickle(json_response(200, RECEIPT), millis(100)),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "is late",
                Action::RespondAfter(millis(500), json_response(200, RECEIPT)),
                0,
                &[],
            ),
            fault_case(
                "is too late",
                Action::RespondAfter(millis(4000), json_response(200, RECEIPT)),
                69,
                UNKNOWN_OUTCOME,
            ),
        ],
    );
}

#[test]
fn malformed_http() {
    let close = |text: &str| Action::Close(text.as_bytes().to_vec());
    let length = |length: &str| after_head(&format!("Content-Length: {length}\r\n\r\n{RECEIPT}"));
    let after = |first: &str| [first.as_bytes().to_vec(), json_response(200, RECEIPT)].concat();
    let oversized = vec![format!("X-Huge: {}", "z".repeat(2_000_000))];
    check_cases(
        SEND,
        vec![
            fault_case("speaks SSH", close("SSH-2.0-OpenSSH_9.6\r\n"), 69, NOT_HTTP),
            fault_case(
                "speaks noise",
                Action::Close((0..=255).cycle().take(4000).collect()),
                69,
                NOT_HTTP,
            ),
            fault_case("speaks HTTP/0.9", close("<html>hello</html>"), 69, NOT_HTTP),
            fault_case(
                "speaks HTTP/3.0",
                close("HTTP/3.0 200 OK\r\n\r\n"),
                69,
                NOT_HTTP,
            ),
            fault_case(
                "status of two digits",
                close("HTTP/1.1 20 OK\r\n\r\n"),
                69,
                NOT_HTTP,
            ),
            fault_case(
                "speaks HTTP/1.0",
                close(&format!("HTTP/1.0 200 OK\r\n\r\n{RECEIPT}")),
                0,
                &[],
            ),
            fault_case("no length", close(&format!("{HEAD}\r\n{RECEIPT}")), 0, &[]),
            fault_case(
                "length too short",
                Action::Close(length("20")),
                69,
                NO_RECEIPT,
            ),
            fault_case("length too long", Action::Close(length("2000")), 0, &[]),
            fault_case(
                "length too long, and stops",
                Action::Hang(length("2000")),
                0,
                &[],
            ),
            fault_case(
                "length is no number",
                Action::Close(length("many")),
                69,
                NOT_HTTP,
            ),
            fault_case(
                "length below zero",
                Action::Close(length("-1")),
                69,
                NOT_HTTP,
            ),
            fault_case(
                "length beyond all measure",
                Action::Close(length("18446744073709551615")),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "two lengths",
                Action::Close(length("5\r\nContent-Length: 90")),
                69,
                NOT_HTTP,
            ),
            fault_case(
                "100 header lines",
                Action::Respond(with_headers(&filler_headers(100))),
                0,
                &[],
            ),
            fault_case(
                "1,000 header lines",
                Action::Respond(with_headers(&filler_headers(1000))),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "a header of 2 MB",
                Action::Respond(with_headers(&oversized)),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "100 Continue",
                Action::Respond(after("HTTP/1.1 100 Continue\r\n\r\n")),
                0,
                &[],
            ),
            fault_case(
                "103 Early Hints",
                Action::Respond(after("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
                0,
                &[],
            ),
            fault_case(
                "101 Switching Protocols",
                close(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                ),
                69,
                UNKNOWN_OUTCOME,
            ),
        ],
    );
}

#[test]
fn malformed_body_encodings() {
    let size = RECEIPT.len();
    let chunks = |text: String| after_head(&format!("Transfer-Encoding: chunked\r\n\r\n{text}"));
    let encoded = |encoding: &str| {
        let header = format!("Content-Encoding: {encoding}");
        response(200, &[&header], RECEIPT)
    };
    check_cases(
        SEND,
        vec![
            fault_case(
                "chunks",
                Action::Respond(chunks(format!("{size:x}\r\n{RECEIPT}\r\n0\r\n\r\n"))),
                0,
                &[],
            ),
            fault_case(
                "chunks of no length",
                Action::Close(chunks(format!("zz\r\n{RECEIPT}\r\n0\r\n\r\n"))),
                69,
                TRUNCATED,
            ),
            fault_case(
                "chunks that are cut",
                Action::Close(chunks("ff\r\n{\"id\"".to_owned())),
                69,
                TRUNCATED,
            ),
            fault_case(
                "gzip that is none",
                Action::Respond(encoded("gzip")),
                69,
                TRUNCATED,
            ),
            fault_case(
                "an encoding that is none",
                Action::Respond(encoded("br")),
                0,
                &[],
            ),
        ],
    );
}

#[test]
fn unreadable_success_responses() {
    let page = "<html><title>Hotel Wi-Fi</title>Log in</html>";
    let of_type = |kind: &str, body: &str| {
        let header = format!("Content-Type: {kind}");
        Action::Respond(response(200, &[&header], body))
    };
    let expected = |body: &str| Action::Respond(json_response(200, body));
    let portal = &[
        "outcome unknown",
        "is an HTML page, not JSON",
        "a proxy or a login page",
        "--idempotency-key k-1",
    ];
    let not_utf8 = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"".to_vec(),
        vec![0xff, 0xfe, b'"'],
    ]
    .concat();
    check_cases(
        SEND,
        vec![
            fault_case(
                "a captive portal's page",
                of_type("text/html", page),
                69,
                portal,
            ),
            fault_case(
                "a page, called so loudly",
                of_type("TEXT/HTML; charset=x", page),
                69,
                portal,
            ),
            fault_case("a page that is called JSON", expected(page), 69, NO_RECEIPT),
            fault_case(
                "the receipt, called a picture",
                of_type("image/png", RECEIPT),
                0,
                &[],
            ),
            fault_case("nothing", expected(""), 69, NO_RECEIPT),
            fault_case(
                "204",
                Action::Respond(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
                69,
                NO_RECEIPT,
            ),
            fault_case("an empty list", expected("[]"), 69, NO_RECEIPT),
            fault_case("an empty object", expected("{}"), 69, NO_RECEIPT),
            fault_case("a text", expected("\"accepted\""), 69, NO_RECEIPT),
            fault_case("a number", expected("7"), 69, NO_RECEIPT),
            fault_case("null", expected("null"), 69, NO_RECEIPT),
            fault_case("no UTF-8", Action::Close(not_utf8), 69, NO_RECEIPT),
            fault_case(
                "lists in lists",
                expected(&"[".repeat(200_000)),
                69,
                NO_RECEIPT,
            ),
            fault_case(
                "fields nobody knows",
                expected(&RECEIPT.replace('{', "{\"new\":[{}],")),
                0,
                &[],
            ),
            fault_case(
                "a status nobody knows",
                expected(&RECEIPT.replace("accepted", "pondered")),
                0,
                &[],
            ),
            fault_case(
                "a list of receipts",
                expected(&format!("[{RECEIPT}]")),
                0,
                &[],
            ),
            fault_case(
                "the older shape",
                expected(&format!(
                    r#"{{"success":true,"deliveries":[{{"email":"{ID}"}}]}}"#
                )),
                0,
                &[],
            ),
            fault_case(
                "the older shape, and no",
                expected(
                    r#"{"success":false,"deliveries":[],"errors":[{"code":"INTEGRATION_MISSING","message":"No email integration configured"}]}"#,
                ),
                5,
                &[
                    "No email integration configured",
                    "explain INTEGRATION_MISSING",
                ],
            ),
            fault_case(
                "a no of the newer shape",
                expected(r#"{"status":"rejected","error":"No sender configured"}"#),
                5,
                &["No sender configured", "was not accepted"],
            ),
        ],
    );
}

#[test]
fn every_error_status_and_body() {
    let expected = |status: u16, body: &str| Action::Respond(json_response(status, body));
    let bare = |status: u16, headers: &[&str]| Action::Respond(response(status, headers, "<html>"));
    let redirect = &["Location: https://login.example.net/?k=1"][..];
    let other_env = &[
        "outcome unknown",
        "redirects are not followed",
        "login.example.net",
        "a proxy or a login page",
        "--idempotency-key k-1",
    ];
    check_cases(
        SEND,
        vec![
            fault_case(
                "400 with its field",
                expected(
                    400,
                    r#"{"error":"Phone number must be in E.164 format","field":"to"}"#,
                ),
                5,
                &["E.164", "field `to`", "sendivent explain 400"],
            ),
            fault_case(
                "401",
                expected(401, r#"{"error":"Invalid API key"}"#),
                4,
                &[
                    "Invalid API key",
                    "key from SENDIVENT_API_KEY",
                    "sendivent whoami",
                ],
            ),
            fault_case(
                "402",
                expected(
                    402,
                    r#"{"error":"Monthly notification quota exceeded","current":10000,"limit":10000}"#,
                ),
                5,
                &["10000 of 10000 used", "explain 402"],
            ),
            fault_case(
                "403",
                expected(403, r#"{"message":"Inactive"}"#),
                5,
                &["Inactive", "explain 403"],
            ),
            fault_case(
                "404 with its code",
                expected(
                    404,
                    r#"{"error":{"code":"EVENT_NOT_FOUND","message":"No such event"}}"#,
                ),
                6,
                &["No such event", "explain EVENT_NOT_FOUND"],
            ),
            fault_case(
                "407, of a proxy",
                bare(407, &[]),
                69,
                &["a proxy", "requires a login"],
            ),
            fault_case("409", expected(409, "{}"), 5, &["conflicts", "explain 409"]),
            fault_case("413, a page", bare(413, &[]), 5, &["too large"]),
            fault_case(
                "418 with a list",
                expected(418, "[]"),
                5,
                &["not documented"],
            ),
            fault_case(
                "422",
                expected(422, r#"{"errors":[{"message":"Bad"}]}"#),
                5,
                &["Bad", "explain 422"],
            ),
            fault_case(
                "429",
                expected(429, r#"{"error":"Rate limit exceeded"}"#),
                7,
                &["4 attempts", "Wait"],
            ),
            fault_case(
                "429 for long",
                bare(429, &["Retry-After: 3600"]),
                7,
                &["1 attempt", "Wait"],
            ),
            fault_case(
                "500",
                expected(500, r#"{"error":"boom"}"#),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case("501", bare(501, &[]), 5, &["the service failed"]),
            fault_case("502, a page", bare(502, &[]), 69, UNKNOWN_OUTCOME),
            fault_case(
                "503 for long",
                bare(503, &["Retry-After: 3600"]),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case(
                "503 until a date",
                bare(503, &["Retry-After: Wed, 21 Oct 2199 07:28:00 GMT"]),
                69,
                UNKNOWN_OUTCOME,
            ),
            fault_case("504", bare(504, &[]), 69, UNKNOWN_OUTCOME),
            fault_case(
                "511, of a network",
                bare(511, &[]),
                69,
                &["outcome unknown", "a login page"],
            ),
            fault_case("599", bare(599, &[]), 69, UNKNOWN_OUTCOME),
            fault_case("999", bare(999, &[]), 69, UNKNOWN_OUTCOME),
            fault_case("302", bare(302, redirect), 69, other_env),
            fault_case("307", bare(307, redirect), 69, other_env),
            fault_case("308", bare(308, redirect), 69, other_env),
            fault_case("302 to nowhere", bare(302, &[]), 69, UNKNOWN_OUTCOME),
            fault_case(
                "objects in objects",
                expected(400, &"{\"error\":".repeat(200_000)),
                5,
                &["HTTP 400"],
            ),
            fault_case(
                "a code that would run",
                expected(400, r#"{"error":"Bad","code":"x`; rm -rf ~"}"#),
                5,
                &["explain 400`"],
            ),
        ],
    );
}

#[test]
fn a_watch_handles_the_same_faults() {
    let expected = |status: u16, body: &str| Action::Respond(json_response(status, body));
    let page = Action::Respond(response(200, &["Content-Type: text/html"], "<html>"));
    let redirect = response(302, &["Location: https://login.example.net/"], "");
    let unknown_status = notification(ID, "pondered").replace("completed\"", "whatever\"");
    let lasting = &["retrying", "gave up after", "resume with: "][..];
    let mut rows = vec![
        fault_case(
            "delivered",
            expected(200, &notification(ID, "delivered")),
            0,
            &[],
        ),
        fault_case("failed", expected(200, &notification(ID, "failed")), 3, &[]),
        fault_case(
            "sent",
            expected(200, &notification(ID, "sent")),
            124,
            &["resume with: "],
        ),
        fault_case(
            "a status nobody knows",
            expected(200, &unknown_status),
            124,
            &["pondered", "resume with: "],
        ),
        fault_case("401", expected(401, "{}"), 4, &["SENDIVENT_API_KEY"]),
        fault_case("403", expected(403, "{}"), 5, &[]),
        fault_case("404", expected(404, "{}"), 6, &[]),
        fault_case("a page", page, 69, lasting),
        fault_case("a redirect", Action::Respond(redirect), 69, lasting),
        fault_case("nothing", expected(200, ""), 69, lasting),
        fault_case("a text", expected(200, "\"delivered\""), 69, lasting),
        fault_case("500", expected(500, "{}"), 69, lasting),
        fault_case("resets", Action::Reset(vec![]), 69, lasting),
        fault_case("noise", Action::Close(b"noise".to_vec()), 69, lasting),
        fault_case(
            "never answers",
            Action::Hang(vec![]),
            69,
            &["gave up after", "resume with: "],
        ),
    ];
    // A watch ends with a verdict, not an error with a hint.
    for row in &mut rows {
        row.needs_hint = false;
    }
    check_cases(WATCH, rows);
}

/// Returns this many zeros compressed by gzip: one literal, then copies of length 258 at distance 1.
fn gzip_of_zeros(count: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut byte, mut filled) = (0_u8, 0);
    // A final block with fixed codes: the literal 0, then the copies.
    let first = "11000110000".chars();
    let copies = std::iter::repeat_n("1100010100000", count / 258);
    let end = "0000000";
    for bit in first.chain(copies.flat_map(str::chars)).chain(end.chars()) {
        byte |= u8::from(bit == '1') << filled;
        filled += 1;
        if filled == 8 {
            bytes.push(byte);
            (byte, filled) = (0, 0);
        }
    }
    bytes.push(byte);
    bytes
}

#[test]
fn an_endless_response_uses_bounded_memory() {
    const MUCH: usize = 1_000_000_000;
    let head = after_head(&format!("Content-Length: {MUCH}\r\n\r\n"));
    let compressed = gzip_of_zeros(MUCH);
    let length = compressed.len();
    let head_of_bomb = format!("Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    let compressed = [after_head(&head_of_bomb), compressed].concat();
    for action in [Action::Flood(head, MUCH), Action::Respond(compressed)] {
        let server = FaultServer::with_actions(vec![action]);
        let client = ServiceEnv::new(server.url());
        // Limits the address space to 300 MB, so that buffering a gigabyte would abort.
        let line = format!("ulimit -v 300000; exec \"$0\" {SEND}");
        let mut command = client.shell(&line);
        let process_output = crate::process::ProcessOutput::of(command.output().unwrap());
        // On a busy machine the timeout ends before 8 MiB have arrived.
        let end = ["is longer than 8 MiB", "was truncated"];
        let process_output = process_output
            .assert_code(69)
            .assert_stderr_contains(NO_RECEIPT);
        assert!(
            end.iter().any(|end| process_output.stderr.contains(end)),
            "{process_output:#?}"
        );
    }
}

#[test]
fn redirects_are_not_followed() {
    let other = FaultServer::with_actions(vec![Action::Respond(json_response(200, RECEIPT))]);
    for status in [301, 302, 303, 307, 308] {
        for host in ["127.0.0.1", "localhost"] {
            let path = format!("Location: http://{host}:{}/v1/send/welcome", other.port());
            let first =
                FaultServer::with_actions(vec![Action::Respond(response(status, &[&path], ""))]);
            let client = ServiceEnv::new(first.url());
            client
                .run(SEND)
                .assert_code(69)
                .assert_stderr_contains(&[host, "outcome unknown"]);
            client
                .run(&format!("status {ID}"))
                .assert_code(69)
                .assert_stderr_contains(&[host]);
            assert_eq!(first.requests().len(), 2, "{status}: tried again");
        }
    }
    assert_eq!(other.connection_count(), 0, "the key was carried away");
}

#[test]
fn a_retry_repeats_key_and_body_and_each_request_has_a_user_agent() {
    let server = FaultServer::after_resets(
        1,
        vec![
            Action::Reset(vec![]),
            Action::Respond(json_response(503, "{}")),
            Action::Respond(json_response(200, RECEIPT)),
        ],
    );
    let output = ServiceEnv::new(server.url())
        .run("send welcome --to ada@example.com -p a=1")
        .assert_code(0);
    let received = server.requests();
    assert_eq!(received.len(), 3, "{received:#?}");
    let key = received[0].header("x-idempotency-key").unwrap();
    assert!(output.stdout.contains(key), "{output:#?}");
    let agent = format!("sendivent-cli/{}", env!("CARGO_PKG_VERSION"));
    for request in &received {
        assert_eq!(request.line(), "POST /v1/send/welcome");
        assert_eq!(request.header("x-idempotency-key"), Some(key));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("user-agent"), Some(agent.as_str()));
        assert_eq!(
            request
                .header("authorization")
                .and_then(|text| text.strip_prefix("Bearer ")),
            Some(crate::fault_server::KEY)
        );
        assert_eq!(request.body, received[0].body);
    }
    // Two that were reset, and one for the last two attempts.
    assert_eq!(server.connection_count(), 3);
}
