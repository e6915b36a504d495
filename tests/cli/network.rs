use std::time::Duration;

use crate::hostile::{Act, Caller, Hostile, ID, RECEIPT, answer, check, json, notification, row};

const SEND: &str = "send welcome --to ada@example.com --idempotency-key k-1 --timeout 2s";
const WATCH: &str = "watch 550e8400-e29b-41d4-a716-446655440000 --timeout 2s --max-errors 3";
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// What a send says that has no answer.
const UNKNOWN: &[&str] = &["outcome unknown", "--idempotency-key k-1"];
/// What a send says that was taken, with an answer that cannot be read.
const NO_RECEIPT: &[&str] = &[
    "accepted, but the answer cannot be understood",
    "--idempotency-key k-1",
];
const NOT_HTTP: &[&str] = &["is not HTTP", "sendivent doctor", "--idempotency-key k-1"];
const CUT: &[&str] = &["was cut short", "--idempotency-key k-1"];

fn after_head(rest: &str) -> Vec<u8> {
    format!("{HEAD}{rest}").into_bytes()
}

fn fillers(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("X-Filler-{number}: {}", "y".repeat(40)))
        .collect()
}

fn with_headers(headers: &[String]) -> Vec<u8> {
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    answer(200, &headers, RECEIPT)
}

#[test]
fn a_connection_that_misbehaves() {
    let began = || b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec();
    let promised = || after_head("Content-Length: 90\r\n\r\n");
    let millis = Duration::from_millis;
    check(
        SEND,
        vec![
            row("never answers", Act::Hang(vec![]), 69, UNKNOWN),
            row("resets before the headers", Act::Reset(vec![]), 69, UNKNOWN),
            row("closes before the headers", Act::Close(vec![]), 69, UNKNOWN),
            row("resets in the headers", Act::Reset(began()), 69, UNKNOWN),
            row("closes in the headers", Act::Close(began()), 69, UNKNOWN),
            row("stops in the headers", Act::Hang(began()), 69, UNKNOWN),
            row(
                "closes in the status",
                Act::Close(b"HTTP/1.1 2".to_vec()),
                69,
                UNKNOWN,
            ),
            row(
                "resets after the headers",
                Act::Reset(promised()),
                69,
                NO_RECEIPT,
            ),
            row(
                "closes after the headers",
                Act::Close(promised()),
                69,
                NO_RECEIPT,
            ),
            row(
                "stops after the headers",
                Act::Hang(promised()),
                69,
                NO_RECEIPT,
            ),
            row(
                "cuts the body",
                Act::Close([promised(), b"{\"id\":\"550e".to_vec()].concat()),
                69,
                CUT,
            ),
            row("drips", Act::Drip(json(200, RECEIPT), millis(1)), 0, &[]),
            row(
                "drips for too long",
                Act::Drip(json(200, RECEIPT), millis(100)),
                69,
                UNKNOWN,
            ),
            row(
                "is late",
                Act::Late(millis(500), json(200, RECEIPT)),
                0,
                &[],
            ),
            row(
                "is too late",
                Act::Late(millis(4000), json(200, RECEIPT)),
                69,
                UNKNOWN,
            ),
        ],
    );
}

