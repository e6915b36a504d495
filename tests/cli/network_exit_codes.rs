use nix::sys::signal::Signal;

use crate::fault_server::{
    Action, FaultServer, ID, RECEIPT, ReceivedRequest, ServiceEnv, json_response, notification,
};
use crate::process::wait_until;

const TO_ADA: &str = "send welcome --to ada@example.com";

/// Accepts sends and answers polls with this status code.
fn fault_service(status: &'static str) -> FaultServer {
    FaultServer::new(
        move |request: &ReceivedRequest| match request.line().starts_with("POST") {
            true => Action::Respond(json_response(200, RECEIPT)),
            false => Action::Respond(json_response(200, &notification(ID, status))),
        },
    )
}

fn always_respond(status: u16) -> FaultServer {
    FaultServer::with_actions(vec![Action::Respond(json_response(status, "{}"))])
}

/// Each exit code with a server that causes it, and the commands that end with it.
#[test]
fn every_exit_code_has_a_server_that_causes_it() {
    let mixed = FaultServer::new(|request: &ReceivedRequest| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match body.contains("bob@") {
            true => Action::Respond(json_response(422, r#"{"error":"Bob is not welcome"}"#)),
            false => Action::Respond(json_response(200, RECEIPT)),
        }
    });
    let watch = format!("watch {ID}");
    let wait = format!("{TO_ADA} --wait");
    let status = format!("status {ID} --exit-status");
    let cancel = "cancel welcome --to ada@example.com";
    let both = format!("{TO_ADA} --to bob@example.com");
    let (two, delayed) = (
        format!("{TO_ADA} --payload 7"),
        format!("{watch} --timeout 1s"),
    );
    for (code, server, commands) in [
        (
            0,
            fault_service("delivered"),
            vec![TO_ADA, &wait, &watch, &status, "doctor"],
        ),
        (
            2,
            fault_service("delivered"),
            vec![&two, "send welcome --to ada@", "watch", "status x"],
        ),
        (3, fault_service("failed"), vec![&wait, &watch, &status]),
        (
            4,
            always_respond(401),
            vec![TO_ADA, &wait, &watch, &status, cancel, "doctor"],
        ),
        (
            5,
            always_respond(400),
            vec![TO_ADA, &watch, &status, cancel],
        ),
        (5, always_respond(402), vec![TO_ADA]),
        (5, always_respond(403), vec![TO_ADA]),
        (5, always_respond(409), vec![TO_ADA]),
        (5, always_respond(422), vec![TO_ADA]),
        (
            6,
            always_respond(404),
            vec![TO_ADA, &watch, &status, cancel],
        ),
        (7, always_respond(429), vec![TO_ADA, &status, cancel]),
        (8, fault_service("queued"), vec![&status]),
        (9, mixed, vec![&both]),
        (
            69,
            always_respond(500),
            vec![TO_ADA, &status, cancel, "doctor"],
        ),
        (124, fault_service("queued"), vec![&delayed]),
    ] {
        let client = ServiceEnv::new(server.url());
        for command in commands {
            client.run(command).assert_code(code);
        }
        assert!(
            code != 2 || server.connection_count() == 0,
            "something was sent"
        );
    }
}

#[test]
fn a_local_fault_is_1() {
    let server = fault_service("delivered");
    let client = ServiceEnv::new(server.url());
    std::fs::create_dir_all(client.env.journal()).unwrap();
    client
        .run(TO_ADA)
        .assert_code(1)
        .assert_stderr_contains(&["journal", "--no-journal"]);
    assert_eq!(server.connection_count(), 0, "a send without its row");
}

#[test]
fn no_key_is_4_and_no_request_is_made() {
    let server = fault_service("delivered");
    let client = ServiceEnv::new(server.url());
    let mut command = client.command(TO_ADA);
    command.env_remove("SENDIVENT_API_KEY");
    let process_output = crate::process::ProcessOutput::of(command.output().unwrap());
    process_output.assert_code(4).assert_stderr_contains(&[
        "no API key",
        "SENDIVENT_API_KEY",
        "sendivent login",
    ]);
    let live = ServiceEnv::new(server.url()).with("SENDIVENT_API_KEY", "live_0123456789");
    live.run(TO_ADA)
        .assert_code(2)
        .assert_stderr_contains(&["--live", "nothing was sent"]);
    assert_eq!(server.connection_count(), 0);
}

#[test]
fn a_refused_connection_is_69() {
    let server = crate::fault_server::ClosedPort::new();
    let client = ServiceEnv::new(server.url());
    for command in [
        format!("{TO_ADA} --timeout 2s"),
        format!("status {ID}"),
        "cancel welcome --to ada@example.com".to_owned(),
        format!("watch {ID} --max-errors 2"),
    ] {
        client
            .run(&command)
            .assert_code(69)
            .assert_stderr_contains(&["refused the connection"]);
    }
    let output = client.run("doctor").assert_code(69);
    assert!(output.stdout.contains("tcp"), "{output:#?}");
}

#[test]
fn a_signal_ends_a_send_with_its_code_and_is_journaled() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = FaultServer::with_actions(vec![
            Action::Hang(vec![]),
            Action::Respond(json_response(200, RECEIPT)),
        ]);
        let client = ServiceEnv::new(server.url());
        let process = client.start(&format!("{TO_ADA} --idempotency-key k-1"));
        wait_until("asked", || server.requests().len() == 1);
        process.signal(signal);
        process
            .end()
            .assert_code(code)
            .assert_stderr_contains(&["outcome unknown", "k-1"]);
        client
            .run("status --last")
            .assert_code(69)
            .assert_stderr_contains(&["k-1"]);
        client
            .run(&format!("{TO_ADA} --idempotency-key k-1"))
            .assert_code(0);
    }
}
