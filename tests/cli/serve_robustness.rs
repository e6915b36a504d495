//! Malicious and broken clients, and a server that is killed.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::process::{ProcessEnv, assert_integrity, query_number, query_texts};
use crate::simulator_server::{RawClient, SimulatorServer};

/// Memory limit of a server in KiB. A development build is larger than a release.
const MAX_MEMORY_KIB: u64 = 96 * 1024;

/// Returns the server's resident memory in KiB.
fn memory_kib(server: &SimulatorServer) -> u64 {
    let status = format!("/proc/{}/status", server.process.id());
    let status = std::fs::read_to_string(status).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

#[track_caller]
fn assert_healthy(server: &SimulatorServer) {
    server.send("ada@example.com").assert_accepted();
    let memory = memory_kib(server);
    assert!(memory < MAX_MEMORY_KIB, "{memory} KiB");
}

#[test]
fn a_thousand_idle_connections_block_no_request() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let mut idle: Vec<RawClient> = (0..1000).map(|_| server.connect()).collect();
    assert_healthy(&server);
    for client in idle.iter_mut().step_by(100) {
        client.get("/_simulator/ready");
    }
    assert_healthy(&server);
    drop(idle);
    assert_healthy(&server);
    server.stop().assert_code(0);
}

#[test]
fn slow_request_heads_block_no_request() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let mut slow: Vec<RawClient> = (0..200).map(|_| server.connect()).collect();
    for round in 0..20 {
        for client in &mut slow {
            let byte = b"POST /v1/send/welcome HTTP/1.1\r\nHost: x\r\n"[round];
            client.write(&[byte]).unwrap();
        }
        assert_healthy(&server);
    }
    // A stopping server does not wait for incomplete heads.
    server.stop().assert_code(0);
    drop(slow);
}

#[test]
fn an_oversized_body_is_rejected_before_it_is_read() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let head = "POST /v1/send/welcome HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_x\r\n\
                Content-Type: application/json\r\n";
    // With a `Content-Length` of 1 GiB. The client keeps writing.
    let mut client = server.connect();
    let length = 1024 * 1024 * 1024;
    client
        .write(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes())
        .unwrap();
    client.answer().unwrap().assert_error(413);
    let piece = vec![b' '; 1024 * 1024];
    let pieces = (0..1024).take_while(|_| client.write(&piece).is_ok());
    assert!(pieces.count() <= 1024);
    assert_healthy(&server);
    // With chunked encoding.
    let mut client = server.connect();
    client
        .write(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes())
        .unwrap();
    let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
    chunk.extend_from_slice(&piece);
    chunk.extend_from_slice(b"\r\n");
    for _ in 0..8 {
        if client.write(&chunk).is_err() {
            break;
        }
    }
    client.answer().unwrap().assert_error(413);
    assert_healthy(&server);
    // The largest accepted body: nearly 1 MiB.
    let body = json!({"to": "ada@example.com", "payload": {"text": "x".repeat(1024 * 1024 - 100)}});
    server
        .connect()
        .post("/v1/send/welcome", &body)
        .assert_accepted();
    // A client with `Expect: 100-continue` gets the error before it sends the body.
    let mut client = server.connect();
    client
        .write(format!("{head}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n").as_bytes())
        .unwrap();
    client.answer().unwrap().assert_error(413);
    server.stop().assert_code(0);
}

#[test]
fn an_oversized_head_is_rejected() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let long = "x".repeat(100_000);
    for head in [
        format!("GET /_simulator/ready HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n"),
        format!(
            "GET /_simulator/messages?event={} HTTP/1.1\r\nHost: localhost\r\nX-L: {}\r\n\r\n",
            &long[..60_000],
            &long[..10_000]
        ),
    ] {
        let mut client = server.connect();
        client.write(head.as_bytes()).unwrap();
        client.answer().unwrap().assert_error(431);
        assert_healthy(&server);
    }
    // hyper rejects still longer heads, and too many headers, with an empty response, and closes.
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    for head in [
        format!("X-Long: {}\r\n\r\n", "x".repeat(1_000_000)),
        format!("{many}\r\n"),
    ] {
        let mut client = server.connect();
        let begin = "GET /_simulator/ready HTTP/1.1\r\nHost: localhost\r\n";
        drop(client.write(format!("{begin}{head}").as_bytes()));
        let response = client.answer().unwrap();
        assert!(matches!(response.status, 400 | 431), "{response:#?}");
        assert!(response.body.is_empty(), "{response:#?}");
        assert_healthy(&server);
    }
    server.stop().assert_code(0);
}

