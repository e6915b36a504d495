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
/// When at most this many pages of the write-ahead log are left to copy, the writer thread copies them. This takes a
/// few milliseconds.
const CATCH_UP_PAGES: i64 = 2_000;
/// The length of the write-ahead log is checked each time this many write jobs have run.
const JOBS_PER_CHECK: usize = 500;
/// If the writer thread has not woken the checkpointer thread for this long, the write-ahead log is copied into the
/// database file, even if the log is short.
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
    /// The checkpointer thread sets this flag when the writer thread should copy the rest of the write-ahead log.
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
            // An error means that the channel is full, and so contains a wake-up already.
            let _already_woken = wakeup.try_send(());
        }
    }

    /// Returns whether the writer thread should copy the rest of the write-ahead log now, and clears the flag.
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
    /// Copies the write-ahead log when it is long or when the writer is idle, until the [`Checkpointer`] is dropped.
    /// Runs on the checkpointer thread.
    fn run(&self, path: &Path, wakeups: &Receiver<()>) {
        let mut connection = None;
        while wakeups.recv().is_ok() {
            if connection.is_none() {
                connection = sqlite::open_additional(path, &SCHEMA).ok();
            }
            let Some(connection) = &connection else {
                continue;
            };
            // After an error, the log only grows. The next process that opens the file tries again.
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
        // Limited, because a writer that is faster than the disk would keep this loop running forever.
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
