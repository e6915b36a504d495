//! A host for tests, which replaces the process.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use jiff::tz::TimeZone;

use super::{Clock, Entropy, Environment, Host, Interrupt, Interrupts, Terminal};

/// The parts of a host for a test. The host uses nothing of the real process.
pub struct TestHost {
    /// The arguments of the command. The first is the name of the program.
    pub arguments: Vec<OsString>,
    /// All environment variables.
    pub environment: BTreeMap<String, String>,
    /// Which standard streams are terminals, and the size of the terminal.
    pub terminal: Terminal,
    /// The time of the manual clock in milliseconds since the Unix epoch. A test that runs several commands passes the
    /// same clock to all of them.
    pub clock: Arc<AtomicI64>,
    /// The state of the random sequence. A test that runs several commands passes the same state to all of them, so
    /// that ids differ.
    pub seed: Arc<AtomicU64>,
    /// An interrupt, and when it occurs on the manual clock. `None` for no interrupt.
    pub interrupt: Option<(i64, Interrupt)>,
    /// What the command reads from stdin.
    pub stdin: Box<dyn Read>,
    /// Receives what the command writes to stdout.
    pub stdout: Box<dyn Write>,
    /// Receives what the command writes to stderr.
    pub stderr: Box<dyn Write>,
}

impl TestHost {
    /// Builds the host. The time zone is UTC.
    pub fn build(self) -> Host {
        Host {
            arguments: self.arguments,
            environment: Environment::Fixed(self.environment),
            terminal: self.terminal,
            clock: Clock::Manual(self.clock),
            entropy: Entropy::Seeded(self.seed),
            zone: Some(TimeZone::UTC),
            interrupts: Interrupts::At(self.interrupt),
            is_stdin_read: Cell::new(false),
            stdin: RefCell::new(self.stdin),
            stdout: RefCell::new(self.stdout),
            stderr: RefCell::new(self.stderr),
        }
    }
}
