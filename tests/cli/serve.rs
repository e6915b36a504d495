//! `simulator serve`: the port, from the first line to the last.

use std::io::ErrorKind;

use nix::sys::signal::Signal;
use sendivent::commands::schema::SCHEMAS;
use serde_json::{Value, json};

use crate::process::{ProcessEnv, query_number, wait_until};
use crate::simulator_server::{RawClient, SimulatorServer};

/// Parses lines of JSON and validates each against its schema.
#[track_caller]
fn parse_lines(text: &str) -> Vec<Value> {
    let schema = SCHEMAS.iter().find(|schema| schema.kind == "serve");
    let schema = serde_json::from_str(schema.unwrap().text).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let lines = text.lines().map(|line| {
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&value), "{line}");
        value
    });
    lines.collect()
}

#[test]
fn the_first_line_has_the_url_and_the_last_the_stop_reason() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "");
    let id = server.send("ada@example.com").assert_accepted();
    assert_eq!(id.len(), 36);
    let file = env.simulator().display().to_string();
    assert_eq!(
        server.ready,
        format!(
            "The simulator listens on http://{}, with the file {file}\n",
            server.address
        )
    );
    let output = server.stop().assert_code(0);
    assert_eq!(output.stdout, "Stopped after 1 request.\n");
    let log: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].contains("  200  "), "{log:?}");
    assert!(log[0].ends_with(" ms  POST /v1/send/welcome"), "{log:?}");

    let server = SimulatorServer::start(&env, "--json");
    let ready = parse_lines(&server.ready);
    assert_eq!(ready[0]["address"], format!("http://{}", server.address));
    assert_eq!(ready[0]["file"], file);
    server.process.signal(Signal::SIGINT);
    let output = server.end().assert_code(0);
    let last = parse_lines(&output.stdout);
    assert_eq!(
        (&last[0]["type"], &last[0]["requests"]),
        (&json!("end"), &json!(0))
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn quiet_prints_the_url_and_no_log() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    assert_eq!(server.ready, format!("http://{}\n", server.address));
    server.send("ada@example.com").assert_accepted();
    let output = server.stop().assert_code(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
}

#[test]
fn the_server_and_the_command_line_share_one_file() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let by_port = server.send("ada@example.com").assert_accepted();
    let by_command = env
        .run("send -q welcome --to bob@example.com")
        .assert_code(0);
    let by_command = by_command.stdout.trim().to_owned();
    let found = server.get(&format!("/v1/notifications/{by_command}"));
    assert_eq!(found.json()["contact"]["email"], "bob@example.com");
    let listed = env.run("activity -q").assert_code(0).stdout;
    assert_eq!(listed, format!("{by_command}\n{by_port}\n"), "newest first");
    env.run("simulator clock advance 1m").assert_code(0);
    let found = server.get(&format!("/v1/notifications/{by_port}")).json();
    assert_eq!(found["status"], "completed");
    server.stop().assert_code(0);
}

#[test]
fn one_connection_carries_many_requests() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q --simulator-db :memory:");
    let mut client = server.connect();
    for number in 0..50 {
        let response = client.post(
            "/v1/send/welcome",
            &json!({"to": format!("p{number}@example.com")}),
        );
        let id = response.assert_accepted();
        assert_eq!(
            client.get(&format!("/v1/notifications/{id}")).json()["id"],
            id
        );
    }
    let (again, body) = (
        "X-Idempotency-Key: k\r\nContent-Type: application/json\r\n",
        r#"{"to":"a@b.se"}"#,
    );
    client.write_request("POST", "/v1/send/welcome", again, body);
    let first = client.answer().unwrap().assert_accepted();
    client.write_request("POST", "/v1/send/welcome", again, body);
    let second = client.answer().unwrap();
    assert!(second.head.contains("x-idempotent-replay: true"));
    assert_eq!(second.assert_accepted(), first);
    server.stop().assert_code(0);
}

#[test]
fn a_withheld_response_holds_the_connection_until_the_client_disconnects() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json");
    let mut client = server.connect();
    client.write_send("timeout@simulator.test");
    // Other requests are served meanwhile, and a stopping server drops the connection.
    server.send("ada@example.com").assert_accepted();
    let mut gone = server.connect();
    gone.write_send("timeout+2@simulator.test");
    drop(gone);
    server.process.signal(Signal::SIGTERM);
    assert_eq!(
        client.answer().unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
    let output = server.end().assert_code(0);
    let log = parse_lines(&output.stderr);
    assert_eq!(
        (&log[0]["status"], &log[0]["fault"]),
        (&Value::Null, &json!("timeout"))
    );
    assert_eq!(
        query_number(&env.simulator(), "SELECT count(*) FROM messages"),
        Some(1)
    );
}

