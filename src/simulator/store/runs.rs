//! Runs: separate worlds in one file. Each has its own notifications, messages, contacts, suppressions, counters and
//! idempotency keys; the clock is everybody's.
//!
//! Every table begins with the number of its run, and so does every index: the main world is 0, which costs a row one
//! byte. A name is looked up for each job, so that no process ever believes a number that was rolled back.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::{Reader, Store, StoreError, Writer};

/// The number of the main world.
pub const MAIN: i64 = 0;
/// The number of a run in which nothing was ever written.
const UNUSED: i64 = -1;

/// Which world a request is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Run {
    /// The main one.
    #[default]
    Main,
    /// One with a name.
    Named(Arc<str>),
}

/// The file as one run sees it.
pub struct Scope {
    store: Arc<Store>,
    run: Run,
}

impl Run {
    fn find(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let Self::Named(name) = self else {
            return Ok(Some(MAIN));
        };
        Ok(connection
            .prepare_cached("SELECT run FROM runs WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    fn find_or_begin(&self, connection: &Connection) -> Result<i64, StoreError> {
        if let Some(run) = self.find(connection)? {
            return Ok(run);
        }
        let Self::Named(name) = self else {
            return Ok(MAIN);
        };
        connection
            .prepare_cached("INSERT INTO runs (name) VALUES (?1)")?
            .execute([name])?;
        Ok(connection.last_insert_rowid())
    }
}

impl Scope {
    /// Returns the file as a run sees it.
    pub fn new(store: Arc<Store>, run: Run) -> Self {
        Self { store, run }
    }

    /// Returns whether this is the main world.
    pub fn is_main(&self) -> bool {
        self.run == Run::Main
    }

    /// Runs a job that may write, as [`Store::write`] does.
    ///
    /// # Errors
    /// [`StoreError`], of the job or of its commit; nothing is stored then.
    pub async fn write<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let run = self.run.clone();
        let job = move |writer: &mut Writer<'_>| {
            let number = run.find_or_begin(writer.connection)?;
            writer.enter(number);
            job(writer)
        };
        self.store.write(job).await
    }

    /// Runs a job that reads, as [`Store::read`] does.
    ///
    /// # Errors
    /// [`StoreError`] of the job.
    pub async fn read<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.store.read(self.within(job)).await
    }

    /// Runs a job that reads much, as [`Store::read_much`] does.
    ///
    /// # Errors
    /// [`StoreError`] of the job, or when there is no room for another connection.
    pub async fn read_much<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.store.read_much(self.within(job)).await
    }

    /// Returns a job that reads in this run, as one that reads the file.
    fn within<T, J>(
        &self,
        job: J,
    ) -> impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static + use<T, J>
    where
        T: 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let run = self.run.clone();
        move |reader| {
            let number = run.find(reader.connection)?.unwrap_or(UNUSED);
            job(&reader.within(number))
        }
    }
}
