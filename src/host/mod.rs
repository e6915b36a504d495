//! The outside world as one value: arguments, environment, streams, terminal facts, clock, entropy and interrupts.
//!
//! Nothing else in the crate looks at any of them. [`Host::real`] is the process's own; [`TestHost`] builds one for
//! tests, in which a wait moves the clock instead of taking time.

mod capture;
mod child;
mod echo;
mod entropy;
mod non_blocking;
mod panic_hook;
mod signals;
mod temporary_directory;
mod test_host;
mod writable;

use std::cell::{Cell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

pub use child::{Program, ProgramError, RunningChild};
pub use echo::EchoGuard;
pub use entropy::Entropy;
pub use signals::catch_interrupt;
use signals::{SignalGuard, Signals};
pub use temporary_directory::TemporaryDirectory;
pub use test_host::TestHost;
pub use writable::unwritable_ancestor;

/// The outside world of one run.
pub struct Host {
    arguments: Vec<OsString>,
    environment: Environment,
    /// Which streams are terminals, and how large it is.
    pub terminal: Terminal,
    /// What time it is, and how to wait.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    zone: Option<TimeZone>,
    interrupts: Interrupts,
    stdin_taken: Cell<bool>,
    stdin: RefCell<Box<dyn Read>>,
    stdout: RefCell<Box<dyn Write>>,
    stderr: RefCell<Box<dyn Write>>,
}

enum Environment {
    Process,
    Fixed(BTreeMap<String, String>),
}

/// Which streams are terminals, and how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Whether somebody can type an answer.
    pub stdin: bool,
    /// Whether results are read by a person.
    pub stdout: bool,
    /// Whether progress and prompts can be shown.
    pub stderr: bool,
    /// Columns and rows, when any stream is a terminal that knows.
    pub size: Option<(u16, u16)>,
}

/// Tells the time and waits.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System(Instant),
    /// A clock that moves only by waiting, in milliseconds since the Unix epoch.
    Manual(Arc<AtomicI64>),
}

/// The user or the system asked the run to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT, Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

enum Interrupts {
    Process(RefCell<Option<Signals>>),
    /// One interrupt, at a time of the manual clock.
    At(Option<(i64, Interrupt)>),
}

impl Host {
    /// Returns the world of this process.
    pub fn real() -> Self {
        panic_hook::install_panic_hook();
        let size = terminal_size::terminal_size().map(|(width, height)| (width.0, height.0));
        Self {
            arguments: std::env::args_os().collect(),
            environment: Environment::Process,
            terminal: Terminal {
                stdin: io::stdin().is_terminal(),
                stdout: io::stdout().is_terminal(),
                stderr: io::stderr().is_terminal(),
                size,
            },
            clock: Clock::System(Instant::now()),
            entropy: Entropy::System,
            zone: None,
            interrupts: Interrupts::Process(RefCell::new(None)),
            stdin_taken: Cell::new(false),
            stdin: RefCell::new(Box::new(io::stdin())),
            stdout: RefCell::new(Box::new(io::BufWriter::new(io::stdout()))),
            stderr: RefCell::new(Box::new(io::stderr())),
        }
    }

    /// Returns the arguments, the program's name first.
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// Returns an environment variable. One that is empty or not UTF-8 counts as not set.
    pub fn variable(&self, name: &str) -> Option<String> {
        match &self.environment {
            Environment::Process => std::env::var(name).ok(),
            Environment::Fixed(variables) => variables.get(name).cloned(),
        }
        .filter(|value| !value.is_empty())
    }

    /// Returns the folder where this program keeps what it must not lose: `$XDG_STATE_HOME/sendivent`, or
    /// `~/.local/state/sendivent`. None when neither variable is set.
    pub fn state_directory(&self) -> Option<PathBuf> {
        self.folder("XDG_STATE_HOME", ".local/state")
    }

    /// Returns the folder of settings and keys: `$XDG_CONFIG_HOME/sendivent`, or `~/.config/sendivent`. None when neither
    /// variable is set.
    pub fn config_directory(&self) -> Option<PathBuf> {
        self.folder("XDG_CONFIG_HOME", ".config")
    }

