//! Namespaces: separate sets of data in one file. Each namespace has its own notifications, messages, contacts,
//! suppressions, counters, idempotency keys and webhooks. All namespaces share one clock.

use std::sync::Arc;

use super::backend::Store;
use super::error::StoreError;
use super::reader::{MAIN, Reader};
use super::transaction::{ReadJob, WriteJob};
use super::writer::Writer;

/// A namespace number that no row has. A namespace without data has no number of its own, so reads in it use this
/// number and find nothing.
const UNUSED: i64 = -1;

/// Access to the [`Store`], limited to one namespace.
pub struct Scope {
    store: Arc<Store>,
    namespace: Option<Name>,
}

/// The `<name>` in an API key `test_run_<name>`, which selects a namespace. The main namespace has no name.
type Name = Arc<str>;

/// Returns the number that identifies a namespace in the database. `None` if nothing was ever written to the namespace.
fn find(reader: &Reader<'_>, name: Option<&Name>) -> Result<Option<i64>, StoreError> {
    let Some(name) = name else {
        return Ok(Some(MAIN));
    };
    let sql = "SELECT namespace FROM namespaces WHERE name = ?1";
    reader.query_first(sql, [name], |row| row.get(0))
}

fn find_or_create(writer: &Writer<'_>, name: Option<&Name>) -> Result<i64, StoreError> {
    if let Some(namespace) = find(writer, name)? {
        return Ok(namespace);
    }
    writer.execute("INSERT INTO namespaces (name) VALUES (?1)", [name])?;
    Ok(writer.connection.last_insert_rowid())
}

impl Scope {
    pub fn new(store: Arc<Store>, namespace: Option<Name>) -> Self {
        Self { store, namespace }
    }

    pub fn is_main(&self) -> bool {
        self.namespace.is_none()
    }

    /// Runs a job in this namespace, as [`Store::write`] does. Returns the virtual time of the job in milliseconds, and
    /// the job's result.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl WriteJob<T>,
    ) -> Result<(i64, T), StoreError> {
        let namespace = self.namespace.clone();
        let job = move |writer: &mut Writer<'_>| {
            // Looked up in the job's own transaction, because an earlier transaction that created the namespace may
            // have been rolled back.
            let number = find_or_create(writer, namespace.as_ref())?;
            writer.set_namespace(number);
            Ok((writer.now, job(writer)?))
        };
        self.store.write(job).await
    }

    /// Runs a job in this namespace, as [`Store::read`] does. Returns the virtual time of the job in milliseconds, and
    /// the job's result.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl ReadJob<T>,
    ) -> Result<(i64, T), StoreError> {
        self.store.read(self.scoped(job)).await
    }

    /// Runs a job in this namespace, as [`Store::read_in_background`] does. Returns the virtual time of the job in
    /// milliseconds, and the job's result.
    pub async fn read_in_background<T: Send + 'static>(
        &self,
        job: impl ReadJob<T>,
    ) -> Result<(i64, T), StoreError> {
        self.store.read_in_background(self.scoped(job)).await
    }

    fn scoped<T: 'static, J: ReadJob<T>>(&self, job: J) -> impl ReadJob<(i64, T)> + use<T, J> {
        let namespace = self.namespace.clone();
        move |reader: &Reader<'_>| {
            let number = find(reader, namespace.as_ref())?.unwrap_or(UNUSED);
            Ok((reader.now, job(&reader.in_namespace(number))?))
        }
    }
}
