//! SIGKILL at any time: databases stay consistent, and an unknown outcome is reported as unknown.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::process::{ProcessEnv, assert_integrity, query_number, query_texts, wait_until};

/// Recipients of the send that is killed.
const RECIPIENTS: usize = 30;

fn send(round: usize) -> String {
    let to: String = (0..RECIPIENTS)
        .map(|index| format!(" --to r{round}-{index}@example.com"))
        .collect();
    format!("send -q welcome{to}")
}

#[test]
fn sigkill_at_any_time_leaves_no_partial_send() {
    const ROUNDS: usize = 120;
    /// Rounds that share a home directory: the first are killed while the databases are created.
    const SHARED: usize = 6;
    let start = Instant::now();
    ProcessEnv::new().run(&send(0)).assert_code(0);
    let whole_run = start.elapsed();
    let (mut unknown, mut in_the_middle) = (0, 0);
    let mut env = ProcessEnv::new();
    for round in 0..ROUNDS {
        if round % SHARED == 0 {
            env = ProcessEnv::new();
        }
        let process = env.start(&send(round));
        // Delays are spread over the run: 77 and 120 have no common divisor.
        let delay = u32::try_from(round * 77 % ROUNDS).unwrap();
        std::thread::sleep(whole_run * delay / u32::try_from(ROUNDS).unwrap());
        process.signal(Signal::SIGKILL);
        let output = process.end();
        let stored = env.simulator().exists() && env.journal().exists();
        if output.was_killed() && stored {
            let of_round =
                format!("SELECT count(*) FROM messages WHERE recipient LIKE 'r{round}-%'");
            let sent = query_number(&env.simulator(), &of_round).unwrap_or(0);
            in_the_middle += usize::from(sent > 0 && sent < 30);
        }
        unknown += usize::from(retry_unknown_sends(&env));
        if stored {
            assert_consistent(&env);
        }
    }
    assert!(unknown > 0, "no round was killed between row and answer");
    assert!(in_the_middle > 0, "no round was killed between two sends");
}

/// Polls the last send; repeats it with the printed command if its outcome is unknown. Returns whether it was unknown.
fn retry_unknown_sends(env: &ProcessEnv) -> bool {
    let last = env.run("status --last -q");
    let code = last.status.code();
    let started = "SELECT idempotency_key FROM sends WHERE state = 'started' AND id = (SELECT max(id) FROM sends)";
    let open = query_number(&env.journal(), "SELECT count(*) FROM sends")
        .map(|_| query_texts(&env.journal(), started))
        .unwrap_or_default();
    let [key] = open.as_slice() else {
        assert!(matches!(code, Some(0 | 6)), "{last:#?}");
        return false;
    };
    last.assert_code(69)
        .assert_stderr_contains(&["outcome unknown", &format!("--idempotency-key {key}")]);
    let recipient = query_texts(
        &env.journal(),
        &format!("SELECT recipient FROM sends WHERE idempotency_key = '{key}'"),
    )
    .remove(0);
    env.run(&format!(
        "send -q welcome --to {recipient} --idempotency-key {key}"
    ))
    .assert_code(0);
    let count = format!("SELECT count(*) FROM messages WHERE recipient = '{recipient}'");
    assert_eq!(
        query_number(&env.simulator(), &count),
        Some(1),
        "{recipient}"
    );
    // The outcome is known now, and the unfinished row is not reported again.
    env.run("status --last 10000 -q").assert_code(0);
    true
}

fn assert_consistent(env: &ProcessEnv) {
    let (simulator, journal) = (env.simulator(), env.journal());
    assert_integrity(&simulator);
    assert_integrity(&journal);
    let none = [
        "SELECT (SELECT count(*) FROM messages) - (SELECT count(*) FROM idempotency)",
        "SELECT count(*) - count(DISTINCT recipient) FROM messages",
        "SELECT count(*) - count(DISTINCT fields ->> '$.email') FROM contacts",
    ];
    if query_number(&simulator, "SELECT count(*) FROM messages").is_none() {
        return;
    }
    for query in none {
        assert_eq!(query_number(&simulator, query), Some(0), "{query}");
    }
    // Compares both databases: each accepted row has a notification, and each notification has a row.
    let stored = query_texts(
        &simulator,
        "SELECT json_extract(response, '$.id') FROM idempotency ORDER BY 1",
    );
    let hex = query_texts(
        &simulator,
        "SELECT lower(hex(notification)) FROM messages ORDER BY 1",
    );
    let plain: Vec<String> = stored.iter().map(|id| id.replace('-', "")).collect();
    assert_eq!(plain, hex);
    let accepted = query_texts(
        &journal,
        "SELECT DISTINCT notification FROM receipts ORDER BY 1",
    );
    assert_eq!(
        accepted, stored,
        "every unknown row was repeated: the two agree"
    );
    let closed = "SELECT count(*) FROM sends WHERE (state = 'accepted') <> (id IN (SELECT send FROM receipts))";
    assert_eq!(query_number(&journal, closed), Some(0));
}

#[test]
fn a_stored_send_without_a_response_is_sent_once() {
    // Killed during the backoff after the lost response: the notification is stored and its row is unfinished. The
    // backoff is short, so a slow machine may need another attempt.
    for round in 0..20 {
        let env = ProcessEnv::new();
        env.run("activity -q").assert_code(0);
        let recipient = format!("lostresponse+{round}@simulator.test");
        let process = env.start(&format!("send welcome --to {recipient}"));
        wait_until("stored", || {
            query_number(&env.simulator(), "SELECT count(*) FROM messages") == Some(1)
        });
        process.signal(Signal::SIGKILL);
        drop(process.end());
        let started = query_texts(
            &env.journal(),
            "SELECT idempotency_key FROM sends WHERE state = 'started'",
        );
        let [key] = started.as_slice() else { continue };
        env.run("status --last")
            .assert_code(69)
            .assert_stderr_contains(&["outcome unknown", key]);
        let again = env
            .run(&format!(
                "send welcome --to {recipient} --idempotency-key {key}"
            ))
            .assert_code(0);
        assert!(again.stdout.contains("accepted before"), "{again:#?}");
        assert_eq!(
            query_number(&env.simulator(), "SELECT count(*) FROM messages"),
            Some(1)
        );
        return;
    }
    panic!("never killed in the pause");
}

#[test]
fn sigkill_during_creation_leaves_usable_databases() {
    for round in 0..60u64 {
        let env = ProcessEnv::new();
        let process = env.start("send -q welcome --to ada@example.com");
        std::thread::sleep(Duration::from_micros(round * 400));
        process.signal(Signal::SIGKILL);
        drop(process.end());
        let output = env
            .run("send -q welcome --to bob@example.com")
            .assert_code(0);
        assert_eq!(output.stderr, "");
        assert_integrity(&env.simulator());
        assert_integrity(&env.journal());
    }
}
