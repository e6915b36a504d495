//! Child processes that share the standard streams, and to which signals are forwarded.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

use super::{Environment, Host};

#[derive(Debug)]
pub struct Program {
    pub name: OsString,
    /// The arguments, without the name of the program.
    pub arguments: Vec<OsString>,
    /// Changes to the environment of the child. `None` removes a variable.
    pub variables: Vec<(&'static str, Option<OsString>)>,
}

#[derive(Debug, thiserror::Error)]
#[error("`{name}` cannot be started")]
pub struct ProgramError {
    name: String,
    source: io::Error,
}

/// A child process, and the signals to forward to it.
#[derive(Debug)]
pub struct RunningChild {
    name: String,
    child: Child,
    signals: ForwardedSignals,
}

/// Streams of the signals that this process receives and forwards to the child.
#[derive(Debug)]
struct ForwardedSignals {
    interrupt: Signals,
    quit: Signals,
    hangup: Signals,
    terminate: Signals,
}

impl Host {
    /// Starts a program with the standard streams of this process. From then on, SIGINT, SIGQUIT, SIGHUP and SIGTERM do
    /// not end this process; `RunningChild::wait` forwards them to the child. With a [`super::TestHost`], the child's
    /// streams are `/dev/null`.
    pub fn spawn(&self, program: &Program) -> Result<RunningChild, ProgramError> {
        let name = program.name.to_string_lossy().into_owned();
        let failed = |source| ProgramError {
            name: name.clone(),
            source,
        };
        let mut command = Command::new(&program.name);
        command.args(&program.arguments);
        if let Environment::Fixed(variables) = &self.environment {
            command.env_clear().envs(variables);
            command.stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        for (name, value) in &program.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // Registered before the start, so that no signal is lost in between.
        let signals = ForwardedSignals::listen().map_err(failed)?;
        let child = command.spawn().map_err(failed)?;
        Ok(RunningChild {
            name,
            child,
            signals,
        })
    }
}

impl ProgramError {
    pub fn is_missing(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    pub fn hint(&self) -> &'static str {
        if self.is_missing() {
            "Check the name, and the PATH."
        } else {
            "Check that it is executable, and a program or a script with `#!`."
        }
    }
}

impl RunningChild {
    /// Waits until the child exits, and forwards signals to it meanwhile. Returns the exit code as shells do: if a
    /// signal ended the child, 128 plus the number of the signal.
    pub async fn wait(&mut self) -> Result<u8, ProgramError> {
        loop {
            let signal = tokio::select! {
                status = self.child.wait() => return status.map(exit_code).map_err(|source| ProgramError {
                    name: self.name.clone(),
                    source,
                }),
                signal = self.signals.next() => signal,
            };
            let number = self.child.id().and_then(|id| i32::try_from(id).ok());
            let id = number.and_then(Pid::from_raw);
            if let Some(id) = id.filter(|_| !is_from_terminal(signal)) {
                // Fails only if the child has just exited.
                let _exited = kill_process(id, signal);
            }
        }
    }
}

impl ForwardedSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal to this process.
    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.terminate.recv() => Signal::TERM,
        }
    }
}

/// Returns whether the child has received the signal from the terminal as well. The terminal sends signals to the whole
/// foreground process group, which contains both processes.
///
/// This is a guess, because the sender of a signal cannot be determined without unsafe code. If this process is in the
/// foreground and another process signals it alone, that signal is not forwarded.
fn is_from_terminal(signal: Signal) -> bool {
    signal != Signal::TERM
        && std::fs::File::open("/dev/tty")
            .is_ok_and(|terminal| tcgetpgrp(&terminal) == Ok(getpgrp()))
}

fn exit_code(status: ExitStatus) -> u8 {
    let from_signal = || status.signal().map(|signal| signal + 128);
    let code = status.code().or_else(from_signal);
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}
