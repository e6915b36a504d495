//! The file under many requests at once: one thread writes, readers have connections of their own.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use super::checkpointer::Checkpointer;
use super::group::{self, Job, Pending};
use super::schema::SCHEMA;
use super::transaction::read_on;
use super::{Reader, StoreError, Writer};
use crate::host::{Clock, Entropy};
use crate::sqlite::{self, DbLocation, OpenError};

/// How many jobs one transaction takes at most: as many as can be done before anybody minds the wait.
const MOST: usize = 256;
/// How much of the file the writer keeps in memory, in KiB.
const WRITER_CACHE: i64 = 8 * 1024;

/// The hands of a server.
pub struct WriterThread {
    /// None only when the server comes to its end.
    queue: Option<Sender<Box<dyn Job>>>,
    writer: Option<JoinHandle<()>>,
    reader: Mutex<Connection>,
    lists: Arc<Lists>,
}

/// A connection for what reads much, made when it is first needed.
struct Lists {
    path: PathBuf,
    clock: Clock,
    connection: Mutex<Option<Connection>>,
}

impl WriterThread {
    /// Opens the file, or makes it, and starts the thread that writes.
    ///
    /// # Errors
    /// As [`sqlite::open`]; also when there is no room for a thread.
    pub fn open(path: &Path, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let no_thread = |source| OpenError::Io {
            name: SCHEMA.name,
            path: path.to_owned(),
            source,
        };
        let connection = sqlite::open(&DbLocation::File(path.to_owned()), &SCHEMA)?;
        let reader = Mutex::new(sqlite::open_additional(path, &SCHEMA)?);
        let lists = Arc::new(Lists {
            path: path.to_owned(),
            clock: clock.clone(),
            connection: Mutex::default(),
        });
        let log = Checkpointer::start(path).map_err(no_thread)?;
        let (queue, jobs) = channel();
        let writer = Builder::new()
            .name("writer".to_owned())
            .spawn(move || write(&connection, &jobs, &log, &clock, &entropy))
            .map_err(no_thread)?;
        Ok(Self {
            queue: Some(queue),
            writer: Some(writer),
            reader,
            lists,
        })
    }

    /// Hands a job to the thread that writes.
    ///
    /// # Errors
    /// [`StoreError`], of the job or of its commit; nothing is stored then.
    pub async fn write<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, result) = Pending::new(job);
        if let Some(queue) = &self.queue {
            // A thread that is gone takes the job with it, and the result says so.
            drop(queue.send(Box::new(job)));
        }
        result.await.unwrap_or(Err(StoreError::Unfinished))
    }

    /// Returns the connection for what reads little.
    pub fn reader(&self) -> &Mutex<Connection> {
        &self.reader
    }

    /// Runs a job that reads much, on another thread.
    ///
    /// # Errors
    /// [`StoreError`] of the job, or when there is no room for another connection.
    pub async fn read_in_background<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let lists = Arc::clone(&self.lists);
        let read = move || {
            let mut place = lists
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let connection = match &mut *place {
                Some(connection) => connection,
                none => {
                    let opened = sqlite::open_additional(&lists.path, &SCHEMA);
                    none.insert(opened.map_err(|_| StoreError::Unfinished)?)
                }
            };
            read_on(connection, &lists.clock, job)
        };
        let done = tokio::task::spawn_blocking(read).await;
        done.unwrap_or(Err(StoreError::Unfinished))
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // It ends when it has done what was waiting, and has the log copied back.
            drop(writer.join());
        }
    }
}

/// Does jobs until nobody is left who could give one.
fn write(
    connection: &Connection,
    jobs: &Receiver<Box<dyn Job>>,
    log: &Checkpointer,
    clock: &Clock,
    entropy: &Entropy,
) {
    // ApiErrorResponse, both cost speed and nothing else.
    drop(connection.pragma_update(None, "wal_autocheckpoint", 0));
    drop(connection.pragma_update(None, "cache_size", -WRITER_CACHE));
    // A new file was made without waiting for the disk: that is made up for as soon as nothing else is to be done.
    log.notify_writes(0);
    let mut batch = Vec::new();
    while let Ok(first) = jobs.recv() {
        batch.push(first);
        batch.extend(jobs.try_iter().take(MOST - 1));
        let count = batch.len();
        group::commit(connection, &mut batch, clock, entropy);
        log.notify_writes(count);
        if log.catch_up.swap(false, Ordering::Relaxed) {
            drop(super::checkpointer::copy_back(connection, "PASSIVE"));
        }
    }
}
