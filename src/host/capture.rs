//! Runs another program and captures its output.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use super::{Environment, Host};

/// The maximum number of bytes that are read from the program.
const MAX_OUTPUT: u64 = 64 * 1024;
/// How often to check whether the program has exited, once it has closed stdout.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

impl Host {
    /// Runs a program and returns what it writes to stdout. The program inherits stderr, and its stdin is empty. It
    /// stays in the process group of this process, so that it can prompt on the terminal and Ctrl-C ends both.
    ///
    /// # Errors
    /// If the program cannot be started or its exit code is not zero. [`io::ErrorKind::TimedOut`] if it was killed
    /// because it ran longer than `timeout`.
    pub fn capture_output(
        &self,
        program: &str,
        arguments: &[String],
        timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        if let Environment::Fixed(variables) = &self.environment {
            command.env_clear().envs(variables);
        }
        let deadline = Instant::now().checked_add(timeout);
        let mut child = command.spawn()?;
        let result = wait_with_output(&mut child, deadline);
        if result.is_err() {
            // These calls fail only if the program has exited in the meantime.
            drop(child.kill());
            drop(child.wait());
        }
        let (text, status) = result?;
        match status.success() {
            true => Ok(text),
            false => Err(io::Error::other(status.to_string())),
        }
    }
}

fn wait_with_output(
    child: &mut Child,
    deadline: Option<Instant>,
) -> io::Result<(Vec<u8>, ExitStatus)> {
    let remaining = || {
        deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    };
    let text = match child.stdout.take() {
        // A thread reads the pipe, so that the read can time out. A background process that the program started may keep
        // the pipe open after the program has exited.
        Some(stdout) => spawn_reader(stdout)?
            .recv_timeout(remaining())
            .map_err(|_| io::ErrorKind::TimedOut)??,
        None => Vec::new(),
    };
    loop {
        match child.try_wait()? {
            Some(status) => return Ok((text, status)),
            None if remaining().is_zero() => return Err(io::ErrorKind::TimedOut.into()),
            None => sleep(POLL_INTERVAL),
        }
    }
}

fn spawn_reader(stdout: ChildStdout) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = channel();
    Builder::new().name("output".to_owned()).spawn(move || {
        let mut text = Vec::new();
        let result = stdout.take(MAX_OUTPUT).read_to_end(&mut text).map(|_| text);
        // Fails only if the receiver has timed out and was dropped.
        drop(sender.send(result));
    })?;
    Ok(receiver)
}