#[test]
fn a_reset_fault_resets_the_connection() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json");
    for to in ["reset@simulator.test", "+15005550901"] {
        let mut client = server.connect();
        client.write_send(to);
        let error = client.answer().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{to}");
    }
    let log = parse_lines(&server.stop().assert_code(0).stderr);
    assert_eq!(log[0]["fault"], "reset");
    assert_eq!(
        query_number(&env.simulator(), "SELECT count(*) FROM messages"),
        Some(0)
    );
}

#[test]
fn a_lost_response_is_stored_and_replayed() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json");
    let head = "X-Idempotency-Key: lost\r\nContent-Type: application/json\r\n";
    let body = r#"{"to":"lostresponse@simulator.test"}"#;
    let mut client = server.connect();
    client.write_request("POST", "/v1/send/welcome", head, body);
    assert_eq!(
        client.read_to_end().unwrap(),
        b"",
        "not a byte, and an orderly end"
    );
    let mut client = server.connect();
    client.write_request("POST", "/v1/send/welcome", head, body);
    let response = client.answer().unwrap();
    assert!(
        response.head.contains("x-idempotent-replay: true"),
        "{response:#?}"
    );
    response.assert_accepted();
    let log = parse_lines(&server.stop().assert_code(0).stderr);
    assert_eq!(
        (&log[0]["status"], &log[0]["fault"]),
        (&Value::Null, &json!("lostresponse"))
    );
    assert_eq!(
        (&log[1]["status"], &log[1]["fault"]),
        (&json!(200), &Value::Null)
    );
    let replayed = [&log[0]["replayed"], &log[1]["replayed"]];
    assert_eq!(replayed, [false, true]);
    assert_eq!(
        query_number(&env.simulator(), "SELECT count(*) FROM messages"),
        Some(1)
    );
}

#[test]
fn the_log_shows_namespace_and_replays() {
    let env = ProcessEnv::new();
    let head = |key: &str| {
        format!(
            "Authorization: {key}\r\nX-Idempotency-Key: k\r\nContent-Type: application/json\r\n"
        )
    };
    let body = r#"{"to":"ada@example.com"}"#;
    let keys = [
        "Bearer test_run_ci-7",
        "bearer test_run_ci-7",
        "Bearer test_x",
        "Bearer test_run_a/b",
    ];
    for form in ["--json", ""] {
        let server = SimulatorServer::start(&env, &format!("{form} --simulator-db :memory:"));
        for key in keys {
            let mut client = server.connect();
            let request = format!(
                "POST /v1/send/welcome HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n{body}",
                head(key),
                body.len()
            );
            client.write(request.as_bytes()).unwrap();
            client.answer().unwrap();
        }
        let text = server.stop().assert_code(0).stderr;
        if form.is_empty() {
            let ends = text
                .lines()
                .map(|line| line.split_once("/v1/send/welcome").unwrap().1);
            assert_eq!(
                ends.collect::<Vec<_>>(),
                ["  namespace ci-7", "  replayed  namespace ci-7", "", ""]
            );
        } else {
            let log = parse_lines(&text);
            let printed = log
                .iter()
                .map(|line| (&line["status"], &line["namespace"], &line["replayed"]));
            let run = json!("ci-7");
            assert_eq!(
                printed.collect::<Vec<_>>(),
                [
                    (&json!(200), &run, &json!(false)),
                    (&json!(200), &run, &json!(true)),
                    (&json!(200), &Value::Null, &json!(false)),
                    (&json!(401), &Value::Null, &json!(false)),
                ]
            );
        }
    }
}

#[test]
fn a_truncated_body_ends_before_its_length() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let mut client = server.connect();
    client.write_send("truncated@simulator.test");
    let all = String::from_utf8(client.read_to_end().unwrap()).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("content-length: 83"), "{head}");
    assert_eq!(body.len(), 20, "{body}");
    assert!(body.starts_with("{\"id\":\""), "{body}");
    server.stop().assert_code(0);
}

