//! Opens the simulator file, and runs read and write jobs on the caller's thread or on the threads of a server.

use std::sync::Mutex;

use rusqlite::Connection;

use super::error::StoreError;
use super::schema::SCHEMA;
use super::transaction::{
    ReadJob, WriteJob, begin_read, begin_write, execute, finish_read, lock, roll_back_unfinished,
};
use super::writer::Writer;
use super::writer_thread::WriterThread;
use crate::host::{Clock, Entropy};
use crate::sqlite::{self, DbLocation, LockWait, OpenError};

/// An open simulator file.
///
/// Reads and writes are jobs: closures that own their data, because a server runs them on another thread. A job sees a
/// single virtual time from start to end, and its writes are stored together or not at all.
pub struct Store {
    backend: Backend,
    clock: Clock,
    entropy: Entropy,
}

enum Backend {
    /// Runs read and write jobs on the caller's thread, one at a time.
    InProcess(Mutex<Connection>),
    /// For `simulator serve`: runs all write jobs on one thread. Reads use other connections, so they do not wait for
    /// writes.
    WriterThread(WriterThread),
}

impl Store {
    /// Opens the simulator file for a single command. Creates the file if it does not exist.
    pub fn open(location: &DbLocation, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let connection = sqlite::open(location, &SCHEMA)?;
        Ok(Self {
            backend: Backend::InProcess(Mutex::new(connection)),
            clock,
            entropy,
        })
    }

    /// Opens the simulator file for concurrent requests, and starts a thread for writes. Creates the file if it does
    /// not exist.
    pub fn open_concurrent(
        location: &DbLocation,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        // A database in memory can have only one connection.
        let DbLocation::File(path) = location else {
            return Self::open(location, clock, entropy);
        };
        let writer_thread = WriterThread::open(path, clock.clone(), entropy.clone())?;
        Ok(Self {
            backend: Backend::WriterThread(writer_thread),
            clock,
            entropy,
        })
    }

    /// Runs a job that may write, in a transaction that holds SQLite's write lock from the start. If the job fails,
    /// none of its writes are stored.
    pub async fn write<T: Send + 'static>(&self, job: impl WriteJob<T>) -> Result<T, StoreError> {
        let connection = match &self.backend {
            Backend::InProcess(connection) => connection,
            Backend::WriterThread(writer_thread) => return writer_thread.write(job).await,
        };
        let mut wait = LockWait::default();
        loop {
            let busy = {
                let connection = lock(connection);
                match sqlite::without_waiting(&connection, || begin_write(&connection)) {
                    Ok(()) => return self.finish_write(&connection, job),
                    Err(error) => error.into_busy()?,
                }
            };
            wait.pause(busy).await?;
        }
    }

    fn finish_write<T>(
        &self,
        connection: &Connection,
        job: impl WriteJob<T>,
    ) -> Result<T, StoreError> {
        let result = Writer::new(connection, &self.clock, &self.entropy, None)
            .and_then(|mut writer| job(&mut writer))
            .and_then(|value| execute(connection, "COMMIT").map(|()| value));
        if result.is_err() {
            // If this fails as well, the next transaction cannot begin and reports it.
            drop(roll_back_unfinished(connection));
        }
        result
    }

    /// Runs a job that only reads. All its reads see the same snapshot of the file.
    pub async fn read<T: Send + 'static>(&self, job: impl ReadJob<T>) -> Result<T, StoreError> {
        let connection = match &self.backend {
            Backend::InProcess(connection) => connection,
            Backend::WriterThread(writer_thread) => {
                return writer_thread.read(&self.clock, job);
            }
        };
        let mut wait = LockWait::default();
        loop {
            let busy = {
                let connection = lock(connection);
                match sqlite::without_waiting(&connection, || begin_read(&connection, &self.clock))
                {
                    Ok(reader) => return finish_read(&reader, job),
                    Err(error) => error.into_busy()?,
                }
            };
            wait.pause(busy).await?;
        }
    }

    /// Runs a job that reads many rows, such as a list of messages. In a server, the job runs on another thread, so
    /// that other requests do not wait for it.
    pub async fn read_in_background<T: Send + 'static>(
        &self,
        job: impl ReadJob<T>,
    ) -> Result<T, StoreError> {
        match &self.backend {
            Backend::InProcess(_) => self.read(job).await,
            Backend::WriterThread(writer_thread) => writer_thread.read_in_background(job).await,
        }
    }
}
