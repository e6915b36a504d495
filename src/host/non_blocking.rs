//! A writer that never blocks. It appends to a buffer, which a thread writes to the underlying stream.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// The size of the buffer in bytes.
const CAPACITY: usize = 256 * 1024;
/// How long the thread waits for more data before it writes the buffer. This way, many lines need only one system call.
const BATCH_DELAY: Duration = Duration::from_millis(5);
/// How long a flush waits if the underlying stream does not accept data.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);

/// A writer whose writes never block. A write fails with [`io::ErrorKind::WouldBlock`] if the data does not fit into
/// the buffer; the buffer is then unchanged.
pub struct NonBlockingWriter(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when data was added or written, or when the writer was dropped.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    is_writing: bool,
    is_closed: bool,
}

impl NonBlockingWriter {
    pub fn start(mut stream: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let thread_shared = Arc::clone(&shared);
        Builder::new()
            .name("stderr".to_owned())
            .spawn(move || thread_shared.write_to(&mut stream))?;
        Ok(Self(shared))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the buffer to the stream whenever it contains data. Returns when the writer has been dropped and the
    /// buffer is empty.
    fn write_to(&self, stream: &mut impl Write) {
        let mut batch = Vec::new();
        loop {
            let mut state = self.state();
            state.is_writing = false;
            self.changed.notify_all();
            while state.buffer.is_empty() && !state.is_closed {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if state.buffer.is_empty() {
                return;
            }
            if !state.is_closed {
                drop(state);
                std::thread::sleep(BATCH_DELAY);
                state = self.state();
            }
            std::mem::swap(&mut batch, &mut state.buffer);
            state.is_writing = true;
            drop(state);
            // If stderr fails, there is no stream to report that.
            drop(stream.write_all(&batch).and_then(|()| stream.flush()));
            batch.clear();
        }
    }
}

impl Write for NonBlockingWriter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.buffer.len() + data.len() > CAPACITY {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if state.buffer.is_empty() {
            self.0.changed.notify_all();
        }
        state.buffer.extend_from_slice(data);
        Ok(data.len())
    }

    /// Waits until the thread has written the buffer, but at most [`FLUSH_TIMEOUT`]. Never fails.
    fn flush(&mut self) -> io::Result<()> {
        let state = self.0.state();
        let is_pending = |state: &mut State| state.is_writing || !state.buffer.is_empty();
        drop(
            self.0
                .changed
                .wait_timeout_while(state, FLUSH_TIMEOUT, is_pending),
        );
        Ok(())
    }
}

impl Drop for NonBlockingWriter {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.changed.notify_all();
        drop(self.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, NonBlockingWriter};
    use std::io::{self, Write};
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// A stream that blocks each write until it is allowed.
    struct Slow {
        allowed: Receiver<()>,
        written: Sender<usize>,
    }

    impl Write for Slow {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            // Once the sender is dropped, everything is allowed.
            let _disconnected = self.allowed.recv();
            self.written.send(data.len()).unwrap();
            Ok(data.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_blocked_stream_does_not_block_the_writer() {
        let (allow, allowed) = channel();
        let (written, lengths) = channel();
        let mut non_blocking = NonBlockingWriter::start(Slow { allowed, written }).unwrap();
        let line = [b'x'; 1024];
        let first_error = |non_blocking: &mut NonBlockingWriter| {
            (0..10_000).find_map(|_| non_blocking.write(&line).err())
        };
        let error = first_error(&mut non_blocking).expect("the buffer is bounded");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(allow);
        let mut sum = lengths.recv().unwrap();
        drop(non_blocking);
        sum += lengths.iter().sum::<usize>();
        assert!((CAPACITY - 1024..=2 * CAPACITY).contains(&sum), "{sum}");
        assert_eq!(sum % 1024, 0, "a line is written entirely or not at all");
    }
}
