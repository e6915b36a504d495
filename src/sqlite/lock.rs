//! Waiting for a lock that another process holds, without blocking the thread.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

/// The limit of the wait for a lock that another process holds.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The delays of SQLite's own busy handler, in milliseconds; the last one repeats.
const DELAYS: [u64; 12] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

/// The attempts of one transaction to get its lock.
///
/// SQLite's busy handler sleeps on the caller's thread. A command has only one, which must notice Ctrl-C, so it attempts
/// to begin [`without_waiting`] and sleeps between the attempts with [`LockWait::pause`].
#[derive(Debug, Default)]
pub struct LockWait {
    attempts: usize,
    waited: Duration,
}

impl LockWait {
    /// Sleeps until the next attempt.
    ///
    /// # Errors
    /// The error of the last attempt, when the time that a blocking connection waits has passed as well.
    pub async fn pause(&mut self, last_error: rusqlite::Error) -> rusqlite::Result<()> {
        if self.waited >= BUSY_TIMEOUT {
            return Err(last_error);
        }
        let delay = Duration::from_millis(DELAYS[self.attempts.min(DELAYS.len() - 1)]);
        self.attempts += 1;
        self.waited += delay;
        // In real time even under a test's clock: the other process runs in real time.
        tokio::time::sleep(delay).await;
        Ok(())
    }
}

/// Runs `work` with a busy timeout of zero: a lock that is held fails it at once.
pub fn without_waiting<T, E: From<rusqlite::Error>>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    connection.busy_timeout(Duration::ZERO)?;
    let result = work();
    // A commit must not fail because of a reader: outside WAL mode it waits for a lock of its own.
    connection.busy_timeout(BUSY_TIMEOUT)?;
    result
}

/// Returns whether another connection held the lock.
pub fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
