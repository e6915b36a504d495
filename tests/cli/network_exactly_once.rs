use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sendivent::host::{Clock, Entropy};
use sendivent::simulator::Simulator;
use sendivent::sqlite::DbLocation;

use crate::fault_server::{Action, FaultServer, KEY, ReceivedRequest, serialize_response};
use crate::harness::{START, TestEnv};
use crate::process::{query_number, query_texts, report};

/// Each round is one send, from its first attempt to its receipt.
const ROUNDS: usize = 1000;
/// Parallel clients, each with its own home directory and server.
const CLIENTS: usize = 4;
/// The seed of all random choices.
const SEED: u64 = 20_260_401;

/// Counts of the requests' outcomes, for the test's output.
#[derive(Default)]
struct Counts {
    before: AtomicUsize,
    after: AtomicUsize,
    unknown: AtomicUsize,
}

#[test]
fn a_stored_send_without_a_response_is_sent_exactly_once() {
    let counts = Arc::new(Counts::default());
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let counts = Arc::clone(&counts);
            scope.spawn(move || run_rounds(client, &counts));
        }
    });
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let (before, after) = (count(&counts.before), count(&counts.after));
    let unknown = count(&counts.unknown);
    report(&format!(
        "{ROUNDS} rounds with seed {SEED}: {before} requests cut before they were stored, {after} after; {unknown} \
         runs ended without an answer, and were repeated"
    ));
    assert!(before > 200 && after > 500 && unknown > 10);
}

/// Returns a server that stores sends and cuts connections at random points.
fn cutting_server(simulator: Simulator, chance: Entropy, counts: Arc<Counts>) -> FaultServer {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = Mutex::new(runtime.build().unwrap());
    FaultServer::new(move |received: &ReceivedRequest| {
        // One in six is cut before the request is stored.
        if chance.next_f64() < 1.0 / 6.0 {
            counts.before.fetch_add(1, Ordering::SeqCst);
            return Action::Reset(Vec::new());
        }
        let response = runtime
            .lock()
            .unwrap()
            .block_on(simulator.call(received.request()));
        let bytes = serialize_response(&response);
        // Two in three responses are cut at some byte.
        if chance.next_f64() < 1.0 / 3.0 {
            return Action::Respond(bytes);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place within an answer of some hundred bytes"
        )]
        let cut = (chance.next_f64() * (bytes.len() + 1) as f64) as usize;
        counts.after.fetch_add(1, Ordering::SeqCst);
        match chance.next_u64() % 2 {
            0 => Action::Reset(bytes[..cut].to_vec()),
            _ => Action::Close(bytes[..cut].to_vec()),
        }
    })
}

fn run_rounds(client: usize, counts: &Arc<Counts>) {
    let env = TestEnv::bare();
    let file = env.path("service.db");
    let seeded = |salt: usize| {
        let salt = u64::try_from(100 * client + salt).unwrap();
        Entropy::Seeded(Arc::new(AtomicU64::new(SEED + salt)))
    };
    let clock = Clock::Manual(Arc::new(AtomicI64::new(START)));
    let simulator = Simulator::open(&DbLocation::File(file.clone()), clock, seeded(1)).unwrap();
    let server = cutting_server(simulator, seeded(2), Arc::clone(counts));
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", &server.url());
    env.set_seed(SEED + u64::try_from(client).unwrap());
    for round in 0..ROUNDS / CLIENTS {
        let mut command = format!("send welcome -q --to c{client}-r{round}@example.com");
        // A run has four attempts. One without a response prints how to repeat it.
        for runs in 0.. {
            assert!(runs < 40, "seed {SEED}, client {client}, round {round}");
            let output = env.run(&command);
            if output.code == 0 {
                break;
            }
            output.assert_code(69);
            counts.unknown.fetch_add(1, Ordering::SeqCst);
            let (_, rest) = output.stderr.split_once("--idempotency-key ").unwrap();
            let key = rest.split(['`', '.', ' ']).next().unwrap();
            if runs == 0 {
                command.push_str(&format!(" --idempotency-key {key}"));
            }
        }
    }
    // Each recipient has one notification, and the journal has its id.
    let count = i64::try_from(ROUNDS / CLIENTS).unwrap();
    for query in [
        "SELECT count(*) FROM messages",
        "SELECT count(DISTINCT recipient) FROM messages",
    ] {
        assert_eq!(
            query_number(&file, query),
            Some(count),
            "seed {SEED}: {query}"
        );
    }
    let journal = env.path(".local/state/sendivent/journal.db");
    let accepted = "SELECT count(*) FROM sends WHERE state = 'accepted'";
    assert_eq!(query_number(&journal, accepted), Some(count), "seed {SEED}");
    let query = "SELECT DISTINCT notification FROM receipts ORDER BY 1";
    let journaled: Vec<String> = query_texts(&journal, query);
    let stored = "SELECT json_extract(response, '$.id') FROM idempotency ORDER BY 1";
    assert_eq!(journaled, query_texts(&file, stored), "seed {SEED}");
}