#[test]
fn other_invalid_bodies_are_complete_responses() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json");
    for (word, body) in [
        ("emptybody", ""),
        ("scalarbody", "\"accepted\""),
        ("arraybody", "[]"),
    ] {
        let response = server.send(&format!("{word}@simulator.test"));
        assert_eq!(
            (response.status, response.body),
            (200, body.as_bytes().to_vec())
        );
    }
    let page = server.send("htmlbody@simulator.test");
    assert!(page.head.contains("content-type: text/html"), "{page:#?}");
    server.send("http-503@simulator.test").assert_error(503);
    let log = parse_lines(&server.stop().assert_code(0).stderr);
    let faults: Vec<&str> = log
        .iter()
        .map(|line| line["fault"].as_str().unwrap())
        .collect();
    assert_eq!(
        faults,
        ["emptybody", "scalarbody", "arraybody", "htmlbody", "http"]
    );
}

#[test]
fn a_slow_response_is_completed_during_shutdown() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json");
    let mut client = server.connect();
    let mut idle = server.connect();
    idle.get("/_simulator/ready");
    client.write_send("drip@simulator.test");
    wait_until("stored", || {
        query_number(&env.simulator(), "SELECT count(*) FROM messages") == Some(1)
    });
    server.process.signal(Signal::SIGTERM);
    assert_eq!(
        idle.read_to_end().unwrap(),
        b"",
        "an idle connection is let go"
    );
    // Listener and idle connection close in no particular order.
    wait_until("nothing more is taken", || {
        std::net::TcpStream::connect(server.address).is_err()
    });
    client.answer().unwrap().assert_accepted();
    let output = server.end().assert_code(0);
    assert_eq!(parse_lines(&output.stdout)[0]["cut"], 0);
    assert_eq!(parse_lines(&output.stderr).last().unwrap()["fault"], "drip");
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json");
    let mut client = server.connect();
    client.write_send("drip@simulator.test");
    wait_until("stored", || {
        query_number(&env.simulator(), "SELECT count(*) FROM messages") == Some(1)
    });
    server.process.signal(Signal::SIGTERM);
    wait_until("stopping", || {
        std::net::TcpStream::connect(server.address).is_err()
    });
    server.process.signal(Signal::SIGINT);
    assert!(client.answer().is_err(), "it was cut");
    let output = server.end().assert_code(0);
    assert_eq!(parse_lines(&output.stdout)[0]["type"], "end");
}

#[test]
fn an_unusable_listen_address_is_a_usage_error() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let taken = server.address.port();
    env.run(&format!("simulator serve --port {taken}"))
        .assert_code(2)
        .assert_stderr_contains(&[
            &format!("--port: port {taken} is in use"),
            "or 0 for a free port",
        ]);
    env.run("simulator serve --port 0 --host 0.0.0.0")
        .assert_code(2)
        .assert_stderr_contains(&[
            "--host: `0.0.0.0` is reachable from other machines",
            "--allow-remote",
        ]);
    env.run("simulator serve --port 0 --host ::")
        .assert_code(2)
        .assert_stderr_contains(&["--allow-remote"]);
    env.run("simulator serve --port 0 --host no.such.host.invalid")
        .assert_code(2)
        .assert_stderr_contains(&["--host: the host `no.such.host.invalid` cannot be resolved"]);
    env.run("simulator serve --port 65536").assert_code(2);
    env.run("simulator serve --port 0 -o csv")
        .assert_code(2)
        .assert_stderr_contains(&["no `csv` form"]);
    server.stop().assert_code(0);
    let server = SimulatorServer::start(&env, "-q --host 0.0.0.0 --allow-remote");
    let mut client = RawClient::to((std::net::Ipv4Addr::LOCALHOST, server.address.port()).into());
    client.get("/_simulator/ready");
    server.stop().assert_code(0);
}

/// Returns the status code of a request with this `Host` header.
fn status_for_host(server: &SimulatorServer, host: &str) -> u16 {
    let loopback = std::net::Ipv4Addr::LOCALHOST;
    let mut client = RawClient::to((loopback, server.address.port()).into());
    let request = format!("GET /_simulator/ready HTTP/1.1\r\n{host}\r\n");
    client.write(request.as_bytes()).unwrap();
    let response = client.answer().unwrap();
    if response.status != 200 {
        response.assert_error(response.status);
    }
    response.status
}

