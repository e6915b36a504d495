//! SIGINT and SIGTERM: known results are printed, unknown outcomes are journaled, and the printed resume command works.

use std::io::BufRead;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sendivent::host::Interrupt;

use crate::harness::TestEnv;
use crate::process::{
    ProcessEnv, ProcessOutput, assert_integrity, query_number, query_texts, wait_until,
};

/// Returns the command from `resume with: …`.
#[track_caller]
fn resume_command(output: &ProcessOutput) -> String {
    let line = output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("resume with: sendivent "));
    line.unwrap_or_else(|| panic!("no way on in {output:#?}"))
        .to_owned()
}

fn count_rows(env: &ProcessEnv, state: &str) -> i64 {
    let query = format!("SELECT count(*) FROM sends WHERE state = '{state}'");
    query_number(&env.journal(), &query).unwrap_or(0)
}

#[test]
fn an_interrupted_watch_prints_its_resume_command() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let env = ProcessEnv::new();
        let id = env
            .run("send -q welcome --to queued@simulator.test")
            .assert_code(0)
            .stdout;
        let mut process = env.start(&format!("watch {id}"));
        let mut stdout = process.stdout();
        let line = process.line(&mut stdout);
        assert!(line.contains("queued"), "{line}");
        process.signal(signal);
        let output = process
            .end()
            .assert_code(code)
            .assert_stderr_contains(&["interrupted after"]);
        let way_on = resume_command(&output);
        assert!(way_on.ends_with(id.trim()), "{way_on}");
        let pasted = env.run(&format!("{way_on} --timeout 0")).assert_code(8);
        assert!(pasted.stdout.contains("queued"), "{pasted:#?}");
    }
}

#[test]
fn an_interrupted_json_watch_ends_with_a_verdict() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to queued@simulator.test")
        .assert_code(0);
    let mut process = env.start("watch --json --last");
    let mut stdout = process.stdout();
    let first = process.line(&mut stdout);
    assert!(first.starts_with('{'), "{first}");
    process.signal(Signal::SIGINT);
    let last = stdout.lines().map(Result::unwrap).last().unwrap();
    let last: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["exit_code"], 130, "{last}");
    let resume = last["resume"].as_str().unwrap();
    assert!(resume.contains(" watch "), "{last}");
    let output = process.end().assert_code(130);
    assert_eq!(output.stderr, "", "{output:#?}");
}

#[test]
fn interrupting_send_wait_leaves_a_completed_row() {
    let env = ProcessEnv::new();
    let mut process = env.start("send welcome --to queued@simulator.test --wait");
    let mut stdout = process.stdout();
    let receipt = process.line(&mut stdout);
    assert!(receipt.starts_with("accepted"), "{receipt}");
    process.signal(Signal::SIGINT);
    let output = process.end().assert_code(130);
    assert_eq!(count_rows(&env, "accepted"), 1);
    env.run(&format!("{} --timeout 0", resume_command(&output)))
        .assert_code(8);
}

#[test]
fn activity_follow_ends_on_a_signal() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let mut process = env.start("activity --follow");
    let mut stdout = process.stdout();
    process.line(&mut stdout);
    process.signal(Signal::SIGTERM);
    process.end().assert_code(143);
}

/// Interrupts a send during its backoff, or while it waits for a response that does not come.
fn interrupt_during_attempt(recipient: &str) {
    let env = ProcessEnv::new();
    let process = env.start(&format!("send welcome --to {recipient}"));
    wait_until("the row is written", || count_rows(&env, "started") == 1);
    process.signal(Signal::SIGINT);
    let output = process.end().assert_code(130);
    assert_eq!(
        (count_rows(&env, "started"), count_rows(&env, "unknown")),
        (0, 1),
        "{recipient}: {output:#?}"
    );
    let key = query_texts(&env.journal(), "SELECT idempotency_key FROM sends").remove(0);
    assert!(
        output.stdout.contains(&key) && output.stdout.contains("unknown"),
        "{output:#?}"
    );
    env.run("status --last")
        .assert_code(69)
        .assert_stderr_contains(&["outcome unknown", &format!("--idempotency-key {key}")]);
}

#[test]
fn interrupting_a_send_between_attempts_leaves_an_unknown_outcome() {
    interrupt_during_attempt("http-503@simulator.test");
}

#[test]
fn interrupting_a_send_without_a_response_leaves_an_unknown_outcome() {
    interrupt_during_attempt("timeout@simulator.test");
}

