//! Namespaces: separate data in one file. Each has its own notifications, messages, contacts, suppressions, counters and
//! idempotency keys; the clock is shared.

use std::sync::Arc;

use super::backend::Store;
use super::error::StoreError;
use super::reader::{MAIN, Reader};
use super::transaction::{ReadJob, WriteJob};
use super::writer::Writer;

/// The number for reads of a namespace that was never written to: no row has it.
const UNUSED: i64 = -1;

/// The namespace that a request's key selects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Namespace {
    /// The default.
    #[default]
    Main,
    /// The namespace of a key `test_run_<name>`.
    Named(Arc<str>),
}

/// A store limited to one namespace.
pub struct Scope {
    store: Arc<Store>,
    namespace: Namespace,
}

impl Namespace {
    fn find(&self, reader: &Reader<'_>) -> Result<Option<i64>, StoreError> {
        let Self::Named(name) = self else {
            return Ok(Some(MAIN));
        };
        reader.query_first(
            "SELECT namespace FROM namespaces WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
    }

    fn find_or_create(&self, writer: &Writer<'_>) -> Result<i64, StoreError> {
        if let Some(namespace) = self.find(writer)? {
            return Ok(namespace);
        }
        let Self::Named(name) = self else {
            return Ok(MAIN);
        };
        writer.execute("INSERT INTO namespaces (name) VALUES (?1)", [name])?;
        Ok(writer.connection.last_insert_rowid())
    }
}

impl Scope {
    pub fn new(store: Arc<Store>, namespace: Namespace) -> Self {
        Self { store, namespace }
    }

    pub fn is_main(&self) -> bool {
        self.namespace == Namespace::Main
    }

    /// Runs a job as [`Store::write`] does. Returns the virtual time, too.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl WriteJob<T>,
    ) -> Result<(i64, T), StoreError> {
        let namespace = self.namespace.clone();
        let job = move |writer: &mut Writer<'_>| {
            // In the job's transaction: a number from an earlier one may have been rolled back.
            let number = namespace.find_or_create(writer)?;
            writer.set_namespace(number);
            Ok((writer.now, job(writer)?))
        };
        self.store.write(job).await
    }

    /// Runs a job as [`Store::read`] does. Returns the virtual time, too.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl ReadJob<T>,
    ) -> Result<(i64, T), StoreError> {
        self.store.read(self.scoped(job)).await
    }

    /// Runs a job as [`Store::read_in_background`] does. Returns the virtual time, too.
    pub async fn read_in_background<T: Send + 'static>(
        &self,
        job: impl ReadJob<T>,
    ) -> Result<(i64, T), StoreError> {
        self.store.read_in_background(self.scoped(job)).await
    }

    /// Returns a job that runs `job` in this namespace.
    fn scoped<T: 'static, J: ReadJob<T>>(&self, job: J) -> impl ReadJob<(i64, T)> + use<T, J> {
        let namespace = self.namespace.clone();
        move |reader: &Reader<'_>| {
            let number = namespace.find(reader)?.unwrap_or(UNUSED);
            Ok((reader.now, job(&reader.in_namespace(number))?))
        }
    }
}
