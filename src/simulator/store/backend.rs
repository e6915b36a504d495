//! The entry points: read and write jobs, in process or on the threads of a server.

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
/// Jobs are closures that own their data, because a server runs them on another thread. Each one is a transaction at one
/// moment of virtual time.
pub struct Store {
    backend: Backend,
    clock: Clock,
    entropy: Entropy,
}

enum Backend {
    /// Runs jobs on the caller's thread, one at a time.
    InProcess(Mutex<Connection>),
    /// Backend for `serve`: one writer thread, and connections for readers, which do not wait for it.
    WriterThread(WriterThread),
}

impl Store {
    /// Opens the file for one command, and creates it if it does not exist.
    pub fn open(location: &DbLocation, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let connection = sqlite::open(location, &SCHEMA)?;
        Ok(Self {
            backend: Backend::InProcess(Mutex::new(connection)),
            clock,
            entropy,
        })
    }

    /// Opens the file for concurrent requests, and creates it if it does not exist.
    pub fn open_concurrent(
        location: &DbLocation,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        // A database in memory belongs to its only connection.
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

    /// Runs a job that may write, in a transaction that holds the lock for writing. After an error nothing is stored.
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

    /// Runs a job that reads one state of the file.
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

    /// Runs a job that reads many rows, such as a list. A server runs it on another thread, and stays responsive.
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
