//! Waits for a database lock that another process holds, without blocking the thread.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

/// The maximum time to wait for a lock that another process holds.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The delays between attempts in milliseconds, the same as those of SQLite's busy handler. The last delay repeats.
const DELAYS: [u64; 12] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

/// The state of waiting for a lock.
///
/// SQLite's busy handler would sleep on the only thread of a command, which then could not react to Ctrl-C. Instead the
/// caller begins its transaction with [`without_waiting`], and awaits [`LockWait::pause`] between attempts.
#[derive(Debug, Default)]
pub struct LockWait {
    attempts: usize,
    /// The sum of all delays so far.
    waited: Duration,
}

impl LockWait {
    /// Sleeps until the next attempt.
    ///
    /// # Errors
    /// Returns `last_error` once the delays add up to [`BUSY_TIMEOUT`].
    pub async fn pause(&mut self, last_error: rusqlite::Error) -> rusqlite::Result<()> {
        if self.waited >= BUSY_TIMEOUT {
            return Err(last_error);
        }
        let delay = Duration::from_millis(DELAYS[self.attempts.min(DELAYS.len() - 1)]);
        self.attempts += 1;
        self.waited += delay;
        // Sleeps in real time even if a test has a manual clock, because the other process runs in real time.
        tokio::time::sleep(delay).await;
        Ok(())
    }
}

/// Runs `work` with a busy timeout of zero, so that it fails immediately if another process holds the lock.
pub fn without_waiting<T, E: From<rusqlite::Error>>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    connection.busy_timeout(Duration::ZERO)?;
    let result = work();
    // A later commit must not fail because of a reader: outside WAL mode, a commit waits until readers have finished.
    connection.busy_timeout(BUSY_TIMEOUT)?;
    result
}

/// Returns whether the error occurred because another connection holds the lock.
pub fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
