//! Child processes that share the standard streams and receive the signals sent to this process.

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
    /// Its arguments, without the program's name.
    pub arguments: Vec<OsString>,
    /// Changes to the inherited environment; `None` removes a variable.
    pub variables: Vec<(&'static str, Option<OsString>)>,
}

#[derive(Debug, thiserror::Error)]
#[error("`{name}` cannot be started")]
pub struct ProgramError {
    name: String,
    source: io::Error,
}

#[derive(Debug)]
pub struct RunningChild {
    name: String,
    child: Child,
    signals: ForwardedSignals,
}

#[derive(Debug)]
struct ForwardedSignals {
    interrupt: Signals,
    quit: Signals,
    hangup: Signals,
    terminate: Signals,
}

impl Host {
    /// Starts a program with this process's standard streams. From now on termination signals are forwarded to it and no
    /// longer end this process. With a [`super::TestHost`], its streams are `/dev/null`.
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
    /// Waits for the child to exit and forwards signals to it. Returns its exit code by the shell's convention: 128 plus
    /// the signal number if a signal ended it.
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

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.terminate.recv() => Signal::TERM,
        }
    }
}

/// Returns whether the terminal has sent the signal to the child as well: it signals the whole foreground process group.
///
/// The sender of a signal cannot be read without unsafe code. A signal that another process sends to this one alone, while
/// it is in the foreground, is mistaken for the terminal's.
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
