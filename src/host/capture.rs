//! Captures the output of other programs.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use super::{Environment, Host};

/// Bytes of output that are read at most.
const MAX_OUTPUT: u64 = 64 * 1024;
/// The poll interval for a program that has closed stdout but not exited.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

impl Host {
    /// Runs a program and returns its stdout. It inherits stderr and has no stdin. It stays in this process group, so that
    /// it can prompt on the terminal, and Ctrl-C ends both.
    ///
    /// # Errors
    /// Also when its exit code is not zero; [`io::ErrorKind::TimedOut`] when it was killed after `timeout`.
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
            // Both fail only if it has exited by now.
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
        // Read on a thread: a background process of the program may keep the pipe open after the program has exited.
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
        // Fails only if the receiver has timed out.
        drop(sender.send(result));
    })?;
    Ok(receiver)
}
