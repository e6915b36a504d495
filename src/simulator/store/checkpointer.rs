//! Keeps the write-ahead log (WAL) of a server short without delaying requests.
//!
//! A thread copies the log into the database file while the writer thread continues to write. SQLite can start the log
//! again from the beginning only when every page has been copied. So when few pages are left to copy, the writer copies
//! them itself, between two transactions.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::schema::SCHEMA;
use crate::sqlite;

/// The write-ahead log is copied into the database file when it has this many pages of 4 KiB, about 62 MiB.
const LARGE_WAL_PAGES: i64 = 16_000;
/// When at most this many pages of the log are left to copy, the writer copies them. This takes a few milliseconds.
const CATCH_UP_PAGES: i64 = 2_000;
/// The length of the log is checked after this many write jobs.
const JOBS_PER_CHECK: usize = 500;
/// When the writer has not woken the checkpointer for this long, the log is copied whatever its length.
const IDLE: Duration = Duration::from_millis(500);

/// The writer's handle to the checkpointer thread. Dropping the handle ends the thread.
pub struct Checkpointer {
    /// Wakes the checkpointer thread. `None` only while the handle is being dropped.
    wakeup: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    jobs: AtomicUsize,
    flags: Arc<Flags>,
}

/// Flags that the writer and the checkpointer thread share.
struct Flags {
    is_asleep: AtomicBool,
    /// Set by the checkpointer thread when the writer should copy the rest of the log.
    catch_up: AtomicBool,
}

impl Checkpointer {
    pub fn start(path: &Path) -> io::Result<Self> {
        let (wakeup, wakeups) = sync_channel(1);
        let flags = Arc::new(Flags {
            is_asleep: AtomicBool::new(true),
            catch_up: AtomicBool::new(false),
        });
        let (path, thread_flags) = (path.to_owned(), Arc::clone(&flags));
        let thread = Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || thread_flags.run(&path, &wakeups))?;
        Ok(Self {
            wakeup: Some(wakeup),
            thread: Some(thread),
            jobs: AtomicUsize::new(0),
            flags,
        })
    }

    /// Counts committed jobs. Wakes the checkpointer thread after every `JOBS_PER_CHECK` jobs, or at once if the thread
    /// is asleep.
    pub fn notify_writes(&self, jobs: usize) {
        let jobs = self.jobs.load(Ordering::Relaxed) + jobs;
        let is_due = jobs >= JOBS_PER_CHECK || self.flags.is_asleep.swap(false, Ordering::Relaxed);
        self.jobs
            .store(if is_due { 0 } else { jobs }, Ordering::Relaxed);
        if let Some(wakeup) = self.wakeup.as_ref().filter(|_| is_due) {
            // A full channel has a wakeup already.
            let _already_woken = wakeup.try_send(());
        }
    }

    /// Returns whether the writer should copy the rest of the log now, and clears the flag.
    pub fn take_catch_up_request(&self) -> bool {
        self.flags.catch_up.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wakeup = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Flags {
    /// Runs in the checkpointer thread until the [`Checkpointer`] is dropped.
    fn run(&self, path: &Path, wakeups: &Receiver<()>) {
        let mut connection = None;
        while wakeups.recv().is_ok() {
            if connection.is_none() {
                connection = sqlite::open_additional(path, &SCHEMA).ok();
            }
            let Some(connection) = &connection else {
                continue;
            };
            // After an error the log only grows; the next process that opens the file tries again.
            drop(self.run_until_idle(connection, wakeups));
            self.is_asleep.store(true, Ordering::Relaxed);
        }
    }

    fn run_until_idle(
        &self,
        connection: &Connection,
        wakeups: &Receiver<()>,
    ) -> rusqlite::Result<()> {
        connection.busy_timeout(Duration::ZERO)?;
        loop {
            self.checkpoint_if_large(connection)?;
            match wakeups.recv_timeout(IDLE) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    checkpoint(connection, "TRUNCATE")?;
                    return Ok(());
                }
            }
        }
    }

    fn checkpoint_if_large(&self, connection: &Connection) -> rusqlite::Result<()> {
        // Against a writer that is faster than the disk there is no end: the next check continues.
        const ROUNDS: usize = 4;
        if checkpoint(connection, "NOOP")?.0 < LARGE_WAL_PAGES {
            return Ok(());
        }
        for _ in 0..ROUNDS {
            checkpoint(connection, "PASSIVE")?;
            let (pages, copied) = checkpoint(connection, "NOOP")?;
            if pages - copied <= CATCH_UP_PAGES {
                break;
            }
        }
        self.catch_up.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Runs a checkpoint in one of SQLite's modes, such as `PASSIVE`. Returns the number of pages in the log, and how many
/// of these pages have been copied into the database file.
pub fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
        .query_row([], |row| Ok((row.get(1)?, row.get(2)?)))
}
