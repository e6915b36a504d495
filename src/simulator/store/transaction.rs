//! How the file is used: one job at a time, each in a transaction, each at one moment of virtual time.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;
use super::id_sequence::IdSequence;
use super::schema::SCHEMA;
use super::writer_thread::WriterThread;
use crate::host::{Clock, Entropy};
use crate::simulator::clock::VirtualClock;
use crate::sqlite::{self, DbLocation, OpenError};

/// The simulator's file, open.
///
/// Jobs are closures that own what they need and can go to another thread, and handing one over is asynchronous. A command
/// namespaces its jobs where it gives them; a server has a thread that writes.
pub struct Store {
    backend: Backend,
    clock: Clock,
    entropy: Entropy,
}

/// Who does the jobs.
enum Backend {
    /// Whoever gives them, one at a time.
    InProcess(Mutex<Connection>),
    /// One thread writes, and commits what is waiting together; who reads does not wait for it.
    WriterThread(WriterThread),
}

/// The file at one moment, to read. It sees one namespace.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub(super) connection: &'a Connection,
    /// The number of the namespace.
    pub(super) namespace: i64,
    /// Virtual time, milliseconds since the Unix epoch.
    pub now: i64,
    /// Real time, milliseconds since the Unix epoch.
    pub real: i64,
    /// The clock that leads from one to the other.
    pub clock: VirtualClock,
}

/// The file at one moment, to write: all that one job writes is stored, or nothing.
pub struct Writer<'a> {
    reader: Reader<'a>,
    pub(super) ids: IdSequence,
    pub(super) entropy: &'a Entropy,
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// As [`sqlite::open`].
    pub fn open(place: &DbLocation, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let connection = sqlite::open(place, &SCHEMA)?;
        Ok(Self {
            backend: Backend::InProcess(Mutex::new(connection)),
            clock,
            entropy,
        })
    }

    /// Opens the file, or makes it, for many requests at once. What is in memory only has one connection, and so does its
    /// jobs one after the other.
    ///
    /// # Errors
    /// As [`sqlite::open`].
    pub fn open_concurrent(
        place: &DbLocation,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        let DbLocation::File(path) = place else {
            return Self::open(place, clock, entropy);
        };
        let writer_thread = WriterThread::open(path, clock.clone(), entropy.clone())?;
        Ok(Self {
            backend: Backend::WriterThread(writer_thread),
            clock,
            entropy,
        })
    }

    /// Runs a job that may write, at the moment at which nobody else can.
    ///
    /// # Errors
    /// [`StoreError`], of the job or of its commit; nothing is stored then.
    pub async fn write<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let connection = match &self.backend {
            Backend::InProcess(connection) => connection,
            Backend::WriterThread(writer_thread) => return writer_thread.write(job).await,
        };
        // A job that panicked has left its transaction, which was rolled back: the connection is good.
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids = IdSequence::default();
        let mut writer = Writer::new(&transaction, &self.clock, &self.entropy, ids)?;
        let value = job(&mut writer)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Runs a job that reads. It sees one state of the file.
    ///
    /// # Errors
    /// [`StoreError`] of the job.
    pub async fn read<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let connection = match &self.backend {
            Backend::InProcess(connection) => connection,
            Backend::WriterThread(writer_thread) => writer_thread.reader(),
        };
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        read_on(&connection, &self.clock, job)
    }

    /// Runs a job that reads much, such as a list. A server answers others meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] of the job.
    pub async fn read_in_background<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.backend {
            Backend::InProcess(_) => self.read(job).await,
            Backend::WriterThread(writer_thread) => writer_thread.read_in_background(job).await,
        }
    }
}

/// Runs a job that reads, in a transaction of its own: it sees one state of the file.
pub(super) fn read_on<T>(
    connection: &Connection,
    clock: &Clock,
    job: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // Statements that are kept: to have them read anew each time takes as long as the job.
    if !connection.is_autocommit() {
        // The last job panicked.
        execute(connection, "ROLLBACK")?;
    }
    execute(connection, "BEGIN")?;
    let result = Reader::new(connection, clock).and_then(|reader| job(&reader));
    // Nothing was written: there is nothing that could fail to be stored.
    execute(connection, "COMMIT").and(result)
}

/// Runs a statement that takes and returns nothing.
pub(super) fn execute(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

impl<'a> Writer<'a> {
    /// Begins a job within a transaction that can write, at the moment that it is. `ids` are those of the job before it in
    /// the same transaction.
    pub(super) fn new(
        connection: &'a Connection,
        clock: &Clock,
        entropy: &'a Entropy,
        ids: IdSequence,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            reader: Reader::new(connection, clock)?,
            ids,
            entropy,
        })
    }
}

impl<'a> Reader<'a> {
    fn new(connection: &'a Connection, clock: &Clock) -> Result<Self, StoreError> {
        let real = clock.now();
        let clock = super::control::clock(connection)?.unwrap_or(VirtualClock::real_time(real));
        Ok(Self {
            connection,
            namespace: super::namespaces::MAIN,
            now: clock.now(real),
            real,
            clock,
        })
    }

    /// Returns the end of time, at which every plan has come to its end.
    #[must_use]
    pub fn at_end_of_time(self) -> Self {
        Self {
            now: i64::MAX,
            ..self
        }
    }

    /// Returns the same moment in a namespace.
    pub(super) fn within(self, namespace: i64) -> Self {
        Self { namespace, ..self }
    }
}

impl Writer<'_> {
    /// From here on, all that is read and written is of a namespace.
    pub(super) fn enter(&mut self, namespace: i64) {
        self.reader = self.reader.within(namespace);
    }
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}
