//! A host for tests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use jiff::tz::TimeZone;

use super::{Clock, Entropy, Environment, Host, Interrupt, Interrupts, Terminal};

/// Builds a host for a test, which shares nothing with the process.
pub struct TestHost {
    /// Arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Which streams are terminals.
    pub terminal: Terminal,
    /// Milliseconds since the Unix epoch, shared by the runs of one test.
    pub clock: Arc<AtomicI64>,
    /// The state of the random sequence, shared by the runs of one test.
    pub seed: Arc<AtomicU64>,
    /// An interrupt at a time of the clock.
    pub interrupt: Option<(i64, Interrupt)>,
    /// The content of stdin.
    pub stdin: Box<dyn Read>,
    /// Receives results.
    pub stdout: Box<dyn Write>,
    /// Receives everything else.
    pub stderr: Box<dyn Write>,
}

impl TestHost {
    /// Builds the host. Its time zone is UTC.
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
