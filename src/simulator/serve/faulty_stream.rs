//! The TCP stream of one connection, which a fault can end with a reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

/// How long to read from a client that is still sending after the last response. Closing the socket earlier could
/// discard that response.
const LINGER: Duration = Duration::from_secs(2);

/// A TCP stream that ends with a reset, instead of a normal close, if the flag `reset` is set.
pub struct FaultyStream {
    /// `None` only while the `FaultyStream` is being dropped.
    stream: Option<TcpStream>,
    reset: Arc<AtomicBool>,
    /// Whether nothing more can be read, because the client closed its side or a read failed.
    is_read_closed: bool,
}

impl FaultyStream {
    pub fn new(stream: TcpStream, reset: Arc<AtomicBool>) -> Self {
        Self {
            stream: Some(stream),
            reset,
            is_read_closed: false,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        let stream = self.stream.as_mut();
        stream
            .map(Pin::new)
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for FaultyStream {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        if self.reset.load(Ordering::Relaxed) {
            // If this fails, the connection is closed instead, which is a fault, too.
            drop(stream.set_zero_linger());
        } else if let (false, Ok(runtime)) = (self.is_read_closed, Handle::try_current()) {
            drop(runtime.spawn(tokio::time::timeout(LINGER, drain(stream))));
        }
    }
}

/// Reads and discards what a client still sends. Otherwise, closing a socket with unread data would send a reset, and
/// the client could lose a response that it has not read yet.
async fn drain(mut stream: TcpStream) -> io::Result<()> {
    let mut discarded = [0; 4096];
    stream.shutdown().await?;
    while stream.read(&mut discarded).await? > 0 {}
    Ok(())
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let has_capacity = buffer.remaining() > 0;
        let read = self.stream()?.poll_read(context, buffer);
        match &read {
            // If the buffer has capacity and nothing was read, the stream has ended.
            Poll::Ready(Ok(())) => {
                self.is_read_closed = has_capacity && buffer.filled().len() == before;
            }
            Poll::Ready(Err(_)) => self.is_read_closed = true,
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
