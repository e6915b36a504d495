//! The process: arguments, environment, streams, terminal, clock, entropy, signals and child processes.
//!
//! Nothing else in the crate accesses them. [`Host::real`] is this process; [`TestHost`] builds a host for tests, in which a
//! wait advances the clock instead of sleeping.

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

pub(crate) use child::{Program, ProgramError, RunningChild};
pub(crate) use echo::EchoGuard;
pub use entropy::Entropy;
pub(crate) use signals::catch_interrupt;
use signals::{SignalGuard, Signals};
pub use test_host::TestHost;
pub(crate) use writable::unwritable_ancestor;

/// The process that a run belongs to.
pub struct Host {
    /// The first is the program's name.
    pub arguments: Vec<OsString>,
    environment: Environment,
    /// The terminal.
    pub terminal: Terminal,
    /// The clock.
    pub clock: Clock,
    /// The random number generator.
    pub entropy: Entropy,
    zone: Option<TimeZone>,
    interrupts: Interrupts,
    is_stdin_read: Cell<bool>,
    stdin: RefCell<Box<dyn Read>>,
    stdout: RefCell<Box<dyn Write>>,
    stderr: RefCell<Box<dyn Write>>,
}

enum Environment {
    Process,
    Fixed(BTreeMap<String, String>),
}

/// Which streams are terminals, and the size of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Whether stdin is a terminal.
    pub stdin: bool,
    /// Whether stdout is a terminal.
    pub stdout: bool,
    /// Whether stderr is a terminal.
    pub stderr: bool,
    /// Columns and rows, if any stream is a terminal with a known size.
    pub size: Option<(u16, u16)>,
}

/// A source of time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System(Instant),
    /// A clock that only waiting advances, in milliseconds since the Unix epoch.
    Manual(Arc<AtomicI64>),
}

/// A request of the user or the system to end the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT, Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

enum Interrupts {
    Process(RefCell<Option<Signals>>),
    /// An interrupt at a time of the manual clock.
    At(Option<(i64, Interrupt)>),
}

impl Host {
    /// Returns this process, and installs the panic hook.
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
            is_stdin_read: Cell::new(false),
            stdin: RefCell::new(Box::new(io::stdin())),
            stdout: RefCell::new(Box::new(io::BufWriter::new(io::stdout()))),
            stderr: RefCell::new(Box::new(io::stderr())),
        }
    }

    /// Returns an environment variable. An empty value, or one that is not UTF-8, counts as unset.
    pub fn variable(&self, name: &str) -> Option<String> {
        match &self.environment {
            Environment::Process => std::env::var(name).ok(),
            Environment::Fixed(variables) => variables.get(name).cloned(),
        }
        .filter(|value| !value.is_empty())
    }

    /// Returns the directory of the databases: `$XDG_STATE_HOME/sendivent`, or `~/.local/state/sendivent`. `None` if neither
    /// variable is set.
    pub fn state_directory(&self) -> Option<PathBuf> {
        self.xdg_directory("XDG_STATE_HOME", ".local/state")
    }

    /// Returns the directory of settings and keys: `$XDG_CONFIG_HOME/sendivent`, or `~/.config/sendivent`. `None` if neither
    /// variable is set.
    pub fn config_directory(&self) -> Option<PathBuf> {
        self.xdg_directory("XDG_CONFIG_HOME", ".config")
    }

    fn xdg_directory(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let base = match self.variable(variable).map(PathBuf::from) {
            // The XDG specification requires relative paths to be ignored.
            Some(path) if path.is_absolute() => path,
            _ => PathBuf::from(self.variable("HOME")?).join(below_home),
        };
        Some(base.join("sendivent"))
    }

    /// Returns the machine's time zone.
    pub fn time_zone(&self) -> TimeZone {
        /// Reading this file takes a tenth of the time of `TimeZone::system`, which looks up its name among all zones.
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

    /// Reads all of stdin. A second call fails: two options cannot both read it.
    pub fn read_stdin(&self) -> io::Result<String> {
        if self.is_stdin_read.replace(true) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "another option already reads stdin",
            ));
        }
        let mut text = String::new();
        self.stdin.borrow_mut().read_to_string(&mut text)?;
        Ok(text)
    }

    /// Returns the stream for results. It is buffered: callers flush output that must appear at once.
    pub fn stdout(&self) -> RefMut<'_, Box<dyn Write>> {
        self.stdout.borrow_mut()
    }

    /// Returns the stream for everything that is not a result.
    pub fn stderr(&self) -> RefMut<'_, Box<dyn Write>> {
        self.stderr.borrow_mut()
    }

    /// Makes writes to stderr fail with [`io::ErrorKind::WouldBlock`] instead of blocking.
    pub fn make_stderr_non_blocking(&self) {
        if let Environment::Process = self.environment
            && let Ok(non_blocking) = non_blocking::NonBlockingWriter::start(io::stderr())
        {
            *self.stderr.borrow_mut() = Box::new(non_blocking);
        }
    }

    /// Registers the signal handlers: from now on a signal ends a wait instead of the process. Call it within a runtime, and
    /// only after blocking calls such as reading stdin, which a signal would no longer end.
    pub fn listen_for_signals(&self) {
        if let Interrupts::Process(signals) = &self.interrupts {
            let mut signals = signals.borrow_mut();
            *signals = signals.take().or_else(Signals::listen);
        }
    }

    /// Waits.
    ///
    /// # Errors
    /// An interrupt ends the wait, also one that arrived before it but after [`Host::listen_for_signals`].
    pub async fn wait(&self, length: Duration) -> Result<(), Interrupt> {
        match (&self.clock, &self.interrupts) {
            (Clock::Manual(now), Interrupts::At(interrupt)) => {
                let until = now.load(Ordering::SeqCst).saturating_add(millis(length));
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

    /// Awaits a future. The interrupts of a [`TestHost`] occur during waits only.
    ///
    /// # Errors
    /// An interrupt cancels the future.
    pub async fn run_until_interrupted<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        let Interrupts::Process(signals) = &self.interrupts else {
            return Ok(future.await);
        };
        // Taken out, since a `RefCell` must not stay borrowed across an await. The guard returns the signals even if the
        // future is cancelled.
        let registered = signals.borrow_mut().take();
        let Some(streams) = registered.or_else(Signals::listen) else {
            return Ok(future.await);
        };
        let mut guard = SignalGuard {
            slot: signals,
            streams: Some(streams),
        };
        let Some(streams) = &mut guard.streams else {
            return Ok(future.await);
        };
        tokio::select! {
            biased;
            _ = streams.interrupt.recv() => Err(Interrupt::Interrupted),
            _ = streams.terminate.recv() => Err(Interrupt::Terminated),
            value = async {
                // Lets the runtime poll for signals even if the future never waits.
                tokio::task::yield_now().await;
                future.await
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
                .map_or(0, millis),
            Self::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Returns the monotonic time since the clock was created, for deadlines.
    pub fn elapsed(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            Self::Manual(now) => {
                Duration::from_millis(u64::try_from(now.load(Ordering::SeqCst)).unwrap_or(0))
            }
        }
    }

    /// Sleeps. A manual clock advances at once.
    pub async fn sleep(&self, length: Duration) {
        match self {
            Self::System(_) => tokio::time::sleep(length).await,
            Self::Manual(now) => {
                now.fetch_add(millis(length), Ordering::SeqCst);
            }
        }
    }
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
