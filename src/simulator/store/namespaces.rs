//! Runs: separate namespaces in one file. Each has its own notifications, messages, contacts, suppressions, counters and
//! idempotency keys; the clock is everybody's.
//!
//! Every table begins with the number of its namespace, and so does every index: the main namespace is 0, which costs a row one
//! byte. A name is looked up for each job, so that no process ever believes a number that was rolled back.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::{Reader, Store, StoreError, Writer};

/// The number of the main namespace.
pub const MAIN: i64 = 0;
/// The number of a namespace in which nothing was ever written.
const UNUSED: i64 = -1;

/// Which namespace a request is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Namespace {
    /// The main one.
    #[default]
    Main,
    /// One with a name.
    Named(Arc<str>),
}

/// The file as one namespace sees it.
pub struct Scope {
    store: Arc<Store>,
    namespace: Namespace,
}

impl Namespace {
    fn find(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let Self::Named(name) = self else {
            return Ok(Some(MAIN));
        };
        Ok(connection
            .prepare_cached("SELECT namespace FROM namespaces WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    fn find_or_begin(&self, connection: &Connection) -> Result<i64, StoreError> {
        if let Some(namespace) = self.find(connection)? {
            return Ok(namespace);
        }
        let Self::Named(name) = self else {
            return Ok(MAIN);
        };
        connection
            .prepare_cached("INSERT INTO namespaces (name) VALUES (?1)")?
            .execute([name])?;
        Ok(connection.last_insert_rowid())
    }
}

impl Scope {
    /// Returns the file as a namespace sees it.
    pub fn new(store: Arc<Store>, namespace: Namespace) -> Self {
        Self { store, namespace }
    }

    /// Returns whether this is the main namespace.
    pub fn is_main(&self) -> bool {
        self.namespace == Namespace::Main
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
        let namespace = self.namespace.clone();
        let job = move |writer: &mut Writer<'_>| {
            let number = namespace.find_or_begin(writer.connection)?;
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

    /// Runs a job that reads much, as [`Store::read_in_background`] does.
    ///
    /// # Errors
    /// [`StoreError`] of the job, or when there is no room for another connection.
    pub async fn read_in_background<T, J>(&self, job: J) -> Result<T, StoreError>
    where
        T: Send + 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.store.read_in_background(self.within(job)).await
    }

    /// Returns a job that reads in this namespace, as one that reads the file.
    fn within<T, J>(
        &self,
        job: J,
    ) -> impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static + use<T, J>
    where
        T: 'static,
        J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let namespace = self.namespace.clone();
        move |reader| {
            let number = namespace.find(reader.connection)?.unwrap_or(UNUSED);
            job(&reader.within(number))
        }
    }
}