#[test]
fn what_is_no_http_or_nearly() {
    let close = |text: &str| Act::Close(text.as_bytes().to_vec());
    let length = |length: &str| after_head(&format!("Content-Length: {length}\r\n\r\n{RECEIPT}"));
    let after = |first: &str| [first.as_bytes().to_vec(), json(200, RECEIPT)].concat();
    let huge = vec![format!("X-Huge: {}", "z".repeat(2_000_000))];
    check(
        SEND,
        vec![
            row("speaks SSH", close("SSH-2.0-OpenSSH_9.6\r\n"), 69, NOT_HTTP),
            row(
                "speaks noise",
                Act::Close((0..=255).cycle().take(4000).collect()),
                69,
                NOT_HTTP,
            ),
            row("speaks HTTP/0.9", close("<html>hello</html>"), 69, NOT_HTTP),
            row(
                "speaks HTTP/3.0",
                close("HTTP/3.0 200 OK\r\n\r\n"),
                69,
                NOT_HTTP,
            ),
            row(
                "status of two digits",
                close("HTTP/1.1 20 OK\r\n\r\n"),
                69,
                NOT_HTTP,
            ),
            row(
                "speaks HTTP/1.0",
                close(&format!("HTTP/1.0 200 OK\r\n\r\n{RECEIPT}")),
                0,
                &[],
            ),
            row("no length", close(&format!("{HEAD}\r\n{RECEIPT}")), 0, &[]),
            row("length too short", Act::Close(length("20")), 69, NO_RECEIPT),
            row("length too long", Act::Close(length("2000")), 0, &[]),
            row(
                "length too long, and stops",
                Act::Hang(length("2000")),
                0,
                &[],
            ),
            row(
                "length is no number",
                Act::Close(length("many")),
                69,
                NOT_HTTP,
            ),
            row("length below zero", Act::Close(length("-1")), 69, NOT_HTTP),
            row(
                "length beyond all measure",
                Act::Close(length("18446744073709551615")),
                69,
                UNKNOWN,
            ),
            row(
                "two lengths",
                Act::Close(length("5\r\nContent-Length: 90")),
                69,
                NOT_HTTP,
            ),
            row(
                "100 header lines",
                Act::Answer(with_headers(&fillers(100))),
                0,
                &[],
            ),
            row(
                "1,000 header lines",
                Act::Answer(with_headers(&fillers(1000))),
                69,
                UNKNOWN,
            ),
            row(
                "a header of 2 MB",
                Act::Answer(with_headers(&huge)),
                69,
                UNKNOWN,
            ),
            row(
                "100 Continue",
                Act::Answer(after("HTTP/1.1 100 Continue\r\n\r\n")),
                0,
                &[],
            ),
            row(
                "103 Early Hints",
                Act::Answer(after("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
                0,
                &[],
            ),
            row(
                "101 Switching Protocols",
                close(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                ),
                69,
                UNKNOWN,
            ),
        ],
    );
}

#[test]
fn a_body_that_is_encoded_badly() {
    let size = RECEIPT.len();
    let chunks = |text: String| after_head(&format!("Transfer-Encoding: chunked\r\n\r\n{text}"));
    let encoded = |encoding: &str| {
        let header = format!("Content-Encoding: {encoding}");
        answer(200, &[&header], RECEIPT)
    };
    check(
        SEND,
        vec![
            row(
                "chunks",
                Act::Answer(chunks(format!("{size:x}\r\n{RECEIPT}\r\n0\r\n\r\n"))),
                0,
                &[],
            ),
            row(
                "chunks of no length",
                Act::Close(chunks(format!("zz\r\n{RECEIPT}\r\n0\r\n\r\n"))),
                69,
                CUT,
            ),
            row(
                "chunks that are cut",
                Act::Close(chunks("ff\r\n{\"id\"".to_owned())),
                69,
                CUT,
            ),
            row("gzip that is none", Act::Answer(encoded("gzip")), 69, CUT),
            row(
                "an encoding that is none",
                Act::Answer(encoded("br")),
                0,
                &[],
            ),
        ],
    );
}

#[test]
fn a_success_that_cannot_be_read_or_says_no() {
    let page = "<html><title>Hotel Wi-Fi</title>Log in</html>";
    let of_type = |kind: &str, body: &str| {
        let header = format!("Content-Type: {kind}");
        Act::Answer(answer(200, &[&header], body))
    };
    let says = |body: &str| Act::Answer(json(200, body));
    let portal = &[
        "outcome unknown",
        "is a page, not JSON",
        "a proxy, a login page",
        "--idempotency-key k-1",
    ];
    let not_utf8 = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"".to_vec(),
        vec![0xff, 0xfe, b'"'],
    ]
    .concat();
    check(
        SEND,
        vec![
            row(
                "a captive portal's page",
                of_type("text/html", page),
                69,
                portal,
            ),
            row(
                "a page, called so loudly",
                of_type("TEXT/HTML; charset=x", page),
                69,
                portal,
            ),
            row("a page that is called JSON", says(page), 69, NO_RECEIPT),
            row(
                "the receipt, called a picture",
                of_type("image/png", RECEIPT),
                0,
                &[],
            ),
            row("nothing", says(""), 69, NO_RECEIPT),
            row(
                "204",
                Act::Answer(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
                69,
                NO_RECEIPT,
            ),
            row("an empty list", says("[]"), 69, NO_RECEIPT),
            row("an empty object", says("{}"), 69, NO_RECEIPT),
            row("a text", says("\"accepted\""), 69, NO_RECEIPT),
            row("a number", says("7"), 69, NO_RECEIPT),
            row("null", says("null"), 69, NO_RECEIPT),
            row("no UTF-8", Act::Close(not_utf8), 69, NO_RECEIPT),
            row("lists in lists", says(&"[".repeat(200_000)), 69, NO_RECEIPT),
            row(
                "fields nobody knows",
                says(&RECEIPT.replace('{', "{\"new\":[{}],")),
                0,
                &[],
            ),
            row(
                "a status nobody knows",
                says(&RECEIPT.replace("accepted", "pondered")),
                0,
                &[],
            ),
            row("a list of receipts", says(&format!("[{RECEIPT}]")), 0, &[]),
            row(
                "the older shape",
                says(&format!(
                    r#"{{"success":true,"deliveries":[{{"email":"{ID}"}}]}}"#
                )),
                0,
                &[],
            ),
            row(
                "the older shape, and no",
                says(
                    r#"{"success":false,"deliveries":[],"errors":[{"code":"INTEGRATION_MISSING","message":"No email integration configured"}]}"#,
                ),
                5,
                &[
                    "No email integration configured",
                    "explain INTEGRATION_MISSING",
                ],
            ),
            row(
                "a no of the newer shape",
                says(r#"{"status":"rejected","error":"No sender configured"}"#),
                5,
                &["No sender configured", "was not accepted"],
            ),
        ],
    );
}

#[test]
fn every_status_and_shape_of_an_error() {
    let says = |status: u16, body: &str| Act::Answer(json(status, body));
    let bare = |status: u16, headers: &[&str]| Act::Answer(answer(status, headers, "<html>"));
    let redirect = &["Location: https://login.example.net/?k=1"][..];
    let elsewhere = &[
        "outcome unknown",
        "no key is carried there",
        "login.example.net",
        "a proxy, a login page",
        "--idempotency-key k-1",
    ];
    check(
        SEND,
        vec![
            row(
                "400 with its field",
                says(
                    400,
                    r#"{"error":"Phone number must be in E.164 format","field":"to"}"#,
                ),
                5,
                &["E.164", "field `to`", "sendivent explain 400"],
            ),
            row(
                "401",
                says(401, r#"{"error":"Invalid API key"}"#),
                4,
                &[
                    "Invalid API key",
                    "key from SENDIVENT_API_KEY",
                    "explain 401",
                ],
            ),
            row(
                "402",
                says(
                    402,
                    r#"{"error":"Monthly notification quota exceeded","current":10000,"limit":10000}"#,
                ),
                5,
                &["10000 of 10000 used", "explain 402"],
            ),
            row(
                "403",
                says(403, r#"{"message":"Inactive"}"#),
                5,
                &["Inactive", "explain 403"],
            ),
            row(
                "404 with its code",
                says(
                    404,
                    r#"{"error":{"code":"EVENT_NOT_FOUND","message":"No such event"}}"#,
                ),
                6,
                &["No such event", "explain EVENT_NOT_FOUND"],
            ),
            row(
                "407, of a proxy",
                bare(407, &[]),
                69,
                &["a proxy", "wants a login"],
            ),
            row("409", says(409, "{}"), 5, &["collides", "explain 409"]),
            row("413, a page", bare(413, &[]), 5, &["too large"]),
            row(
                "418 with a list",
                says(418, "[]"),
                5,
                &["does not document"],
            ),
            row(
                "422",
                says(422, r#"{"errors":[{"message":"Bad"}]}"#),
                5,
                &["Bad", "explain 422"],
            ),
            row(
                "429",
                says(429, r#"{"error":"Rate limit exceeded"}"#),
                7,
                &["4 attempts", "Wait"],
            ),
            row(
                "429 for long",
                bare(429, &["Retry-After: 3600"]),
                7,
                &["1 try", "Wait"],
            ),
            row("500", says(500, r#"{"error":"boom"}"#), 69, UNKNOWN),
            row("501", bare(501, &[]), 5, &["the service failed"]),
            row("502, a page", bare(502, &[]), 69, UNKNOWN),
            row(
                "503 for long",
                bare(503, &["Retry-After: 3600"]),
                69,
                UNKNOWN,
            ),
            row(
                "503 until a date",
                bare(503, &["Retry-After: Wed, 21 Oct 2199 07:28:00 GMT"]),
                69,
                UNKNOWN,
            ),
            row("504", bare(504, &[]), 69, UNKNOWN),
            row(
                "511, of a network",
                bare(511, &[]),
                69,
                &["outcome unknown", "a login page"],
            ),
            row("599", bare(599, &[]), 69, UNKNOWN),
            row("999", bare(999, &[]), 69, UNKNOWN),
            row("302", bare(302, redirect), 69, elsewhere),
            row("307", bare(307, redirect), 69, elsewhere),
            row("308", bare(308, redirect), 69, elsewhere),
            row("302 to nowhere", bare(302, &[]), 69, UNKNOWN),
            row(
                "objects in objects",
                says(400, &"{\"error\":".repeat(200_000)),
                5,
                &["HTTP 400"],
            ),
            row(
                "a code that would run",
                says(400, r#"{"error":"Bad","code":"x`; rm -rf ~"}"#),
                5,
                &["explain 400`"],
            ),
        ],
    );
}

#[test]
fn a_watch_meets_the_same() {
    let says = |status: u16, body: &str| Act::Answer(json(status, body));
    let page = Act::Answer(answer(200, &["Content-Type: text/html"], "<html>"));
    let redirect = answer(302, &["Location: https://login.example.net/"], "");
    let odd = notification(ID, "pondered").replace("completed\"", "whatever\"");
    let lasting = &["still trying", "gave up after", "resume with: "][..];
    let mut rows = vec![
        row(
            "delivered",
            says(200, &notification(ID, "delivered")),
            0,
            &[],
        ),
        row("failed", says(200, &notification(ID, "failed")), 3, &[]),
        row(
            "sent",
            says(200, &notification(ID, "sent")),
            124,
            &["resume with: "],
        ),
        row(
            "a status nobody knows",
            says(200, &odd),
            124,
            &["pondered", "resume with: "],
        ),
        row("401", says(401, "{}"), 4, &["SENDIVENT_API_KEY"]),
        row("403", says(403, "{}"), 5, &[]),
        row("404", says(404, "{}"), 6, &[]),
        row("a page", page, 69, lasting),
        row("a redirect", Act::Answer(redirect), 69, lasting),
        row("nothing", says(200, ""), 69, lasting),
        row("a text", says(200, "\"delivered\""), 69, lasting),
        row("500", says(500, "{}"), 69, lasting),
        row("resets", Act::Reset(vec![]), 69, lasting),
        row("noise", Act::Close(b"noise".to_vec()), 69, lasting),
        row(
            "never answers",
            Act::Hang(vec![]),
            69,
            &["gave up after", "resume with: "],
        ),
    ];
    // What a watch says at its end is no error with a hint.
    for row in &mut rows {
        row.hint = false;
    }
    check(WATCH, rows);
}

/// Returns gzip's form of so many zeros: one, and then copies of 258 of what stands one before.
fn gzip_of_zeros(count: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut byte, mut filled) = (0_u8, 0);
    // A last block with fixed codes, the literal 0, and the copies: length 258, distance 1.
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
fn an_answer_without_an_end_takes_bounded_memory() {
    const MUCH: usize = 1_000_000_000;
    let head = after_head(&format!("Content-Length: {MUCH}\r\n\r\n"));
    let bomb = gzip_of_zeros(MUCH);
    let length = bomb.len();
    let head_of_bomb = format!("Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    let bomb = [after_head(&head_of_bomb), bomb].concat();
    for act in [Act::Flood(head, MUCH), Act::Answer(bomb)] {
        let server = Hostile::playing(vec![act]);
        let caller = Caller::new(server.url());
        // 300 MB of addresses: a gigabyte would end in an abort.
        let line = format!("ulimit -v 300000; exec \"$0\" {SEND}");
        let mut command = caller.shell(&line);
        let done = crate::process::Done::of(command.output().unwrap());
        // On a busy machine the time is over before 8 MiB have come.
        let end = ["is longer than 8 MiB", "was cut short"];
        let done = done.code(69).says(NO_RECEIPT);
        assert!(end.iter().any(|end| done.stderr.contains(end)), "{done:#?}");
    }
}

#[test]
fn a_redirect_is_never_followed() {
    let other = Hostile::playing(vec![Act::Answer(json(200, RECEIPT))]);
    for status in [301, 302, 303, 307, 308] {
        for host in ["127.0.0.1", "localhost"] {
            let place = format!("Location: http://{host}:{}/v1/send/welcome", other.port());
            let first = Hostile::playing(vec![Act::Answer(answer(status, &[&place], ""))]);
            let caller = Caller::new(first.url());
            caller.run(SEND).code(69).says(&[host, "outcome unknown"]);
            caller.run(&format!("status {ID}")).code(69).says(&[host]);
            assert_eq!(first.seen().len(), 2, "{status}: tried again");
        }
    }
    assert_eq!(other.accepted(), 0, "the key was carried away");
}

#[test]
fn a_retry_carries_the_same_key_and_body_and_each_request_says_who_asks() {
    let server = Hostile::slamming(
        1,
        vec![
            Act::Reset(vec![]),
            Act::Answer(json(503, "{}")),
            Act::Answer(json(200, RECEIPT)),
        ],
    );
    let done = Caller::new(server.url())
        .run("send welcome --to ada@example.com -p a=1")
        .code(0);
    let seen = server.seen();
    assert_eq!(seen.len(), 3, "{seen:#?}");
    let key = seen[0].header("x-idempotency-key").unwrap();
    assert!(done.stdout.contains(key), "{done:#?}");
    let agent = format!("sendivent-cli/{}", env!("CARGO_PKG_VERSION"));
    for request in &seen {
        assert_eq!(request.line(), "POST /v1/send/welcome");
        assert_eq!(request.header("x-idempotency-key"), Some(key));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("user-agent"), Some(agent.as_str()));
        assert_eq!(
            request
                .header("authorization")
                .and_then(|text| text.strip_prefix("Bearer ")),
            Some(crate::hostile::KEY)
        );
        assert_eq!(request.body, seen[0].body);
    }
    // Two that were reset, and one for the last two tries.
    assert_eq!(server.accepted(), 3);
}
