//! SIGINT and SIGTERM: what is known is told, what is unknown is written down, and the way on works when it is pasted.

use std::io::BufRead;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sendivent::host::Interrupt;

use crate::harness::Scene;
use crate::process::{Done, House, number, texts, until, whole};

/// Takes the command out of `resume with: …`.
#[track_caller]
fn way_on(done: &Done) -> String {
    let line = done
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("resume with: sendivent "));
    line.unwrap_or_else(|| panic!("no way on in {done:#?}"))
        .to_owned()
}

fn rows(house: &House, state: &str) -> i64 {
    let query = format!("SELECT count(*) FROM sends WHERE state = '{state}'");
    number(&house.journal(), &query).unwrap_or(0)
}

#[test]
fn a_watch_that_is_interrupted_says_how_it_can_be_taken_up() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let house = House::new();
        let id = house
            .run("send -q welcome --to queued@simulator.test")
            .code(0)
            .stdout;
        let mut process = house.start(&format!("watch {id}"));
        let mut stdout = process.stdout();
        let line = process.line(&mut stdout);
        assert!(line.contains("queued"), "{line}");
        process.signal(signal);
        let done = process.end().code(code).says(&["interrupted after"]);
        let way_on = way_on(&done);
        assert!(way_on.ends_with(id.trim()), "{way_on}");
        let pasted = house.run(&format!("{way_on} --timeout 0")).code(8);
        assert!(pasted.stdout.contains("queued"), "{pasted:#?}");
    }
}

#[test]
fn a_watch_in_json_ends_with_its_verdict_when_it_is_interrupted() {
    let house = House::new();
    house
        .run("send -q welcome --to queued@simulator.test")
        .code(0);
    let mut process = house.start("watch --json --last");
    let mut stdout = process.stdout();
    let first = process.line(&mut stdout);
    assert!(first.starts_with('{'), "{first}");
    process.signal(Signal::SIGINT);
    let last = stdout.lines().map(Result::unwrap).last().unwrap();
    let last: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["exit_code"], 130, "{last}");
    let resume = last["resume"].as_str().unwrap();
    assert!(resume.contains(" watch "), "{last}");
    let done = process.end().code(130);
    assert_eq!(done.stderr, "", "{done:#?}");
}

#[test]
fn a_send_that_waits_is_interrupted_after_its_row_was_closed() {
    let house = House::new();
    let mut process = house.start("send welcome --to queued@simulator.test --wait");
    let mut stdout = process.stdout();
    let receipt = process.line(&mut stdout);
    assert!(receipt.starts_with("accepted"), "{receipt}");
    process.signal(Signal::SIGINT);
    let done = process.end().code(130);
    assert_eq!(rows(&house, "accepted"), 1);
    house.run(&format!("{} --timeout 0", way_on(&done))).code(8);
}

#[test]
fn following_the_activity_ends_at_a_signal() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    let mut process = house.start("activity --follow");
    let mut stdout = process.stdout();
    process.line(&mut stdout);
    process.signal(Signal::SIGTERM);
    process.end().code(143);
}

/// Interrupts a send while it tries again, or waits for an answer that does not come.
fn interrupt_while_trying(recipient: &str) {
    let house = House::new();
    let process = house.start(&format!("send welcome --to {recipient}"));
    until("the row is written", || rows(&house, "started") == 1);
    process.signal(Signal::SIGINT);
    let done = process.end().code(130);
    assert_eq!(
        (rows(&house, "started"), rows(&house, "unknown")),
        (0, 1),
        "{recipient}: {done:#?}"
    );
    let key = texts(&house.journal(), "SELECT idempotency_key FROM sends").remove(0);
    assert!(
        done.stdout.contains(&key) && done.stdout.contains("unknown"),
        "{done:#?}"
    );
    house
        .run("status --last")
        .code(69)
        .says(&["outcome unknown", &format!("--idempotency-key {key}")]);
}

#[test]
fn a_send_that_is_interrupted_between_its_tries_has_an_unknown_outcome() {
    interrupt_while_trying("http-503@simulator.test");
}

#[test]
fn a_send_that_is_interrupted_while_no_answer_comes_has_an_unknown_outcome() {
    interrupt_while_trying("timeout@simulator.test");
}

