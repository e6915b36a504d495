//! Transactions on one connection.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::host::Clock;

/// A closure that reads one state of the file.
pub trait ReadJob<T>: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static {}

impl<T, J> ReadJob<T> for J where J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static {}

/// A closure whose writes are stored together, or not at all.
pub trait WriteJob<T>: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static {}

impl<T, J> WriteJob<T> for J where
    J: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static
{
}

/// Begins a read transaction. No transaction is left open if this fails.
pub fn begin_read<'a>(connection: &'a Connection, clock: &Clock) -> Result<Reader<'a>, StoreError> {
    roll_back_unfinished(connection)?;
    execute(connection, "BEGIN")?;
    // `BEGIN` takes no lock yet, the first read does.
    Reader::new(connection, clock).inspect_err(|_| drop(execute(connection, "ROLLBACK")))
}

/// Runs a job in the transaction that [`begin_read`] began, and ends it.
pub fn finish_read<T>(
    reader: &Reader<'_>,
    job: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let result = job(reader);
    // A commit of nothing is cheaper than a rollback, and cannot lose anything.
    execute(reader.connection, "COMMIT").and(result)
}

/// Begins a write transaction, and takes the lock for writing at once: a transaction that reads first would fail when
/// another process writes in between.
pub fn begin_write(connection: &Connection) -> Result<(), StoreError> {
    roll_back_unfinished(connection)?;
    execute(connection, "BEGIN IMMEDIATE")
}

/// Ends the transaction of a job that failed or panicked.
pub fn roll_back_unfinished(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() {
        return Ok(());
    }
    execute(connection, "ROLLBACK")
}

/// Runs a statement without parameters and rows.
pub fn execute(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    // From the cache: preparing these short statements takes as long as a whole read job.
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// Locks a connection, after a panic as well: the next transaction rolls back the one that the panic left open.
pub fn lock<T>(connection: &Mutex<T>) -> MutexGuard<'_, T> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
