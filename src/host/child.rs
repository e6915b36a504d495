//! Programs that run inside a run: with the terminal's own streams, and the signals that were meant for them.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

use super::{Environment, Host};

/// A program to start.
#[derive(Debug)]
pub struct Program {
    /// Its name, or its path.
    pub name: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What its environment has in addition to ours; none takes a variable away.
    pub variables: Vec<(&'static str, Option<OsString>)>,
}

/// A program cannot be run.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` cannot be started")]
pub struct ProgramError {
    name: String,
    source: io::Error,
}

/// A program that runs.
#[derive(Debug)]
pub struct RunningChild {
    name: String,
    child: Child,
    caught: ForwardedSignals,
}

/// The signals that end a program, while it runs beside us.
#[derive(Debug)]
struct ForwardedSignals {
    interrupt: Signals,
    quit: Signals,
    hangup: Signals,
    terminate: Signals,
}

impl Host {
    /// Starts a program, with our own streams as its streams. From now on the signals that end programs are passed on to
    /// it, and end us no longer. In a test, its output goes nowhere.
    ///
    /// # Errors
    /// [`ProgramError`].
    pub fn spawn(&self, child: &Program) -> Result<RunningChild, ProgramError> {
        let name = child.name.to_string_lossy().into_owned();
        match self.spawn_process(child) {
            Ok((child, caught)) => Ok(RunningChild {
                name,
                child,
                caught,
            }),
            Err(source) => Err(ProgramError { name, source }),
        }
    }

    fn spawn_process(&self, child: &Program) -> io::Result<(Child, ForwardedSignals)> {
        let mut command = Command::new(&child.name);
        command.args(&child.arguments);
        if let Environment::Fixed(variables) = &self.environment {
            command.env_clear().envs(variables);
            command.stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        for (name, value) in &child.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // Before it starts: nothing that comes meanwhile is lost.
        let caught = ForwardedSignals::listen_for_signals()?;
        Ok((command.spawn()?, caught))
    }
}

impl ProgramError {
    /// Returns whether there is no such program.
    pub fn is_missing(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// Returns what can be done about it.
    pub fn hint(&self) -> &'static str {
        if self.is_missing() {
            "Check the name, and the PATH."
        } else {
            "Check that it may be executed, and is a program or a script with `#!`."
        }
    }
}

impl RunningChild {
    /// Waits for the end, and passes signals on. Returns the code as a shell has it: 128 and the number of the signal that
    /// ended the program.
    ///
    /// # Errors
    /// [`ProgramError`], should the system not tell how it ended.
    pub async fn wait(&mut self) -> Result<u8, ProgramError> {
        loop {
            let caught = tokio::select! {
                status = self.child.wait() => return status.map(code).map_err(|source| ProgramError {
                    name: self.name.clone(),
                    source,
                }),
                signal = self.caught.next() => signal,
            };
            let number = self.child.id().and_then(|id| i32::try_from(id).ok());
            let id = number.and_then(Pid::from_raw);
            if let Some(id) = id.filter(|_| !has_come_by_terminal(caught)) {
                // One that has just ended needs none any more.
                let _gone = kill_process(id, caught);
            }
        }
    }
}

impl ForwardedSignals {
    fn listen_for_signals() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.terminate.recv() => Signal::TERM,
        }
    }
}

/// Returns whether the terminal will have sent the signal to the program as well: it sends what is typed to everybody in
/// its foreground, and the program is there when we are. Who sent it cannot be asked without unsafe code; a signal that
/// another process sent to us alone while we are in the foreground is taken for the terminal's.
fn has_come_by_terminal(signal: Signal) -> bool {
    signal != Signal::TERM
        && std::fs::File::open("/dev/tty")
            .is_ok_and(|terminal| tcgetpgrp(&terminal) == Ok(getpgrp()))
}

fn code(status: ExitStatus) -> u8 {
    let signalled = || status.signal().map(|signal| signal + 128);
    let code = status.code().or_else(signalled);
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}
