//! What other programs print.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use super::{Environment, Host};

/// How much a program may print.
const MOST: u64 = 64 * 1024;
/// The pause between two looks at a program that has closed its stdout and not yet ended.
const PAUSE: Duration = Duration::from_millis(2);

impl Host {
    /// Runs a program to its end and returns what it printed on stdout. Its stderr is ours, and it has no stdin. It stays
    /// in our process group, so that it may ask at the terminal, and Ctrl-C ends it together with us.
    ///
    /// # Errors
    /// When it cannot be started, or did not end well; [`io::ErrorKind::TimedOut`] when it did not end within the limit,
    /// and was killed.
    pub fn capture_output(
        &self,
        child: &str,
        arguments: &[String],
        limit: Duration,
    ) -> io::Result<Vec<u8>> {
        let mut command = Command::new(child);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        if let Environment::Fixed(variables) = &self.environment {
            command.env_clear().envs(variables);
        }
        let end = Instant::now().checked_add(limit);
        let mut child = command.spawn()?;
        let ended = output(&mut child, end);
        if ended.is_err() {
            // One that has ended by now needs neither.
            drop(child.kill());
            drop(child.wait());
        }
        let (text, status) = ended?;
        match status.success() {
            true => Ok(text),
            false => Err(io::Error::other(status.to_string())),
        }
    }
}

fn output(child: &mut Child, end: Option<Instant>) -> io::Result<(Vec<u8>, ExitStatus)> {
    let left = || {
        end.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        })
    };
    let text = match child.stdout.take() {
        // A thread of its own: what a program has started may hold the pipe longer than the program lives.
        Some(stdout) => reading(stdout)?
            .recv_timeout(left())
            .map_err(|_| io::ErrorKind::TimedOut)??,
        None => Vec::new(),
    };
    loop {
        match child.try_wait()? {
            Some(status) => return Ok((text, status)),
            None if left().is_zero() => return Err(io::ErrorKind::TimedOut.into()),
            None => sleep(PAUSE),
        }
    }
}

fn reading(stdout: ChildStdout) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = channel();
    Builder::new().name("output".to_owned()).spawn(move || {
        let mut text = Vec::new();
        let read = stdout.take(MOST).read_to_end(&mut text).map(|_| text);
        // Whoever has stopped waiting has stopped minding.
        drop(sender.send(read));
    })?;
    Ok(receiver)
}
