//! An isolated environment for commands: own home directory, no variables, a clock that advances only by waiting, a
//! fixed seed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use expect_test::Expect;
use sendivent::host::{Clock, Entropy, Interrupt, Terminal, TestHost};
use sendivent::simulator::{Simulator, WebhookRules};
use sendivent::sqlite::DbLocation;
use tempfile::TempDir;

/// 2026-04-01T12:00:00Z, the date of the examples in the service's documentation.
pub const START: i64 = 1_775_044_800_000;

/// An environment that several commands share, one after the other.
pub struct TestEnv {
    directory: TempDir,
    clock: Arc<AtomicI64>,
    seed: Arc<AtomicU64>,
    environment: RefCell<BTreeMap<String, String>>,
    terminal: Cell<Terminal>,
    interrupt: Cell<Option<(i64, Interrupt)>>,
    stdin: RefCell<String>,
    /// How many bytes stdout accepts before it is closed.
    stdout_closes_after: Cell<Option<usize>>,
}

/// The output and exit code of a command.
#[must_use = "a command's result is what the test is about"]
pub struct RunOutput {
    command: String,
    directory: PathBuf,
    pub stdout: String,
    pub stderr: String,
    pub code: u8,
}

impl TestEnv {
    /// Returns an environment with `SENDIVENT_SIMULATE=1`.
    pub fn simulated() -> Self {
        let env = Self::bare();
        env.set("SENDIVENT_SIMULATE", "1");
        env
    }