#[test]
fn only_allowed_hosts_are_served() {
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "-q");
    let number = server.address.port();
    let own = [
        format!("127.0.0.1:{number}"),
        "LOCALHOST".to_owned(),
        "app.localhost".to_owned(),
        "[::1]".to_owned(),
        "127.8.8.8:1".to_owned(),
        "api.sendivent.com".to_owned(),
        "api-sandbox.sendivent.com:443".to_owned(),
    ];
    for host in own {
        assert_eq!(
            status_for_host(&server, &format!("Host: {host}\r\n")),
            200,
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "10.0.0.1",
        "[fe80::1]",
        "simulator",
        "",
        "a b",
    ] {
        assert_eq!(
            status_for_host(&server, &format!("Host: {host}\r\n")),
            421,
            "{host}"
        );
    }
    assert_eq!(status_for_host(&server, ""), 400, "no host at all");
    let mut client = server.connect();
    client
        .write(b"GET http://evil.example/_simulator/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    client.answer().unwrap().assert_error(421);
    server.stop().assert_code(0);

    let server = SimulatorServer::start(&env, "-q --host 0.0.0.0 --allow-remote");
    for host in ["10.0.0.1", "simulator:1", "host.docker.internal"] {
        assert_eq!(
            status_for_host(&server, &format!("Host: {host}\r\n")),
            200,
            "{host}"
        );
    }
    assert_eq!(status_for_host(&server, "Host: evil.example\r\n"), 421);
    server.stop().assert_code(0);
}

#[test]
fn production_keys_are_accepted_only_with_the_flag() {
    let env = ProcessEnv::new();
    for (flags, status) in [("-q", 401), ("-q --accept-live-keys", 404)] {
        let server = SimulatorServer::start(&env, flags);
        let mut client = server.connect();
        let path = "/v1/notifications/550e8400-e29b-41d4-a716-446655440000";
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer live_x\r\n\r\n"
        );
        client.write(request.as_bytes()).unwrap();
        let refused = client.answer().unwrap().assert_error(status);
        assert!(!refused.to_string().contains("live_x"));
        let zeros = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.write(zeros.as_bytes()).unwrap();
        client.answer().unwrap().assert_error(404);
        server.stop().assert_code(0);
    }
}

#[test]
fn the_log_has_no_secrets_and_can_be_masked() {
    let env = ProcessEnv::new();
    for flags in ["", "--json", "--no-pii", "--no-pii --json"] {
        let server = SimulatorServer::start(&env, flags);
        server.send("ada.lovelace@example.com").assert_accepted();
        let mut client = server.connect();
        client.get("/_simulator/messages?to=ada.lovelace%40example.com");
        client.get("/v1/contacts/grace%40example.com/push-tokens");
        client.get("/v1/notifications/550e8400-e29b-41d4-a716-446655440000");
        client.get("/nothing/at/eve@example.com");
        let output = server.stop().assert_code(0);
        assert_eq!(output.stderr.lines().count(), 5, "{output:#?}");
        for secret in ["test_port", "lovelace", "messages?"] {
            assert!(!output.stderr.contains(secret), "{secret} in {output:#?}");
        }
        assert!(
            output.stderr.contains("/v1/notifications/550e8400"),
            "{output:#?}"
        );
        let masks = flags.contains("--no-pii");
        for who in ["grace", "eve"] {
            assert_eq!(output.stderr.contains(who), !masks, "{who} in {output:#?}");
        }
    }
}

#[test]
fn an_unread_log_does_not_block_and_dropped_lines_are_counted() {
    const REQUESTS: usize = 4000;
    let env = ProcessEnv::new();
    let server = SimulatorServer::start(&env, "--json --simulator-db :memory:");
    let mut client = server.connect();
    for _ in 0..REQUESTS {
        client.get("/_simulator/ready");
    }
    // stderr is read only now: the pipe and the buffer were full long before.
    let output = server.stop().assert_code(0);
    let log = parse_lines(&output.stderr);
    let printed = log.iter().filter(|line| line["type"] == "request").count();
    let more = log.iter().filter_map(|line| line["requests"].as_u64());
    let more = usize::try_from(more.sum::<u64>()).unwrap();
    assert!(more > 0, "{printed} lines had room");
    assert_eq!(printed + more, REQUESTS);
}
