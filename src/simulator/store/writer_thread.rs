//! The backend for concurrent requests. One thread runs all write jobs, and reads use their own connections.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use super::checkpointer::{self, Checkpointer};
use super::error::StoreError;
use super::group::{self, Job, Pending};
use super::schema::SCHEMA;
use super::transaction::{ReadJob, WriteJob, begin_read, finish_read, lock};
use crate::host::{Clock, Entropy};
use crate::sqlite::{self, DbLocation, OpenError};

/// The maximum number of jobs in one transaction. The limit bounds how long the first job waits for the commit.
const MAX_BATCH: usize = 256;
/// The size of SQLite's page cache for the writer's connection, in KiB.
const WRITER_CACHE_KIB: i64 = 8 * 1024;

pub struct WriterThread {
    /// Sends jobs to the writer thread. `None` only while the `WriterThread` is being dropped.
    queue: Option<Sender<Box<dyn Job>>>,
    writer: Option<JoinHandle<()>>,
    reader: Mutex<Connection>,
    background: Arc<BackgroundReader>,
}

/// A connection for jobs that read many rows. The first such job opens the connection.
struct BackgroundReader {
    path: PathBuf,
    clock: Clock,
    connection: Mutex<Option<Connection>>,
}

impl WriterThread {
    /// Opens the file, and starts the writer and checkpointer threads. Creates the file if it does not exist.
    pub fn open(path: &Path, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let no_thread = |error: std::io::Error| OpenError::new(SCHEMA.name, path, error);
        let connection = sqlite::open(&DbLocation::File(path.to_owned()), &SCHEMA)?;
        let reader = Mutex::new(sqlite::open_additional(path, &SCHEMA)?);
        let background = Arc::new(BackgroundReader {
            path: path.to_owned(),
            clock: clock.clone(),
            connection: Mutex::default(),
        });
        let checkpointer = Checkpointer::start(path).map_err(no_thread)?;
        let (queue, jobs) = channel();
        let writer = Builder::new()
            .name("writer".to_owned())
            .spawn(move || run_jobs(&connection, &jobs, &checkpointer, &clock, &entropy))
            .map_err(no_thread)?;
        Ok(Self {
            queue: Some(queue),
            writer: Some(writer),
            reader,
            background,
        })
    }

    pub async fn write<T: Send + 'static>(&self, job: impl WriteJob<T>) -> Result<T, StoreError> {
        let (job, result) = Pending::new(job);
        if let Some(queue) = &self.queue {
            // If the thread has ended, this drops the job, and the receiver below returns an error.
            drop(queue.send(Box::new(job)));
        }
        result.await.unwrap_or(Err(StoreError::Unfinished))
    }

    /// Runs a read job on the caller's thread, because a short read takes less time than a switch to another thread.
    pub fn read<T>(&self, clock: &Clock, job: impl ReadJob<T>) -> Result<T, StoreError> {
        finish_read(&begin_read(&lock(&self.reader), clock)?, job)
    }

    pub async fn read_in_background<T: Send + 'static>(
        &self,
        job: impl ReadJob<T>,
    ) -> Result<T, StoreError> {
        let background = Arc::clone(&self.background);
        let read = move || {
            let mut slot = lock(&background.connection);
            let connection = match &mut *slot {
                Some(connection) => connection,
                none => {
                    let opened = sqlite::open_additional(&background.path, &SCHEMA);
                    none.insert(opened.map_err(|_| StoreError::Unfinished)?)
                }
            };
            finish_read(&begin_read(connection, &background.clock)?, job)
        };
        let result = tokio::task::spawn_blocking(read).await;
        result.unwrap_or(Err(StoreError::Unfinished))
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // Before the thread ends, it runs the jobs in its queue and a last checkpoint.
            drop(writer.join());
        }
    }
}

/// Runs the jobs from the queue in batches, until every sender of the queue is dropped.
fn run_jobs(
    connection: &Connection,
    jobs: &Receiver<Box<dyn Job>>,
    checkpointer: &Checkpointer,
    clock: &Clock,
    entropy: &Entropy,
) {
    // Both pragmas only affect speed, so an error does not matter.
    drop(connection.pragma_update(None, "wal_autocheckpoint", 0));
    drop(connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB));
    // A new file was created without a flush to the disk. The checkpoint that follows flushes it.
    checkpointer.notify_writes(0);
    let mut batch = Vec::new();
    while let Ok(first) = jobs.recv() {
        batch.push(first);
        batch.extend(jobs.try_iter().take(MAX_BATCH - 1));
        let count = batch.len();
        group::commit(connection, &mut batch, clock, entropy);
        checkpointer.notify_writes(count);
        if checkpointer.take_catch_up_request() {
            drop(checkpointer::checkpoint(connection, "PASSIVE"));
        }
    }
}
