//! Disables the terminal's echo while the user types an API key.

use std::io;

use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// A guard that disables the terminal's echo until it is dropped. The echo is not enabled again between
/// two reads, because most of a pasted string arrives there and would be shown.
pub struct EchoGuard {
    original: Termios,
}

impl EchoGuard {
    /// Disables the echo. Fails if stdin is not a terminal.
    pub fn disable_echo() -> io::Result<Self> {
        let original = tcgetattr(stdin())?;
        let mut silent = original.clone();
        let echo = LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK | LocalModes::ECHONL;
        silent.local_modes.remove(echo);
        tcsetattr(stdin(), OptionalActions::Now, &silent)?;
        Ok(Self { original })
    }
}

impl Drop for EchoGuard {
    fn drop(&mut self) {
        // Fails only if the terminal is gone.
        tcsetattr(stdin(), OptionalActions::Now, &self.original).ok();
    }
}
