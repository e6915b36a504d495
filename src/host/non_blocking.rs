//! A stream that never keeps its writer waiting: what is written goes to a thread, which gives it to the real stream.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// How much waits for the real stream at most.
const ROOM: usize = 256 * 1024;
/// How long more is waited for before it is given on: a system call for many lines instead of one for each.
const GATHER: Duration = Duration::from_millis(5);
/// How long the end waits for a stream that does not take what is left.
const LAST: Duration = Duration::from_millis(500);

/// A stream that takes a piece whole or not at all: [`io::ErrorKind::WouldBlock`] says that there is no room for it now.
pub struct NonBlockingWriter(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// The thread gives something on at the moment.
    giving: bool,
    closed: bool,
}

impl NonBlockingWriter {
    /// Starts the thread. Without room for one, the stream stays as it is.
    pub fn start(mut stream: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let theirs = Arc::clone(&shared);
        Builder::new()
            .name("stderr".to_owned())
            .spawn(move || theirs.give(&mut stream))?;
        Ok(Self(shared))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, stream: &mut impl Write) {
        let mut pieces = Vec::new();
        loop {
            let mut state = self.state();
            state.giving = false;
            self.changed.notify_all();
            while state.waiting.is_empty() && !state.closed {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if state.waiting.is_empty() {
                return;
            }
            if !state.closed {
                drop(state);
                std::thread::sleep(GATHER);
                state = self.state();
            }
            std::mem::swap(&mut pieces, &mut state.waiting);
            state.giving = true;
            drop(state);
            // A stream that is closed has nobody left to tell.
            drop(stream.write_all(&pieces).and_then(|()| stream.flush()));
            pieces.clear();
        }
    }
}

impl Write for NonBlockingWriter {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.waiting.len() + piece.len() > ROOM {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if state.waiting.is_empty() {
            self.0.changed.notify_all();
        }
        state.waiting.extend_from_slice(piece);
        Ok(piece.len())
    }

    /// Waits for the real stream after all, but not for long.
    fn flush(&mut self) -> io::Result<()> {
        let state = self.0.state();
        let left = |state: &mut State| state.giving || !state.waiting.is_empty();
        drop(self.0.changed.wait_timeout_while(state, LAST, left));
        Ok(())
    }
}

impl Drop for NonBlockingWriter {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.changed.notify_all();
        drop(self.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::{NonBlockingWriter, ROOM};
    use std::io::{self, Write};
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Takes a piece only when it is allowed to.
    struct Slow {
        allowed: Receiver<()>,
        taken: Sender<usize>,
    }

    impl Write for Slow {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            // Whoever has stopped allowing has stopped minding.
            let _stopped = self.allowed.recv();
            self.taken.send(piece.len()).unwrap();
            Ok(piece.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_does_not_take_anything_keeps_nobody_waiting() {
        let (allow, allowed) = channel();
        let (taken, takes) = channel();
        let mut non_blocking = NonBlockingWriter::start(Slow { allowed, taken }).unwrap();
        let line = [b'x'; 1024];
        let refused = |non_blocking: &mut NonBlockingWriter| {
            (0..10_000).find_map(|_| non_blocking.write(&line).err())
        };
        let error = refused(&mut non_blocking).expect("the room is bounded");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(allow);
        let mut sum = takes.recv().unwrap();
        drop(non_blocking);
        sum += takes.iter().sum::<usize>();
        assert!((ROOM - 1024..=2 * ROOM).contains(&sum), "{sum}");
        assert_eq!(sum % 1024, 0, "a line is taken whole or not at all");
    }
}
