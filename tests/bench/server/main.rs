//! Times `simulator serve` under load: `cargo bench --bench server`. With `-- quick` it stops at 100,000 messages; with
//! `-- soak 10` it only sends for ten minutes and prints rate and memory of each minute.
//!
//! Sends to new recipients over persistent connections, each stored durably before the response; beside it, in the same
//! run and with the same load, a baseline: hyper and SQLite with group commit, one row per request. Nothing here passes
//! or fails.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod baseline;
mod load;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use load::Load;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sendivent");
/// How long each load lasts.
const LENGTH: Duration = Duration::from_secs(5);
const STARTS: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments
        .iter()
        .position(|argument| argument == "--baseline")
    {
        return baseline::serve(Path::new(&arguments[at + 1]));
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "soak") {
        return soak(arguments[at + 1].parse().unwrap());
    }
    let quick = arguments.iter().any(|argument| argument == "quick");
    let directory = tempfile::tempdir().unwrap();
    println!(
        "{:<34} {:>11} {:>9} {:>9} {:>9}",
        "", "a second", "median", "p99", "slowest"
    );
    for connections in [1, 16, 64] {
        let baseline = Server::baseline(directory.path(), connections);
        row(
            &format!("baseline, {connections} connections"),
            &baseline.sends(connections, LENGTH),
        );
        drop(baseline);
        let server = Server::start(directory.path(), &format!("{connections}.db"));
        let sends = server.sends(connections, LENGTH);
        row(&format!("sends, {connections} connections"), &sends);
        if connections == 16 {
            let id = sends.last.unwrap();
            let path = format!("/v1/notifications/{id}");
            row(
                "status reads, 16 connections",
                &server.reads(&path, 16, LENGTH),
            );
        }
    }
    starts(directory.path());
    growth(directory.path(), if quick { 100_000 } else { 1_000_000 });
}

fn row(name: &str, load: &Load) {
    println!(
        "{name:<34} {:>11.0} {:>6.2} ms {:>6.2} ms {:>6.1} ms",
        load.rate(),
        load.millis(0.5),
        load.millis(0.99),
        load.millis(1.0)
    );
}

/// Measures the time from process start to the first response, on a new file.
fn starts(directory: &Path) {
    let mut times: Vec<Duration> = (0..STARTS)
        .map(|number| {
            let start = Instant::now();
            let server = Server::start(directory, &format!("start{number}.db"));
            server.sends(1, Duration::ZERO);
            start.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "{:<34} {:>11.1} ms, fastest {:.1} ms",
        "start to the first accepted send",
        times[STARTS / 2].as_secs_f64() * 1e3,
        times[0].as_secs_f64() * 1e3
    );
}

/// Measures rate and memory as the file grows.
fn growth(directory: &Path, most: usize) {
    let server = Server::start(directory, "growth.db");
    std::thread::sleep(Duration::from_millis(200));
    println!("{:<34} {:>11.1} MiB", "memory, idle", server.memory());
    let mut sent = 0;
    for messages in [1000, 100_000, 1_000_000] {
        if messages > most {
            break;
        }
        while sent < messages {
            sent += server.count(64, (messages - sent).min(100_000));
        }
        let load = server.sends(64, LENGTH);
        sent += load.count();
        row(&format!("sends, 64, after {messages}"), &load);
        println!(
            "{:<34} {:>11.1} MiB",
            format!("memory, after {sent}"),
            server.memory()
        );
    }
}

/// Sends over 64 connections for this many minutes. Every response must be a 200.
fn soak(minutes: u32) {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), "soak.db");
    let mut sent = 0;
    for minute in 1..=minutes {
        let load = server.sends(64, Duration::from_secs(60));
        sent += load.count();
        row(&format!("minute {minute}, {sent} sent"), &load);
        println!("{:<34} {:>11.1} MiB", "memory", server.memory());
    }
}

/// A server process.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(directory: &Path, file: &str) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .args(["simulator", "serve", "--port", "0", "-q", "--simulator-db"])
            .arg(directory.join(file));
        Self::of(command, directory)
    }

    fn baseline(directory: &Path, number: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .arg("--baseline")
            .arg(directory.join(format!("baseline{number}.db")));
        Self::of(command, directory)
    }

    fn of(mut command: Command, home: &Path) -> Self {
        let mut child = command
            .env_clear()
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().parse();
        Self {
            child,
            address: address.unwrap(),
        }
    }

    fn sends(&self, connections: usize, length: Duration) -> Load {
        load::run(self.address, connections, length, usize::MAX, load::send)
    }

    fn count(&self, connections: usize, count: usize) -> usize {
        let ages = Duration::from_secs(600);
        load::run(self.address, connections, ages, count, load::send).count()
    }

    fn reads(&self, path: &str, connections: usize, length: Duration) -> Load {
        let request = load::get(path);
        load::run(self.address, connections, length, usize::MAX, move |_| {
            request.clone()
        })
    }

    /// Returns the process's resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.unwrap().split_whitespace().nth(1).unwrap();
        number.parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