#[test]
fn interrupting_a_retry_leaves_later_recipients_unsent() {
    let env = TestEnv::simulated();
    env.interrupt_in(100, Interrupt::Interrupted);
    let output = env
        .run("send welcome --to ada@example.com --to http-503@simulator.test --to bob@example.com");
    output
        .assert_code(130)
        .assert_stderr_contains(&["1 of 3 accepted"]);
    let words: Vec<&str> = output
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        words,
        ["accepted", "unknown", "unsent"],
        "{}",
        output.transcript()
    );
    assert_eq!(env.ok("activity -q").lines().count(), 1);
}

#[test]
fn an_interrupt_stops_a_send_to_many_recipients() {
    const ALL: usize = 400;
    let to: String = (0..ALL)
        .map(|index| format!(" --to u{index}@example.com"))
        .collect();
    let env = ProcessEnv::new();
    let mut process = env.start(&format!("send -q welcome{to}"));
    let mut stdout = process.stdout();
    let first = process.line(&mut stdout);
    process.signal(Signal::SIGINT);
    let printed = 1 + stdout.lines().count();
    let output = process.end().assert_code(130);
    assert!(!first.is_empty() && printed < ALL, "{printed}");
    assert_eq!(count_rows(&env, "started"), 0, "{output:#?}");
    let stored = query_number(&env.simulator(), "SELECT count(*) FROM messages");
    assert_eq!(
        stored,
        Some(i64::try_from(printed).unwrap()),
        "what was stored was reported"
    );
}

#[test]
fn an_early_interrupt_leaves_no_partial_row() {
    const ROUNDS: u64 = 80;
    let env = ProcessEnv::new();
    // Both databases exist.
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let (mut premature, mut delayed) = (0, 0);
    for round in 0..ROUNDS {
        let recipient = format!("http-503-1+{round}@simulator.test");
        let process = env.start(&format!("send welcome --to {recipient}"));
        std::thread::sleep(Duration::from_micros(round * 250));
        process.signal(Signal::SIGINT);
        let output = process.end();
        let rows = query_texts(
            &env.journal(),
            &format!("SELECT state FROM sends WHERE recipient = '{recipient}'"),
        );
        match rows.as_slice() {
            // Before the first write: ended by the signal itself, or with its exit code.
            [] => premature += 1,
            [state] => {
                delayed += 1;
                let state = state.as_str();
                let orderly = matches!(
                    (output.status.code(), state),
                    (Some(130), "unknown") | (Some(0), "accepted")
                );
                assert!(orderly, "round {round}: {state} {output:#?}");
            }
            more => panic!("{more:?}"),
        }
        assert!(
            output.was_killed() || matches!(output.status.code(), Some(0 | 130)),
            "{output:#?}"
        );
    }
    assert_integrity(&env.simulator());
    assert!(premature > 0, "no round was early");
    assert!(delayed > 0, "no round was late");
}

/// Holds the write lock of a database.
fn lock_for_writing(file: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

/// Returns whether a process has a file open.
#[cfg(target_os = "linux")]
fn has_open(process: &crate::process::RunningProcess, name: &str) -> bool {
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap();
    open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .any(|path| path.ends_with(name))
}

#[test]
fn an_interrupt_ends_the_wait_for_a_locked_simulator_file() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let lock = lock_for_writing(&env.simulator());
    let process = env.start("send welcome --to bob@example.com");
    wait_until("the row is written", || count_rows(&env, "started") == 1);
    let start = Instant::now();
    process.signal(Signal::SIGINT);
    process.end().assert_code(130);
    // Well below the busy timeout of ten seconds.
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(
        (count_rows(&env, "started"), count_rows(&env, "unknown")),
        (0, 1)
    );
    drop(lock);
    env.run("send -q welcome --to bob@example.com")
        .assert_code(0);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_the_wait_for_a_locked_journal() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let lock = lock_for_writing(&env.journal());
    for command in [
        "send welcome --to bob@example.com",
        "journal prune --older-than 1s",
    ] {
        let process = env.start(command);
        wait_until("the journal is open", || has_open(&process, "journal.db"));
        let start = Instant::now();
        process.signal(Signal::SIGINT);
        process.end().assert_code(130);
        assert!(start.elapsed() < Duration::from_secs(5), "{command}");
    }
    drop(lock);
    assert_eq!(count_rows(&env, "accepted"), 1);
    let sent = "SELECT count(*) FROM messages";
    assert_eq!(query_number(&env.simulator(), sent), Some(1));
}

#[test]
fn a_send_waits_until_a_locked_simulator_file_is_released() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let lock = lock_for_writing(&env.simulator());
    let process = env.start("send -q welcome --to bob@example.com");
    wait_until("the row is written", || count_rows(&env, "started") == 1);
    drop(lock);
    process.end().assert_code(0);
    assert_eq!(count_rows(&env, "accepted"), 2);
}
