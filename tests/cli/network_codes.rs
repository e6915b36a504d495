use nix::sys::signal::Signal;

use crate::hostile::{Act, Caller, Hostile, ID, RECEIPT, Seen, json, notification};
use crate::process::until;

const TO_ADA: &str = "send welcome --to ada@example.com";

/// Takes sends, and answers looks with this status.
fn service(status: &'static str) -> Hostile {
    Hostile::new(move |seen: &Seen| match seen.line().starts_with("POST") {
        true => Act::Answer(json(200, RECEIPT)),
        false => Act::Answer(json(200, &notification(ID, status))),
    })
}

fn always(status: u16) -> Hostile {
    Hostile::playing(vec![Act::Answer(json(status, "{}"))])
}

/// Each code with a server that causes it, and the commands that earn it there.
#[test]
fn every_exit_code_comes_from_a_server_that_causes_it() {
    let mixed = Hostile::new(|seen: &Seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        match body.contains("bob@") {
            true => Act::Answer(json(422, r#"{"error":"Bob is not welcome"}"#)),
            false => Act::Answer(json(200, RECEIPT)),
        }
    });
    let watch = format!("watch {ID}");
    let wait = format!("{TO_ADA} --wait");
    let status = format!("status {ID} --exit-status");
    let cancel = "cancel welcome --to ada@example.com";
    let both = format!("{TO_ADA} --to bob@example.com");
    let (two, late) = (
        format!("{TO_ADA} --payload 7"),
        format!("{watch} --timeout 1s"),
    );
    for (code, server, commands) in [
        (
            0,
            service("delivered"),
            vec![TO_ADA, &wait, &watch, &status, "doctor"],
        ),
        (
            2,
            service("delivered"),
            vec![&two, "send welcome --to ada@", "watch", "status x"],
        ),
        (3, service("failed"), vec![&wait, &watch, &status]),
        (
            4,
            always(401),
            vec![TO_ADA, &wait, &watch, &status, cancel, "doctor"],
        ),
        (5, always(400), vec![TO_ADA, &watch, &status, cancel]),
        (5, always(402), vec![TO_ADA]),
        (5, always(403), vec![TO_ADA]),
        (5, always(409), vec![TO_ADA]),
        (5, always(422), vec![TO_ADA]),
        (6, always(404), vec![TO_ADA, &watch, &status, cancel]),
        (7, always(429), vec![TO_ADA, &status, cancel]),
        (8, service("queued"), vec![&status]),
        (9, mixed, vec![&both]),
        (69, always(500), vec![TO_ADA, &status, cancel, "doctor"]),
        (124, service("queued"), vec![&late]),
    ] {
        let caller = Caller::new(server.url());
        for command in commands {
            caller.run(command).code(code);
        }
        assert!(code != 2 || server.accepted() == 0, "something was sent");
    }
}

#[test]
fn a_fault_of_this_machine_is_1() {
    let server = service("delivered");
    let caller = Caller::new(server.url());
    std::fs::create_dir_all(caller.house.journal()).unwrap();
    caller
        .run(TO_ADA)
        .code(1)
        .says(&["journal", "--no-journal"]);
    assert_eq!(server.accepted(), 0, "a send without its row");
}

#[test]
fn no_key_is_4_and_nobody_is_asked() {
    let server = service("delivered");
    let caller = Caller::new(server.url());
    let mut command = caller.command(TO_ADA);
    command.env_remove("SENDIVENT_API_KEY");
    let done = crate::process::Done::of(command.output().unwrap());
    done.code(4)
        .says(&["no API key", "SENDIVENT_API_KEY", "sendivent login"]);
    let live = Caller::new(server.url()).with("SENDIVENT_API_KEY", "live_0123456789");
    live.run(TO_ADA)
        .code(2)
        .says(&["--live", "Nothing was sent"]);
    assert_eq!(server.accepted(), 0);
}

#[test]
fn nobody_who_listens_is_69() {
    let port = crate::hostile::Deaf::new();
    let caller = Caller::new(port.url());
    for command in [
        format!("{TO_ADA} --timeout 2s"),
        format!("status {ID}"),
        "cancel welcome --to ada@example.com".to_owned(),
        format!("watch {ID} --max-errors 2"),
    ] {
        caller
            .run(&command)
            .code(69)
            .says(&["refused the connection"]);
    }
    let done = caller.run("doctor").code(69);
    assert!(done.stdout.contains("tcp"), "{done:#?}");
}

#[test]
fn a_signal_ends_a_send_with_its_code_and_the_journal_knows() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = Hostile::playing(vec![Act::Hang(vec![]), Act::Answer(json(200, RECEIPT))]);
        let caller = Caller::new(server.url());
        let process = caller.start(&format!("{TO_ADA} --idempotency-key k-1"));
        until("asked", || server.seen().len() == 1);
        process.signal(signal);
        process.end().code(code).says(&["outcome unknown", "k-1"]);
        caller.run("status --last").code(69).says(&["k-1"]);
        caller
            .run(&format!("{TO_ADA} --idempotency-key k-1"))
            .code(0);
    }
}
