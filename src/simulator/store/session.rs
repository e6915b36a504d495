//! How the file is used: one job at a time, each in a transaction, each at one moment of virtual time.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;
use super::ids::Ids;
use super::schema::SHAPE;
use super::served::Served;
use crate::simulator::clock::VirtualClock;
use crate::sqlite::{self, OpenError, Place};
use crate::world::{Clock, Entropy};

/// The simulator's file, open.
///
/// Jobs are closures that own what they need and can go to another thread, and handing one over is asynchronous. A command
/// runs its jobs where it gives them; a server has a thread that writes.
pub struct Store {
    hands: Hands,
    clock: Clock,
    entropy: Entropy,
}

/// Who does the jobs.
enum Hands {
    /// Whoever gives them, one at a time.
    Own(Mutex<Connection>),
    /// One thread writes, and commits what is waiting together; who reads does not wait for it.
    Served(Served),
}

/// The file at one moment, to read. It sees one run.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub(super) connection: &'a Connection,
    /// The number of the run.
    pub(super) run: i64,
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
    pub(super) ids: Ids,
    pub(super) entropy: &'a Entropy,
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// As [`sqlite::open`].
    pub fn open(place: &Place, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let connection = sqlite::open(place, &SHAPE)?;
        Ok(Self {
            hands: Hands::Own(Mutex::new(connection)),
            clock,
            entropy,
        })
    }

    /// Opens the file, or makes it, for many requests at once. What is in memory only has one connection, and so does its
    /// jobs one after the other.
    ///
    /// # Errors
    /// As [`sqlite::open`].
    pub fn serve(place: &Place, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let Place::File(path) = place else {
            return Self::open(place, clock, entropy);
        };
        let served = Served::open(path, clock.clone(), entropy.clone())?;
        Ok(Self {
            hands: Hands::Served(served),
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
        let connection = match &self.hands {
            Hands::Own(connection) => connection,
            Hands::Served(served) => return served.write(job).await,
        };
        // A job that panicked has left its transaction, which was rolled back: the connection is good.
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids = Ids::default();
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
        let connection = match &self.hands {
            Hands::Own(connection) => connection,
            Hands::Served(served) => served.reader(),
        };
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        read_on(&connection, &self.clock, job)
    }

    /// Runs a job that reads much, such as a list. A server answers others meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] of the job.
    pub async fn read_much<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.hands {
            Hands::Own(_) => self.read(job).await,
            Hands::Served(served) => served.read_much(job).await,
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
        tell(connection, "ROLLBACK")?;
    }
    tell(connection, "BEGIN")?;
    let result = Reader::new(connection, clock).and_then(|reader| job(&reader));
    // Nothing was written: there is nothing that could fail to be stored.
    tell(connection, "COMMIT").and(result)
}

/// Runs a statement that takes and returns nothing.
pub(super) fn tell(connection: &Connection, statement: &str) -> Result<(), StoreError> {
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
        ids: Ids,
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
        let clock = super::orders::clock(connection)?.unwrap_or(VirtualClock::real_time(real));
        Ok(Self {
            connection,
            run: super::runs::MAIN,
            now: clock.now(real),
            real,
            clock,
        })
    }

    /// Returns the end of time, at which every plan has come to its end.
    #[must_use]
    pub fn at_the_end(self) -> Self {
        Self {
            now: i64::MAX,
            ..self
        }
    }

    /// Returns the same moment in a run.
    pub(super) fn within(self, run: i64) -> Self {
        Self { run, ..self }
    }
}

impl Writer<'_> {
    /// From here on, all that is read and written is of a run.
    pub(super) fn enter(&mut self, run: i64) {
        self.reader = self.reader.within(run);
    }
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}
