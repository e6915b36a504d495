//! The socket of one connection: how it ends is part of what the simulator can do.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

/// How long a client that still sends is listened to after the last answer, so that it can read that answer.
const LINGER: Duration = Duration::from_secs(2);

/// A socket.
pub struct FaultyStream {
    /// None only when it is dropped.
    stream: Option<TcpStream>,
    reset: Arc<AtomicBool>,
    /// The client has said that it sends no more.
    finished: bool,
}

impl FaultyStream {
    /// Takes a socket. When the flag is set, the connection is reset at its end instead of closed.
    pub fn new(stream: TcpStream, reset: Arc<AtomicBool>) -> Self {
        Self {
            stream: Some(stream),
            reset,
            finished: false,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        let stream = self.stream.as_mut();
        stream.map(Pin::new).ok_or_else(|| {
            // Nobody reads or writes what is being dropped.
            io::ErrorKind::NotConnected.into()
        })
    }
}

impl Drop for FaultyStream {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        if self.reset.load(Ordering::Relaxed) {
            // ApiErrorResponse, the connection is closed in the ordinary way.
            drop(stream.set_zero_linger());
        } else if let (false, Ok(runtime)) = (self.finished, Handle::try_current()) {
            drop(runtime.spawn(tokio::time::timeout(LINGER, listen_on(stream))));
        }
    }
}

/// Reads what a client still sends, and forgets it: a socket that is closed with something unread takes the answer with
/// it that is under way.
async fn listen_on(mut stream: TcpStream) -> io::Result<()> {
    let mut forgotten = [0; 4096];
    stream.shutdown().await?;
    while stream.read(&mut forgotten).await? > 0 {}
    Ok(())
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let room = buffer.remaining() > 0;
        let read = self.stream()?.poll_read(context, buffer);
        match &read {
            Poll::Ready(Ok(())) => self.finished = room && buffer.filled().len() == before,
            Poll::Ready(Err(_)) => self.finished = true,
            Poll::Pending => {}
        }
        read
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
