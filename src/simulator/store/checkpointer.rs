//! Keeps the write-ahead log of a server short, off the way of its requests.
//!
//! A thread of its own copies the log back into the file while the writer goes on. What the writer adds meanwhile keeps
//! the log from beginning anew, so when little is left the writer is asked to copy that itself, between two batches.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::schema::SCHEMA;
use crate::sqlite;

/// From how many pages on the log is copied back: 64 MiB.
const LONG: i64 = 16_000;
/// How many pages the writer may be asked to copy: a few milliseconds.
const FEW: i64 = 2_000;
/// After how many jobs somebody looks how long the log is.
const LOOK_AFTER: usize = 500;
/// How long nothing was written when the log is copied back although it is short.
const IDLE: Duration = Duration::from_millis(500);

/// The writer's end of the thread that keeps the log short.
pub struct Checkpointer {
    /// None only when the server comes to its end.
    nudge: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    jobs: AtomicUsize,
    asleep: Arc<AtomicBool>,
    /// The writer is to copy back what is left of the log.
    pub catch_up: Arc<AtomicBool>,
}

impl Checkpointer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no room for one.
    pub fn start(path: &Path) -> io::Result<Self> {
        let (nudge, nudges) = sync_channel(1);
        let asleep = Arc::new(AtomicBool::new(true));
        let catch_up = Arc::new(AtomicBool::new(false));
        let keeper = Keeper {
            path: path.to_owned(),
            asleep: Arc::clone(&asleep),
            catch_up: Arc::clone(&catch_up),
        };
        let thread = Builder::new()
            .name("log".to_owned())
            .spawn(move || keeper.run(&nudges))?;
        Ok(Self {
            nudge: Some(nudge),
            thread: Some(thread),
            jobs: AtomicUsize::new(0),
            asleep,
            catch_up,
        })
    }

    /// Tells that so many jobs were committed.
    pub fn notify_writes(&self, jobs: usize) {
        let since = self.jobs.load(Ordering::Relaxed) + jobs;
        let look = since >= LOOK_AFTER || self.asleep.swap(false, Ordering::Relaxed);
        self.jobs
            .store(if look { 0 } else { since }, Ordering::Relaxed);
        if let Some(nudge) = self.nudge.as_ref().filter(|_| look) {
            // A nudge that is still there is as good.
            let _still_there = nudge.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.nudge = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct Keeper {
    path: PathBuf,
    asleep: Arc<AtomicBool>,
    catch_up: Arc<AtomicBool>,
}

impl Keeper {
    fn run(&self, nudges: &Receiver<()>) {
        // A log that cannot be copied back only grows; the next process that opens the file tries again.
        let mut connection = None;
        while nudges.recv().is_ok() {
            if connection.is_none() {
                connection = sqlite::open_additional(&self.path, &SCHEMA).ok();
            }
            let Some(connection) = &connection else {
                continue;
            };
            drop(self.while_busy(connection, nudges));
            self.asleep.store(true, Ordering::Relaxed);
        }
    }

    /// Looks after the log until nothing is written any more.
    fn while_busy(&self, connection: &Connection, nudges: &Receiver<()>) -> rusqlite::Result<()> {
        connection.busy_timeout(Duration::ZERO)?;
        loop {
            self.look(connection)?;
            match nudges.recv_timeout(IDLE) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    copy_back(connection, "TRUNCATE")?;
                    return Ok(());
                }
            }
        }
    }

    fn look(&self, connection: &Connection) -> rusqlite::Result<()> {
        /// How often the log is copied back before it is let grow until the next look.
        const TIMES: usize = 4;
        if copy_back(connection, "NOOP")?.0 < LONG {
            return Ok(());
        }
        for _ in 0..TIMES {
            copy_back(connection, "PASSIVE")?;
            let (pages, copied) = copy_back(connection, "NOOP")?;
            if pages - copied <= FEW {
                break;
            }
        }
        self.catch_up.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Copies the log back, as the mode says. Returns how many pages it has, and how many of them are copied.
pub fn copy_back(connection: &Connection, mode: &str) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
        .query_row([], |row| Ok((row.get(1)?, row.get(2)?)))
}
