use nix::sys::signal::Signal;
use sendivent::host::{Clock, Entropy};
use sendivent::simulator::Simulator;
use sendivent::sqlite::DbLocation;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::hostile::{Act, Caller, Hostile, Seen, serialized};
use crate::process::{number, texts, until, whole};

/// Where the server stops, for the first request of a test.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    /// It never answers and stores nothing: the process is killed between row and request, or before the answer.
    BeforeStoring,
    /// It stores, and never answers.
    AfterStoring,
    /// It answers all but the last byte.
    InTheAnswer,
    /// It answers at once: the process is killed somewhere between the answer and its row.
    Never,
}

/// Returns a server that stores in `service.db` of the caller's home, and stops once.
fn service(file: std::path::PathBuf, stop: Stop) -> Hostile {
    let clock = Clock::System(Instant::now());
    let simulator = Simulator::open(&DbLocation::File(file), clock, Entropy::System).unwrap();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = Mutex::new(runtime.build().unwrap());
    let simulator = Arc::new(simulator);
    Hostile::new(move |seen: &Seen| {
        let first = seen.number == 0;
        if first && stop == Stop::BeforeStoring {
            return Act::Hang(Vec::new());
        }
        let answered = runtime
            .lock()
            .unwrap()
            .block_on(simulator.call(seen.request()));
        let bytes = serialized(&answered);
        match stop {
            Stop::AfterStoring if first => Act::Hang(Vec::new()),
            Stop::InTheAnswer if first => Act::Hang(bytes[..bytes.len() - 1].to_vec()),
            _ => Act::Answer(bytes),
        }
    })
}

/// Kills a send at a moment, and sees to it that the next `status` and the same send again end well.
fn round(stop: Stop, wait: Option<Duration>) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.db");
    let server = service(file.clone(), stop);
    let caller = Caller::new(server.url());
    let process = caller.start("send welcome --to ada@example.com");
    match wait {
        None => until("asked", || !server.seen().is_empty()),
        Some(wait) => std::thread::sleep(wait),
    }
    process.signal(Signal::SIGKILL);
    let killed = process.end().killed();
    let journal = caller.house.journal();
    let sends = number(&journal, "SELECT count(*) FROM sends");
    if sends.unwrap_or(0) == 0 {
        // Killed before its row: then nothing was asked, either.
        assert!(server.seen().is_empty());
        caller.run("status --last").code(6);
        caller.run("send welcome --to ada@example.com").code(0);
    } else {
        let open = "SELECT idempotency_key FROM sends WHERE state = 'started'";
        match texts(&journal, open).as_slice() {
            [key] => {
                caller
                    .run("status --last")
                    .code(69)
                    .says(&["outcome unknown", &format!("--idempotency-key {key}")]);
                let again = format!("send welcome --to ada@example.com --idempotency-key {key}");
                caller.run(&again).code(0);
                // Once more, and by now everybody knows.
                caller.run(&again).code(0);
            }
            _ => assert!(killed || stop == Stop::Never),
        }
    }
    caller.run("status --last").code(0);
    assert_eq!(number(&file, "SELECT count(*) FROM notifications"), Some(1));
    whole(&journal);
    killed
}

#[test]
fn kill_9_between_the_row_and_the_request_or_before_the_answer() {
    for _ in 0..4 {
        assert!(round(Stop::BeforeStoring, None));
    }
}

#[test]
fn kill_9_when_it_is_stored_and_not_yet_answered() {
    for _ in 0..4 {
        assert!(round(Stop::AfterStoring, None));
        assert!(round(Stop::InTheAnswer, None));
    }
}

#[test]
fn kill_9_at_any_moment_of_a_send_over_the_network() {
    let start = Instant::now();
    round(Stop::Never, Some(Duration::from_secs(1)));
    // One run takes this long at most; the moments lie all over it.
    let whole_run = start.elapsed().min(Duration::from_millis(60));
    let moments = 24;
    let killed = (0..moments)
        .filter(|moment| round(Stop::Never, Some(whole_run * *moment / moments)))
        .count();
    assert!(killed > 0, "every run was over before it was killed");
    // And in the moment that the request has come.
    for _ in 0..8 {
        round(Stop::Never, None);
    }
}
