//! Times whole processes and measures their peak memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sendivent");

/// A command to time.
pub struct Timed<'t> {
    /// The program.
    pub program: &'t str,
    /// Its arguments.
    pub arguments: Vec<&'t str>,
    /// Its complete environment.
    pub environment: Vec<(&'t str, &'t str)>,
}

/// Prints the table header.
pub fn heading() {
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "whole process", "median", "fastest", "peak"
    );
}

/// Times a command repeatedly, prints a row and returns the median.
pub fn row(name: &str, timed: &Timed<'_>, runs: usize) -> Duration {
    let mut times: Vec<Duration> = (0..runs + 5)
        .map(|_| {
            let start = Instant::now();
            run(timed);
            start.elapsed()
        })
        .skip(5)
        .collect();
    times.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let bytes = measure_peak(timed);
    println!(
        "{name:<44} {:>6.2} ms {:>6.2} ms {:>5.1} MiB",
        millis(times[times.len() / 2]),
        millis(times[0]),
        mib(bytes)
    );
    times[times.len() / 2]
}

/// Runs a command that must succeed.
pub fn run(timed: &Timed<'_>) {
    let status = Command::new(timed.program)
        .args(&timed.arguments)
        .env_clear()
        .envs(timed.environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let (program, arguments) = (timed.program, &timed.arguments);
    assert!(status.success(), "{program} {arguments:?}: {status}");
}

/// Runs a command from a separate process, because the system reports the peak of all children together.
fn measure_peak(timed: &Timed<'_>) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .env_clear()
        .envs(timed.environment.iter().copied())
        .arg("--peak")
        .arg(timed.program)
        .args(&timed.arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// Does the work of the process that [`measure_peak`] starts.
pub fn answered_peak() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let Some(at) = arguments.iter().position(|argument| argument == "--peak") else {
        return false;
    };
    let rest = &arguments[at + 1..];
    let status = Command::new(&rest[0])
        .args(&rest[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{rest:?}: {status}");
    let kibibytes = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("{}", kibibytes * 1024);
    true
}

/// Prints the version and the size of the program.
pub fn program() {
    let size = std::fs::metadata(Path::new(PROGRAM)).unwrap().len();
    println!(
        "sendivent {}: {:.1} MiB",
        env!("CARGO_PKG_VERSION"),
        mib(size)
    );
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
