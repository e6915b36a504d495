//! Times whole processes: `cargo bench`.
//!
//! Each command runs many times; the median, the fastest and peak memory are printed beside a baseline: `/bin/true`,
//! timed in the same run. Nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod measure;

use std::path::{Path, PathBuf};
use std::time::Instant;

use http::Request;
use measure::{PROGRAM, Timed};
use sendivent::host::{Clock, Entropy};
use sendivent::simulator::Simulator;
use sendivent::sqlite::DbLocation;
use serde_json::{Value, json};

const RUNS: usize = 200;

fn main() {
    if measure::answered_peak() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    measure::program();
    measure::heading();
    row("baseline: /bin/true", "/bin/true", &[], directory.path());
    row("--version", PROGRAM, &["--version"], directory.path());
    row("--help", PROGRAM, &["--help"], directory.path());
    let small = Store::with(directory.path(), "new.db", 1);
    small.rows("on a new file");
    let large = Store::with(directory.path(), "100k.db", 100_000);
    large.rows("100,000 messages");
    let oversized = Store::with(directory.path(), "1m.db", 1_000_000);
    oversized.rows("1,000,000 messages");
}

/// A simulator file with this many messages.
struct Store {
    path: String,
    id: String,
    home: PathBuf,
}

impl Store {
    fn with(directory: &Path, name: &str, messages: usize) -> Self {
        const AT_ONCE: usize = 1000;
        let path = directory.join(name);
        let clock = Clock::System(Instant::now());
        let simulator =
            Simulator::open(&DbLocation::File(path.clone()), clock, Entropy::System).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut id = String::new();
        let mut sent = 0;
        while sent < messages {
            let count = AT_ONCE.min(messages - sent);
            let to: Vec<Value> = (0..count).map(|n| recipient(sent + n)).collect();
            let request = Request::post("/v1/send/welcome")
                .header("authorization", "Bearer test_bench")
                .header("content-type", "application/json")
                .body(json!({"to": to, "payload": {}}).to_string().into_bytes())
                .unwrap();
            let response = runtime.block_on(simulator.call(request));
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            id = body["id"].as_str().unwrap().to_owned();
            sent += count;
        }
        Self {
            path: path.display().to_string(),
            id,
            home: directory.to_owned(),
        }
    }

    fn rows(&self, of: &str) {
        let on = ["--simulate", "--simulator-db", self.path.as_str()];
        let with = |rest: &[&'static str]| [&on[..], rest].concat();
        let status = [&on[..], &["status", self.id.as_str()]].concat();
        row(&format!("status ID, {of}"), PROGRAM, &status, &self.home);
        let send = with(&["send", "welcome", "--to", "ada@example.com"]);
        row(&format!("send, {of}"), PROGRAM, &send, &self.home);
        let list = with(&["activity", "-n", "50"]);
        row(&format!("activity -n 50, {of}"), PROGRAM, &list, &self.home);
        let failed = with(&["activity", "-n", "50", "--status", "failed"]);
        row(
            &format!("activity --status failed, {of}"),
            PROGRAM,
            &failed,
            &self.home,
        );
    }
}

/// Nine in ten messages are delivered; the others fail or are suppressed.
fn recipient(number: usize) -> Value {
    Value::from(match number % 20 {
        0 => format!("failed+{number}@simulator.test"),
        1 => format!("suppressed+{number}@simulator.test"),
        _ => format!("person{number}@example.com"),
    })
}

fn row(name: &str, program: &str, arguments: &[&str], home: &Path) {
    let home = home.display().to_string();
    let timed = Timed {
        program,
        arguments: arguments.to_vec(),
        environment: vec![("HOME", &home)],
    };
    measure::row(name, &timed, RUNS);
}
