use std::io::{BufRead, Read};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::fault_server::{
    Action, ClosedPort, FaultServer, ID, RECEIPT, ReceivedRequest, ServiceEnv, json_response,
    notification, response,
};

fn poll_response(status: &str) -> Action {
    Action::Respond(json_response(200, &notification(ID, status)))
}

/// Counts the occurrences of a text.
fn count_requests(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn every_outage_prints_two_lines_and_keeps_the_verdict() {
    let simulator = ClosedPort::new();
    let client = ServiceEnv::new(simulator.url());
    let mut process = client.start(&format!("watch {ID} --interval 50ms --timeout 1m"));
    let mut stderr = process.stderr();
    let mut printed = String::new();
    stderr.read_line(&mut printed).unwrap();
    assert!(printed.contains("refused the connection"), "{printed}");
    let actions = vec![
        Action::Respond(json_response(503, "{}")),
        Action::Respond(response(429, &["Retry-After: 1"], "{}")),
        Action::Reset(vec![]),
        Action::Close(b"HTTP/1.1 2".to_vec()),
        Action::Respond(response(502, &["Content-Type: text/html"], "<html>")),
        Action::Respond(response(302, &["Location: https://login.example.net/"], "")),
        Action::Respond(json_response(200, "{\"id\":")),
        poll_response("queued"),
        poll_response("sent"),
        poll_response("delivered"),
    ];
    let server = simulator
        .start_listening(move |request| actions[request.number.min(actions.len() - 1)].clone());
    let output = process.end().assert_code(0);
    stderr.read_to_string(&mut printed).unwrap();
    assert_eq!(count_requests(&printed, "retrying"), 1, "{printed}");
    assert_eq!(count_requests(&printed, "responding again"), 1, "{printed}");
    let requests = server.requests();
    assert_eq!(requests.len(), 10);
    let waited = requests[2].at - requests[1].at;
    assert!(
        waited >= Duration::from_millis(950),
        "Retry-After: {waited:?}"
    );
    for status in ["queued", "sent", "delivered"] {
        assert!(output.stdout.contains(status), "{output:#?}");
    }
}

#[test]
fn two_outages_are_reported_separately() {
    let actions = [
        Action::Respond(json_response(503, "{}")),
        poll_response("queued"),
        Action::Respond(json_response(500, "{}")),
        Action::Reset(vec![]),
        poll_response("failed"),
    ];
    let server = FaultServer::with_actions(actions.to_vec());
    let output = ServiceEnv::new(server.url()).run(&format!("watch {ID} --interval 20ms"));
    let output = output.assert_code(3);
    assert_eq!(count_requests(&output.stderr, "retrying"), 2, "{output:#?}");
    assert_eq!(
        count_requests(&output.stderr, "responding again"),
        2,
        "{output:#?}"
    );
}

#[test]
fn a_watch_ends_after_max_errors_consecutive_errors() {
    let actions = [
        Action::Respond(json_response(503, "{}")),
        Action::Respond(json_response(503, "{}")),
        poll_response("queued"),
        Action::Respond(json_response(503, "{}")),
    ];
    let server = FaultServer::with_actions(actions.to_vec());
    let client = ServiceEnv::new(server.url());
    let output = client.run(&format!("watch {ID} --interval 20ms --max-errors 3"));
    output
        .assert_code(69)
        .assert_stderr_contains(&["gave up", "resume with: sendivent watch"]);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_deadline_is_124_after_a_response_and_has_no_verdict_without_one() {
    let unavailable = || Action::Respond(json_response(503, "{}"));
    let resume = format!("resume with: sendivent watch {ID}");
    for (actions, code, expected) in [
        (vec![unavailable()], 69, "gave up after 1 s: "),
        (vec![Action::Hang(vec![])], 69, "no response within"),
        (
            vec![Action::Respond(json_response(200, "{}"))],
            69,
            "is not the documented JSON",
        ),
        (
            vec![poll_response("sent")],
            124,
            "1 message still pending after 1 s",
        ),
        (
            vec![poll_response("sent"), unavailable()],
            124,
            "the last poll failed: the service failed",
        ),
    ] {
        let server = FaultServer::with_actions(actions);
        let client = ServiceEnv::new(server.url());
        let output = client.run(&format!("watch {ID} --timeout 1s"));
        let output = output
            .assert_code(code)
            .assert_stderr_contains(&[&resume, expected]);
        assert!(
            count_requests(&output.stderr, "retrying") <= 1,
            "{output:#?}"
        );
    }
}

#[test]
fn a_wait_without_any_response_has_no_verdict() {
    for (status, expected) in [
        (503, "the service failed (HTTP 503)"),
        (
            404,
            "the service does not know 550e8400-e29b-41d4-a716-446655440000 yet (HTTP 404)",
        ),
    ] {
        let actions =
            [json_response(200, RECEIPT), json_response(status, "{}")].map(Action::Respond);
        let server = FaultServer::with_actions(actions.to_vec());
        let client = ServiceEnv::new(server.url());
        let output = client.run("send welcome --to ada@example.com --wait --timeout 2s");
        output
            .assert_code(69)
            .assert_stderr_contains(&[expected, "resume with: "]);
    }
}

#[test]
fn a_single_poll_or_an_answered_one_reports_no_retry() {
    let actions = [response(429, &[], r#"{"error":"Rate limit"}"#)].map(Action::Respond);
    let server = FaultServer::with_actions(actions.to_vec());
    let client = ServiceEnv::new(server.url());
    let once = client.run(&format!("watch {ID} --timeout 0"));
    let once = once
        .assert_code(69)
        .assert_stderr_contains(&["Rate limit (HTTP 429)"]);
    assert!(!once.stderr.contains("retrying"), "{once:#?}");
    let output = client.run(&format!("watch {ID} --timeout 1s"));
    let output = output
        .assert_code(69)
        .assert_stderr_contains(&["polling failed, retrying: Rate limit (HTTP 429)"]);
    assert!(!output.stderr.contains("does not answer"), "{output:#?}");
}

#[test]
fn an_interrupt_during_a_poll_ends_the_watch_at_once() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = FaultServer::with_actions(vec![Action::Hang(vec![])]);
        let client = ServiceEnv::new(server.url());
        let process = client.start(&format!("watch {ID}"));
        crate::process::wait_until("asked", || server.requests().len() == 1);
        process.signal(signal);
        process
            .end()
            .assert_code(code)
            .assert_stderr_contains(&["resume with: "]);
    }
}

#[test]
fn send_wait_tolerates_an_id_that_is_not_yet_known() {
    let actions = [
        Action::Respond(json_response(200, RECEIPT)),
        Action::Respond(json_response(404, "{}")),
        Action::Respond(json_response(404, "{}")),
        poll_response("delivered"),
    ];
    let server = FaultServer::with_actions(actions.to_vec());
    let output = ServiceEnv::new(server.url()).run("send welcome --to ada@example.com --wait");
    let output = output.assert_code(0);
    assert!(output.stdout.contains("accepted"), "{output:#?}");
    assert_eq!(server.requests().len(), 4);
}

fn ids() -> Vec<String> {
    (0..100)
        .map(|number| format!("550e8400-e29b-41d4-a716-{number:012}"))
        .collect()
}

/// Responds that the requested notification is still queued.
fn pending_ids(headers: &'static [&'static str]) -> impl Fn(&ReceivedRequest) -> Action {
    move |request| {
        let id = request.line().rsplit('/').next().unwrap();
        Action::Respond(response(200, headers, &notification(id, "sent")))
    }
}

#[test]
fn a_watch_of_a_hundred_respects_the_rate_and_reuses_connections() {
    const RATE: usize = 10;
    let server = FaultServer::new(pending_ids(&[]));
    let client = ServiceEnv::new(server.url());
    let command = format!("watch {} --progress none --timeout 4s", ids().join(" "));
    client.run(&command).assert_code(124);
    let requests = server.requests();
    assert!(
        server.connection_count() <= 8,
        "{} connections",
        server.connection_count()
    );
    let received: Vec<&str> = requests.iter().map(ReceivedRequest::line).collect();
    let mut unique = received.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(
        unique.len(),
        received.len(),
        "one was asked twice before others"
    );
    // In total: a first burst, then ten per second. In any one second: requests in flight may arrive together when
    // this machine is busy.
    let first = requests[0].at;
    for (index, request) in requests.iter().enumerate() {
        let after = (request.at - first).as_secs_f64();
        let allowed = 2.0 + after * 10.0 + 8.0;
        let count = u32::try_from(index + 1).unwrap();
        assert!(f64::from(count) <= allowed, "{count} after {after} s");
        let second = request.at + Duration::from_secs(1);
        let in_window = requests[index..].iter().filter(|other| other.at < second);
        let in_window = in_window.count();
        assert!(in_window <= 2 * RATE, "{in_window} within a second");
    }
    assert!(
        requests.len() >= 10,
        "only {} in four seconds",
        requests.len()
    );
}

#[test]
fn a_simulated_service_has_no_rate_limit() {
    let server = FaultServer::new(pending_ids(&["X-Sendivent-Simulated: true"]));
    let client = ServiceEnv::new(server.url());
    let command = format!("watch {} --progress none --timeout 5s", ids().join(" "));
    client
        .run(&command)
        .assert_code(124)
        .assert_stderr_contains(&["SIMULATED"]);
    assert!(
        server.connection_count() <= 8,
        "{} connections",
        server.connection_count()
    );
    assert!(
        server.requests().len() >= 100,
        "{}",
        server.requests().len()
    );
}