    fn folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let base = match self.variable(variable).map(PathBuf::from) {
            // The XDG specification says that a relative path is to be ignored.
            Some(path) if path.is_absolute() => path,
            _ => PathBuf::from(self.variable("HOME")?).join(below_home),
        };
        Some(base.join("sendivent"))
    }

    /// Returns the time zone of the machine.
    pub fn time_zone(&self) -> TimeZone {
        /// Where a Unix system keeps the rules of its own zone. Reading this one file takes a tenth of the time of
        /// looking its name up among all zones, which is the next best.
        const LOCAL: &str = "/etc/localtime";
        if let Some(zone) = &self.zone {
            return zone.clone();
        }
        let rules = match self.variable("TZ") {
            None => std::fs::read(LOCAL).ok(),
            Some(_) => None,
        };
        rules
            .and_then(|rules| TimeZone::tzif("Local", &rules).ok())
            .unwrap_or_else(TimeZone::system)
    }

    /// Reads all of stdin, once.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8, or was read before: two things cannot come from it.
    pub fn read_stdin(&self) -> io::Result<String> {
        if self.stdin_taken.replace(true) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "stdin was read for something else already",
            ));
        }
        let mut text = String::new();
        self.stdin.borrow_mut().read_to_string(&mut text)?;
        Ok(text)
    }

    /// Returns the stream of results. It is buffered: flush what must be seen.
    pub fn stdout(&self) -> RefMut<'_, Box<dyn Write>> {
        self.stdout.borrow_mut()
    }

    /// Returns the stream of everything that is not a result.
    pub fn stderr(&self) -> RefMut<'_, Box<dyn Write>> {
        self.stderr.borrow_mut()
    }

    /// From now on nothing waits for stderr: what it has no room for is refused with [`io::ErrorKind::WouldBlock`].
    pub fn make_stderr_non_blocking(&self) {
        if let Environment::Process = self.environment
            && let Ok(non_blocking) = non_blocking::NonBlockingWriter::start(io::stderr())
        {
            *self.stderr.borrow_mut() = Box::new(non_blocking);
        }
    }

    /// Begins to listen for interrupts: from now on one ends a wait, and no longer the process. It has to be called
    /// within a runtime, and not before everything that blocks, such as reading stdin, is over.
    pub fn listen_for_signals(&self) {
        if let Interrupts::Process(signals) = &self.interrupts {
            let mut signals = signals.borrow_mut();
            *signals = signals.take().or_else(Signals::listen_for_signals);
        }
    }

    /// Waits, unless the run is interrupted.
    ///
    /// # Errors
    /// The interrupt, as soon as it comes. One that came before the wait, but after [`Host::listen_for_signals`], counts.
    pub async fn wait(&self, length: Duration) -> Result<(), Interrupt> {
        match (&self.clock, &self.interrupts) {
            (Clock::Manual(now), Interrupts::At(interrupt)) => {
                let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
                let until = now.load(Ordering::SeqCst).saturating_add(millis);
                match interrupt {
                    Some((at, kind)) if *at <= until => {
                        now.fetch_max(*at, Ordering::SeqCst);
                        Err(*kind)
                    }
                    _ => {
                        now.store(until, Ordering::SeqCst);
                        Ok(())
                    }
                }
            }
            (clock, _) => self.run_until_interrupted(clock.sleep(length)).await,
        }
    }

    /// Does some work, unless the run is interrupted. The interrupts of a test come during waits only.
    ///
    /// # Errors
    /// The interrupt, as soon as it comes; the work is given up.
    pub async fn run_until_interrupted<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        let Interrupts::Process(signals) = &self.interrupts else {
            return Ok(work.await);
        };
        // Taken out for the wait: nothing else may be borrowed across an await. Work that is given up, or goes on beside
        // other work, puts it back as well.
        let taken = signals.borrow_mut().take();
        let Some(streams) = taken.or_else(Signals::listen_for_signals) else {
            return Ok(work.await);
        };
        let mut lent = SignalGuard {
            place: signals,
            streams: Some(streams),
        };
        let Some(streams) = &mut lent.streams else {
            return Ok(work.await);
        };
        tokio::select! {
            biased;
            _ = streams.interrupt.recv() => Err(Interrupt::Interrupted),
            _ = streams.terminate.recv() => Err(Interrupt::Terminated),
            value = async {
                // Work that never waits would never let the runtime see a signal that has come.
                tokio::task::yield_now().await;
                work.await
            } => Ok(value),
        }
    }
}

impl Clock {
    /// Returns the time in milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        match self {
            Self::System(_) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
                }),
            Self::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Returns how long this clock has run. Unlike [`Clock::now`] it never jumps: deadlines are made of it.
    pub fn elapsed(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            Self::Manual(now) => {
                Duration::from_millis(u64::try_from(now.load(Ordering::SeqCst)).unwrap_or(0))
            }
        }
    }

    /// Waits. A manual clock moves at once.
    pub async fn sleep(&self, length: Duration) {
        match self {
            Self::System(_) => tokio::time::sleep(length).await,
            Self::Manual(now) => {
                let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
                now.fetch_add(millis, Ordering::SeqCst);
            }
        }
    }
}
