//! Begins and ends transactions on a connection.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::host::Clock;

/// A closure that only reads. All its reads see the same snapshot of the file.
pub trait ReadJob<T>: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static {}

impl<T, J> ReadJob<T> for J where J: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static {}

/// A closure that may write. Its writes are stored together or not at all.
pub trait WriteJob<T>: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static {}

impl<T, J> WriteJob<T> for J where
    J: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static
{
}

/// Begins a read transaction. If this fails, no transaction stays open.
pub fn begin_read<'a>(connection: &'a Connection, clock: &Clock) -> Result<Reader<'a>, StoreError> {
    roll_back_unfinished(connection)?;
    execute(connection, "BEGIN")?;
    // `BEGIN` takes no lock. The first read takes the lock.
    Reader::new(connection, clock).inspect_err(|_| drop(execute(connection, "ROLLBACK")))
}

/// Runs a job in the transaction that [`begin_read`] began, then ends the transaction.
pub fn finish_read<T>(
    reader: &Reader<'_>,
    job: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let result = job(reader);
    // With no writes, a commit has the same effect as a rollback, and is cheaper.
    execute(reader.connection, "COMMIT").and(result)
}

/// Begins a write transaction, which takes the write lock immediately. If it took the lock only after a read, the first
/// write would fail when another process had written since that read.
pub fn begin_write(connection: &Connection) -> Result<(), StoreError> {
    roll_back_unfinished(connection)?;
    execute(connection, "BEGIN IMMEDIATE")
}

/// Rolls back a transaction that a failed or panicked job left open. Does nothing if no transaction is open.
pub fn roll_back_unfinished(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() {
        return Ok(());
    }
    execute(connection, "ROLLBACK")
}

/// Runs a statement that has no parameters and returns no rows.
pub fn execute(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    // Cached, because preparing such a short statement takes as long as a whole read job.
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// Locks a connection, even if another thread panicked while it held the lock. The next transaction rolls back what
/// that thread left open.
pub fn lock<T>(connection: &Mutex<T>) -> MutexGuard<'_, T> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