#[test]
fn an_interrupt_between_tries_leaves_the_rest_unsent() {
    let scene = Scene::simulated();
    scene.interrupt_in(100, Interrupt::Interrupted);
    let ran = scene
        .run("send welcome --to ada@example.com --to http-503@simulator.test --to bob@example.com");
    ran.code(130).says(&["1 of 3 accepted"]);
    let words: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        words,
        ["accepted", "unknown", "unsent"],
        "{}",
        ran.transcript()
    );
    assert_eq!(scene.ok("activity -q").lines().count(), 1);
}

#[test]
fn an_interrupt_stops_a_send_to_many_that_never_waits() {
    const ALL: usize = 400;
    let to: String = (0..ALL)
        .map(|index| format!(" --to u{index}@example.com"))
        .collect();
    let house = House::new();
    let mut process = house.start(&format!("send -q welcome{to}"));
    let mut stdout = process.stdout();
    let first = process.line(&mut stdout);
    process.signal(Signal::SIGINT);
    let told = 1 + stdout.lines().count();
    let done = process.end().code(130);
    assert!(!first.is_empty() && told < ALL, "{told}");
    assert_eq!(rows(&house, "started"), 0, "{done:#?}");
    let stored = number(&house.simulator(), "SELECT count(*) FROM messages");
    assert_eq!(
        stored,
        Some(i64::try_from(told).unwrap()),
        "what was stored was told"
    );
}

#[test]
fn an_interrupt_at_any_early_moment_leaves_no_half_written_row() {
    const ROUNDS: u64 = 80;
    let house = House::new();
    // Both files are there.
    house.run("send -q welcome --to ada@example.com").code(0);
    let (mut early, mut late) = (0, 0);
    for round in 0..ROUNDS {
        let recipient = format!("http-503-1+{round}@simulator.test");
        let process = house.start(&format!("send welcome --to {recipient}"));
        std::thread::sleep(Duration::from_micros(round * 250));
        process.signal(Signal::SIGINT);
        let done = process.end();
        let rows = texts(
            &house.journal(),
            &format!("SELECT state FROM sends WHERE recipient = '{recipient}'"),
        );
        match rows.as_slice() {
            // Before anything was written: by the signal itself, or in an orderly way.
            [] => early += 1,
            [state] => {
                late += 1;
                let state = state.as_str();
                let orderly = matches!(
                    (done.status.code(), state),
                    (Some(130), "unknown") | (Some(0), "accepted")
                );
                assert!(orderly, "round {round}: {state} {done:#?}");
            }
            more => panic!("{more:?}"),
        }
        assert!(
            done.killed() || matches!(done.status.code(), Some(0 | 130)),
            "{done:#?}"
        );
    }
    whole(&house.simulator());
    assert!(early > 0, "no round was early");
    assert!(late > 0, "no round was late");
}

/// Holds the lock for writing of a file.
fn lock_for_writing(file: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

/// Returns whether a process has a file open.
#[cfg(target_os = "linux")]
fn has_open(process: &crate::process::Running, name: &str) -> bool {
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap();
    open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .any(|path| path.ends_with(name))
}

#[test]
fn an_interrupt_ends_the_wait_for_a_locked_simulator_file() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    let lock = lock_for_writing(&house.simulator());
    let process = house.start("send welcome --to bob@example.com");
    until("the row is written", || rows(&house, "started") == 1);
    let start = Instant::now();
    process.signal(Signal::SIGINT);
    process.end().code(130);
    // Well below the limit of the wait, which is ten seconds.
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!((rows(&house, "started"), rows(&house, "unknown")), (0, 1));
    drop(lock);
    house.run("send -q welcome --to bob@example.com").code(0);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_the_wait_for_a_locked_journal() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    let lock = lock_for_writing(&house.journal());
    let process = house.start("send welcome --to bob@example.com");
    until("the journal is open", || has_open(&process, "journal.db"));
    let start = Instant::now();
    process.signal(Signal::SIGINT);
    process.end().code(130);
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(lock);
    let sent = "SELECT count(*) FROM messages";
    assert_eq!(number(&house.simulator(), sent), Some(1));
}

#[test]
fn a_send_waits_until_a_locked_simulator_file_is_released() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    let lock = lock_for_writing(&house.simulator());
    let process = house.start("send -q welcome --to bob@example.com");
    until("the row is written", || rows(&house, "started") == 1);
    drop(lock);
    process.end().code(0);
    assert_eq!(rows(&house, "accepted"), 2);
}