    /// Returns an environment with only `HOME` set.
    pub fn bare() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().display().to_string();
        Self {
            directory,
            clock: Arc::new(AtomicI64::new(START)),
            seed: Arc::new(AtomicU64::new(42)),
            environment: RefCell::new(BTreeMap::from([("HOME".to_owned(), home)])),
            terminal: Cell::new(Terminal::default()),
            interrupt: Cell::new(None),
            stdin: RefCell::new(String::new()),
            stdout_closes_after: Cell::new(None),
        }
    }

    /// Sets an environment variable.
    pub fn set(&self, name: &str, value: &str) {
        let variables = &mut self.environment.borrow_mut();
        variables.insert(name.to_owned(), value.to_owned());
    }

    /// Unsets an environment variable.
    pub fn unset(&self, name: &str) {
        self.environment.borrow_mut().remove(name);
    }

    /// Sets the stdin of the next command.
    pub fn stdin(&self, text: &str) {
        text.clone_into(&mut self.stdin.borrow_mut());
    }

    /// Registers a webhook endpoint of the simulator for every event and returns its secret.
    pub fn endpoint(&self, url: &str) -> String {
        let location = DbLocation::File(self.path(".local/state/sendivent/simulator.db"));
        let clock = Clock::Manual(Arc::clone(&self.clock));
        let entropy = Entropy::Seeded(Arc::clone(&self.seed));
        let simulator = Simulator::open(&location, clock, entropy).unwrap();
        let simulator = simulator.with_webhook_rules(WebhookRules {
            allowed_hosts: vec!["hooks.example.com".to_owned()],
            ..WebhookRules::default()
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let registered = runtime.block_on(simulator.register_webhook(url)).unwrap();
        registered
            .secret
            .map_or_else(String::new, |secret| secret.expose().to_owned())
    }

    /// Makes stdout and stderr a terminal with this many columns; stdin is none.
    pub fn terminal(&self, columns: u16) {
        self.set("TERM", "xterm");
        self.terminal.set(Terminal {
            stdin: false,
            stdout: true,
            stderr: true,
            size: Some((columns, 24)),
        });
    }

    /// Schedules an interrupt in this many milliseconds.
    pub fn interrupt_in(&self, millis: i64, kind: Interrupt) {
        self.interrupt.set(Some((self.now() + millis, kind)));
    }

    /// Closes stdout of the next command after this many bytes.
    pub fn close_stdout_after(&self, bytes: usize) {
        self.stdout_closes_after.set(Some(bytes));
    }

    /// Returns the shared clock.
    pub fn clock(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.clock)
    }

    /// Returns the shared state of the random sequence.
    pub fn seed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.seed)
    }

    /// Restarts the random sequence with this seed.
    pub fn set_seed(&self, seed: u64) {
        self.seed.store(seed, Ordering::SeqCst);
    }

    /// Returns the time in milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Advances the clock.
    pub fn advance(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    /// Returns a path below the home directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the home directory.
    pub fn home(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file below the home directory and returns its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Runs a command in shell syntax, without the program's name.
    pub fn run(&self, command: &str) -> RunOutput {
        let stdout = Capture::new(self.stdout_closes_after.take());
        self.run_into(command, stdout, Capture::new(None))
    }

    /// Runs a command with both streams merged, as on a terminal.
    pub fn run_merged(&self, command: &str) -> RunOutput {
        let both = Capture::new(None);
        self.run_into(command, both.clone(), both)
    }

    fn run_into(&self, command: &str, stdout: Capture, stderr: Capture) -> RunOutput {
        let words = shell_words::split(command).unwrap();
        let stdin = std::mem::take(&mut *self.stdin.borrow_mut());
        let host = TestHost {
            arguments: ["sendivent".to_owned()]
                .into_iter()
                .chain(words)
                .map(Into::into)
                .collect(),
            environment: self.environment.borrow().clone(),
            terminal: self.terminal.get(),
            clock: self.clock.clone(),
            seed: self.seed.clone(),
            interrupt: self.interrupt.take(),
            stdin: Box::new(io::Cursor::new(stdin.into_bytes())),
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
        }
        .build();
        let exit = sendivent::app::run(&host);
        RunOutput {
            command: command.to_owned(),
            directory: self.directory.path().to_owned(),
            stdout: stdout.text(),
            stderr: stderr.text(),
            code: exit.code(),
        }
    }

    /// Runs a command that must succeed and returns its stdout without trailing line breaks.
    #[track_caller]
    pub fn ok(&self, command: &str) -> String {
        let output = self.run(command);
        assert_eq!(output.code, 0, "{}", output.transcript());
        output.stdout.trim_end().to_owned()
    }
}

impl RunOutput {
    /// Returns the command, its output and its exit code as text. The home directory reads `[HOME]`.
    pub fn transcript(&self) -> String {
        let mut text = format!("$ sendivent {}\n{}", self.command, self.stdout);
        if !self.stderr.is_empty() {
            text.push_str("--- stderr\n");
            text.push_str(&self.stderr);
        }
        text.push_str(&format!("--- exit {}\n", self.code));
        text.replace(&self.directory.display().to_string(), "[HOME]")
    }

    /// Compares the transcript. `UPDATE_EXPECT=1 cargo test` updates it.
    #[track_caller]
    pub fn assert_transcript(&self, expected: Expect) {
        expected.assert_eq(&self.transcript());
    }

    /// Fails unless the exit code is this one.
    #[track_caller]
    pub fn assert_code(&self, code: u8) -> &Self {
        assert_eq!(self.code, code, "{}", self.transcript());
        self
    }

    /// Fails unless stderr contains each of these.
    #[track_caller]
    pub fn assert_stderr_contains(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no `{part}` in\n{}",
                self.transcript()
            );
        }
        self
    }
}

/// A stream that records what is written, until it is closed.
#[derive(Clone)]
struct Capture {
    bytes: Rc<RefCell<Vec<u8>>>,
    closes_after: Option<usize>,
}

impl Capture {
    fn new(closes_after: Option<usize>) -> Self {
        Self {
            bytes: Rc::default(),
            closes_after,
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.borrow().clone()).unwrap()
    }
}

impl Write for Capture {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut bytes = self.bytes.borrow_mut();
        let capacity = self
            .closes_after
            .map_or(buffer.len(), |limit| limit.saturating_sub(bytes.len()));
        if capacity == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = capacity.min(buffer.len());
        bytes.extend_from_slice(&buffer[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
