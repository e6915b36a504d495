//! The terminal's own echo of what is typed.

use std::io;

use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// While this lives, the terminal shows nothing of what is typed, not even what arrives between two reads, as all of a
/// paste but its first letters does.
pub struct EchoGuard {
    before: Termios,
}

impl EchoGuard {
    /// Switches the echo off.
    ///
    /// # Errors
    /// When stdin is no terminal, or the terminal refuses.
    pub fn disable_echo() -> io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut silent = before.clone();
        let echo = LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK | LocalModes::ECHONL;
        silent.local_modes.remove(echo);
        tcsetattr(stdin(), OptionalActions::Now, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for EchoGuard {
    fn drop(&mut self) {
        // A terminal that has gone away needs no order.
        tcsetattr(stdin(), OptionalActions::Now, &self.before).ok();
    }
}
