//! A world for tests, in which nothing is the process's own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use jiff::tz::TimeZone;

use super::{Clock, Entropy, Environment, Host, Interrupt, Interrupts, Terminal};

/// Builds a world for a test: nothing in it is the process's own.
pub struct TestHost {
    /// Arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// All environment variables.
    pub environment: BTreeMap<String, String>,
    /// Terminal facts.
    pub terminal: Terminal,
    /// The clock, shared by the runs of one test.
    pub clock: Arc<AtomicI64>,
    /// The state of the random sequence, shared likewise.
    pub seed: Arc<AtomicU64>,
    /// When the run is interrupted, in time of the clock.
    pub interrupt: Option<(i64, Interrupt)>,
    /// What can be read from stdin.
    pub stdin: Box<dyn Read>,
    /// Where results go.
    pub stdout: Box<dyn Write>,
    /// Where the rest goes.
    pub stderr: Box<dyn Write>,
}

impl TestHost {
    /// Returns the world. Its time zone is UTC.
    pub fn build(self) -> Host {
        Host {
            arguments: self.arguments,
            environment: Environment::Fixed(self.environment),
            terminal: self.terminal,
            clock: Clock::Manual(self.clock),
            entropy: Entropy::Seeded(self.seed),
            zone: Some(TimeZone::UTC),
            interrupts: Interrupts::At(self.interrupt),
            stdin_taken: Cell::new(false),
            stdin: RefCell::new(self.stdin),
            stdout: RefCell::new(self.stdout),
            stderr: RefCell::new(self.stderr),
        }
    }
}
