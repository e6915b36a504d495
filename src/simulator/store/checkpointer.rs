//! Keeps the write-ahead log of a server short without delaying its requests.
//!
//! A thread copies the log into the file while the writer continues. What the writer adds meanwhile prevents SQLite from
//! restarting the log, so once little is left the writer is asked to copy that itself, between two transactions.

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

/// The length of the log in pages at which it is copied back: 64 MiB.
const LARGE_WAL_PAGES: i64 = 16_000;
/// The number of pages that the writer may be asked to copy: a few milliseconds.
const CATCH_UP_PAGES: i64 = 2_000;
/// The number of jobs after which the length of the log is checked.
const JOBS_PER_CHECK: usize = 500;
/// The time without a write after which a short log is copied back as well.
const IDLE: Duration = Duration::from_millis(500);

/// The writer's handle of the checkpointer thread.
pub struct Checkpointer {
    /// None only while this is dropped.
    wakeup: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    jobs: AtomicUsize,
    flags: Arc<Flags>,
}

/// What the checkpointer thread reports to the writer.
struct Flags {
    is_asleep: AtomicBool,
    /// Whether the writer shall copy the rest of the log.
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

    /// Counts committed jobs, and wakes the thread every so many of them.
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

    /// Returns once whether the writer shall copy the rest of the log.
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
    /// Runs the checkpointer thread until the writer is dropped.
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

/// Runs a checkpoint in one of SQLite's modes. Returns the number of pages in the log, and how many of them are copied.
pub fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
        .query_row([], |row| Ok((row.get(1)?, row.get(2)?)))
}
