//! Access to the process: arguments, environment, streams, terminal, clock, entropy, signals and child processes.
//!
//! No other module of the crate accesses these. [`Host::real`] returns the real process. [`TestHost`] builds a host for
//! tests, in which waiting advances a manual clock instead of sleeping.

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

/// The process that a command runs in, or a replacement for tests.
pub struct Host {
    /// The arguments of the process. The first is the name of the program.
    pub arguments: Vec<OsString>,
    environment: Environment,
    /// Which standard streams are terminals, and the size of the terminal.
    pub terminal: Terminal,
    /// The clock for timestamps, deadlines and pauses.
    pub clock: Clock,
    /// The source of random numbers and ids.
    pub entropy: Entropy,
    /// The time zone of a test. `None` for the time zone of the machine.
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

/// Which standard streams are terminals, and the size of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// True if stdin is a terminal.
    pub stdin: bool,
    /// True if stdout is a terminal.
    pub stdout: bool,
    /// True if stderr is a terminal.
    pub stderr: bool,
    /// The columns and rows of the terminal. `None` if no standard stream is a terminal, or if the size is unknown.
    pub size: Option<(u16, u16)>,
}

/// A clock, from the system or for tests.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock. The value is time zero of [`Clock::elapsed`].
    System(Instant),
    /// A clock for tests. It advances only when a command waits. The value is the current time in milliseconds since
    /// the Unix epoch.
    Manual(Arc<AtomicI64>),
}

/// The signal with which the user or the system ends the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT, for example from Ctrl-C.
    Interrupted,
    /// SIGTERM, for example from `kill`.
    Terminated,
}

/// Where interrupts come from.
enum Interrupts {
    /// From the signals of this process. `None` until the handlers are registered, and while
    /// [`Host::run_until_interrupted`] holds them.
    Process(RefCell<Option<Signals>>),
    /// From a test: the interrupt occurs when the manual clock reaches this time.
    At(Option<(i64, Interrupt)>),
}

impl Host {
    /// Returns a host for the real process, and installs the panic hook.
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

    /// Returns the value of an environment variable. `None` if the variable is unset, empty or not UTF-8.
    pub fn variable(&self, name: &str) -> Option<String> {
        match &self.environment {
            Environment::Process => std::env::var(name).ok(),
            Environment::Fixed(variables) => variables.get(name).cloned(),
        }
        .filter(|value| !value.is_empty())
    }

    /// Returns the directory for databases: `$XDG_STATE_HOME/sendivent`, or `$HOME/.local/state/sendivent` if that
    /// variable is not set. `None` if `HOME` is not set either.
    pub fn state_directory(&self) -> Option<PathBuf> {
        self.xdg_directory("XDG_STATE_HOME", ".local/state")
    }

    /// Returns the directory for settings and API keys: `$XDG_CONFIG_HOME/sendivent`, or `$HOME/.config/sendivent` if
    /// that variable is not set. `None` if `HOME` is not set either.
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

    /// Returns the time zone of the user: from `TZ`, or else from the machine's settings.
    pub fn time_zone(&self) -> TimeZone {
        /// The path of the file with the rules of the machine's time zone. Reading this file takes a tenth of the time
        /// of `TimeZone::system`, which also searches for the zone's name.
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

    /// Reads stdin to its end. Fails if it was called before, because two options cannot both read stdin.
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

    /// Returns stdout, which receives the results of a command. It is buffered, so callers must flush it when output
    /// has to appear immediately.
    pub fn stdout(&self) -> RefMut<'_, Box<dyn Write>> {
        self.stdout.borrow_mut()
    }

    /// Returns stderr, which receives errors, notes, logs and progress.
    pub fn stderr(&self) -> RefMut<'_, Box<dyn Write>> {
        self.stderr.borrow_mut()
    }

    /// Replaces stderr by a writer that fails with [`io::ErrorKind::WouldBlock`] instead of blocking. Has no effect on
    /// a [`TestHost`].
    pub fn make_stderr_non_blocking(&self) {
        if let Environment::Process = self.environment
            && let Ok(non_blocking) = non_blocking::NonBlockingWriter::start(io::stderr())
        {
            *self.stderr.borrow_mut() = Box::new(non_blocking);
        }
    }

    /// Registers handlers for SIGINT and SIGTERM. From then on, a signal cancels the current wait and does not end the
    /// process. Must be called within a Tokio runtime, and only after blocking calls such as reading stdin, because a
    /// signal would no longer end those.
    pub fn listen_for_signals(&self) {
        if let Interrupts::Process(signals) = &self.interrupts {
            let mut signals = signals.borrow_mut();
            *signals = signals.take().or_else(Signals::listen);
        }
    }

    /// Waits for this length of time on the host's clock.
    ///
    /// # Errors
    /// Returns the interrupt if a signal arrives during the wait, or has arrived since [`Host::listen_for_signals`].
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

    /// Awaits a future until a signal arrives. With a [`TestHost`] no signal arrives here: its interrupts occur in
    /// [`Host::wait`] only.
    ///
    /// # Errors
    /// Returns the interrupt if a signal arrives first. The future is then dropped.
    pub async fn run_until_interrupted<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        let Interrupts::Process(signals) = &self.interrupts else {
            return Ok(future.await);
        };
        // The signals are moved out of the `RefCell`, because it must not stay borrowed across an await. The guard moves
        // them back even if the future is cancelled.
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

    /// Returns the time of a monotonic clock, for deadlines and durations. [`Clock::System`] starts at zero when it is
    /// created.
    pub fn elapsed(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            Self::Manual(now) => {
                Duration::from_millis(u64::try_from(now.load(Ordering::SeqCst)).unwrap_or(0))
            }
        }
    }

    /// Sleeps for this length of time. Does not sleep with a manual clock, but advances the clock instead.
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
