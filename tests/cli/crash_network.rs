use nix::sys::signal::Signal;
use sendivent::host::{Clock, Entropy};
use sendivent::simulator::Simulator;
use sendivent::sqlite::DbLocation;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::fault_server::{Action, FaultServer, ReceivedRequest, ServiceEnv, serialize_response};
use crate::process::{assert_integrity, query_number, query_texts, wait_until};

/// Where the server stops responding to the first request of a test.
#[derive(Clone, Copy, PartialEq)]
enum StopPoint {
    /// No response, nothing stored: the process is killed between row and request, or before the response.
    BeforeStoring,
    /// Stores the request and does not respond.
    AfterStoring,
    /// Sends the response without its last byte.
    InTheAnswer,
    /// Responds at once: the process is killed between the response and its row.
    Never,
}

/// Returns a server that stores in `service.db` in the client's home directory and stops responding once.
fn stopping_service(file: std::path::PathBuf, stop: StopPoint) -> FaultServer {
    let clock = Clock::System(Instant::now());
    let simulator = Simulator::open(&DbLocation::File(file), clock, Entropy::System).unwrap();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = Mutex::new(runtime.build().unwrap());
    let simulator = Arc::new(simulator);
    FaultServer::new(move |received: &ReceivedRequest| {
        let first = received.number == 0;
        if first && stop == StopPoint::BeforeStoring {
            return Action::Hang(Vec::new());
        }
        let response = runtime
            .lock()
            .unwrap()
            .block_on(simulator.call(received.request()));
        let bytes = serialize_response(&response);
        match stop {
            StopPoint::AfterStoring if first => Action::Hang(Vec::new()),
            StopPoint::InTheAnswer if first => Action::Hang(bytes[..bytes.len() - 1].to_vec()),
            _ => Action::Respond(bytes),
        }
    })
}

/// Kills a send, then checks that the next `status` and a repetition of the send succeed.
fn run_round(stop: StopPoint, wait: Option<Duration>) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.db");
    let server = stopping_service(file.clone(), stop);
    let client = ServiceEnv::new(server.url());
    let process = client.start("send welcome --to ada@example.com");
    match wait {
        None => wait_until("asked", || !server.requests().is_empty()),
        Some(wait) => std::thread::sleep(wait),
    }
    process.signal(Signal::SIGKILL);
    let killed = process.end().was_killed();
    let journal = client.env.journal();
    let sends = query_number(&journal, "SELECT count(*) FROM sends");
    if sends.unwrap_or(0) == 0 {
        // Killed before its journal row was written: no request was sent either.
        assert!(server.requests().is_empty());
        client.run("status --last").assert_code(6);
        client
            .run("send welcome --to ada@example.com")
            .assert_code(0);
    } else {
        let open = "SELECT idempotency_key FROM sends WHERE state = 'started'";
        match query_texts(&journal, open).as_slice() {
            [key] => {
                client
                    .run("status --last")
                    .assert_code(69)
                    .assert_stderr_contains(&[
                        "outcome unknown",
                        &format!("--idempotency-key {key}"),
                    ]);
                let again = format!("send welcome --to ada@example.com --idempotency-key {key}");
                client.run(&again).assert_code(0);
                // A second repetition is a replay.
                client.run(&again).assert_code(0);
            }
            _ => assert!(killed || stop == StopPoint::Never),
        }
    }
    client.run("status --last").assert_code(0);
    assert_eq!(
        query_number(&file, "SELECT count(*) FROM messages"),
        Some(1)
    );
    assert_integrity(&journal);
    killed
}

#[test]
fn sigkill_before_the_request_or_the_response() {
    for _ in 0..4 {
        assert!(run_round(StopPoint::BeforeStoring, None));
    }
}

#[test]
fn sigkill_after_storage_and_before_the_response() {
    for _ in 0..4 {
        assert!(run_round(StopPoint::AfterStoring, None));
        assert!(run_round(StopPoint::InTheAnswer, None));
    }
}

#[test]
fn sigkill_at_any_time_of_a_network_send() {
    let start = Instant::now();
    run_round(StopPoint::Never, Some(Duration::from_secs(1)));
    // Upper limit of one run; the kills are spread over it.
    let whole_run = start.elapsed().min(Duration::from_millis(60));
    let delays = 24;
    let killed = (0..delays)
        .filter(|delay| run_round(StopPoint::Never, Some(whole_run * *delay / delays)))
        .count();
    assert!(killed > 0, "every run was over before it was killed");
    // And as soon as the request has arrived.
    for _ in 0..8 {
        run_round(StopPoint::Never, None);
    }
}