#[test]
fn malformed_requests_get_the_documented_error() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let json = "Content-Type: application/json\r\n";
    let mut client = server.connect();
    for body in [
        "",
        "{",
        "[",
        "[]",
        "null",
        "\"x\"",
        "{\"to\":",
        "{\"to\":1e999}",
        "\u{0}",
        "{\"to\":\"\\ud800\"}",
    ] {
        client.write_request("POST", "/v1/send/welcome", json, body);
        client.answer().unwrap().assert_error(400);
    }
    let deep = format!("{{\"to\":{}", "[".repeat(100_000));
    client.write_request("POST", "/v1/send/welcome", json, &deep);
    client.answer().unwrap().assert_error(400);
    for kind in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/jsonx\r\n",
    ] {
        client.write_request("POST", "/v1/send/welcome", kind, "{}");
        client.answer().unwrap().assert_error(415);
        client.write_request("POST", "/_simulator/reset", kind, "{}");
        client.answer().unwrap().assert_error(415);
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        let head = format!("Content-Type: {kind}\r\n");
        client.write_request("POST", "/v1/send/welcome", &head, r#"{"to":"a@b.se"}"#);
        client.answer().unwrap().assert_accepted();
    }
    for (method, path) in [
        ("GET", "/v1/send/welcome"),
        ("DELETE", "/v1/send/welcome"),
        ("POST", "/v1/notifications/x"),
        ("OPTIONS", "/_simulator/reset"),
        ("BREW", "/v1/cancel/welcome"),
    ] {
        client.write_request(method, path, json, "{}");
        client.answer().unwrap().assert_error(405);
    }
    for (path, status) in [
        ("/v1/nothing", 501),
        ("/", 404),
        ("/v1/send/%ff", 400),
        ("/v1/notifications/%00", 404),
        ("//", 404),
    ] {
        client.write_request(
            if path.contains("send") { "POST" } else { "GET" },
            path,
            json,
            "{}",
        );
        client.answer().unwrap().assert_error(status);
    }
    for garbage in [
        "\r\n\r\n\r\nGET\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.write(garbage.as_bytes()).unwrap();
        let rest = client.read_to_end().unwrap_or_default();
        assert!(
            rest.is_empty() || rest.starts_with(b"HTTP/1.1 4") || rest.starts_with(b"HTTP/1.1 5")
        );
        assert!(!rest.contains(&b'<'));
    }
    assert_healthy(&server);
    let output = server.stop().assert_code(0);
    assert_eq!(output.stderr, "");
}

/// Sends to new recipients until the server closes the connection. Records the acknowledged ids.
fn send_until_closed(mut client: RawClient, name: &str, acknowledged: &Mutex<BTreeSet<String>>) {
    for number in 0..100_000 {
        let body = json!({"to": format!("{name}-{number}@example.com")}).to_string();
        let request = format!(
            "POST /v1/send/welcome HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_x\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if client.write(request.as_bytes()).is_err() {
            return;
        }
        let Ok(response) = client.answer() else {
            return;
        };
        acknowledged
            .lock()
            .unwrap()
            .insert(response.assert_accepted());
    }
}

#[test]
fn sigkill_under_load_loses_no_acknowledged_send() {
    const ROUNDS: u64 = 50;
    const CLIENTS: usize = 8;
    let env = ProcessEnv::new();
    let response = Mutex::<BTreeSet<String>>::default();
    let mut most = 0;
    for round in 0..ROUNDS {
        let server = SimulatorServer::start(&env, "-q");
        // A new server works at once and has every acknowledged send.
        if let Some(id) = response.lock().unwrap().last() {
            let found = server.get(&format!("/v1/notifications/{id}"));
            assert_eq!(found.json()["id"], *id);
        }
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (response, name) = (&response, format!("r{round}c{client}"));
                let connection = server.connect();
                scope.spawn(move || send_until_closed(connection, &name, response));
            }
            // Delays are spread over the start of the load.
            std::thread::sleep(Duration::from_millis(10 + round * 7 % 40));
            server.process.signal(Signal::SIGKILL);
        });
        assert!(server.end().was_killed());
        let response = response.lock().unwrap();
        most = most.max(response.len());
        let stored = query_texts(
            &env.simulator(),
            "SELECT lower(hex(notification)) FROM messages",
        );
        let stored: BTreeSet<String> = stored.into_iter().collect();
        let lost = response
            .iter()
            .find(|id| !stored.contains(&id.replace('-', "")));
        assert_eq!(lost, None, "round {round} of {} answered", response.len());
    }
    assert!(most > 50, "only {most} sends were answered");
    let file = env.simulator();
    assert_integrity(&file);
    for query in [
        "SELECT count(*) - count(DISTINCT recipient) FROM messages",
        "SELECT (SELECT count(*) FROM messages) - (SELECT count(*) FROM contacts)",
    ] {
        assert_eq!(query_number(&file, query), Some(0), "{query}");
    }
}

#[test]
fn mixed_concurrent_writers_lose_nothing() {
    const CLIENTS: usize = 16;
    const EACH: usize = 40;
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let server = &server;
            scope.spawn(move || {
                let mut connection = server.connect();
                for number in 0..EACH {
                    let to = format!("c{client}-{number}@example.com");
                    let body = json!({"to": to});
                    let id = connection.post("/v1/send/welcome", &body).assert_accepted();
                    let found = connection.get(&format!("/v1/notifications/{id}")).json();
                    assert_eq!(found["contact"]["email"], to);
                    let bad = json!({"to": "nonsense@simulator.test"});
                    connection.post("/v1/send/welcome", &bad).assert_error(400);
                }
            });
        }
        let env = &env;
        scope.spawn(move || {
            for number in 0..10 {
                env.run(&format!("send -q welcome --to cli-{number}@example.com"))
                    .assert_code(0);
            }
        });
    });
    server.stop().assert_code(0);
    let all = i64::try_from(CLIENTS * EACH + 10).unwrap();
    assert_eq!(
        query_number(&env.simulator(), "SELECT count(*) FROM messages"),
        Some(all)
    );
    assert_integrity(&env.simulator());
}
