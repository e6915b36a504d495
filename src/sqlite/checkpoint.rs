//! The write-ahead log (WAL). It remains on disk next to the database file after the last process has closed the
//! database.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::lock::{BUSY_TIMEOUT, is_busy};
use super::schema::{DbLocation, DbSchema};

/// The maximum size of the WAL in pages. If the WAL is larger, the next process that opens the database checkpoints it.
/// When no other process has the database open, opening it requires reading the whole WAL; this limit keeps that fast.
const MAX_WAL_PAGES: u64 = 100;

/// If the WAL is larger than [`MAX_WAL_PAGES`], copies its content into the database file and truncates the WAL.
pub fn checkpoint_if_large(
    connection: &Connection,
    location: &DbLocation,
    schema: &DbSchema,
) -> rusqlite::Result<()> {
    let DbLocation::File(path) = location else {
        return Ok(());
    };
    let max_length = MAX_WAL_PAGES * u64::from(schema.page_size);
    let mut wal = path.clone().into_os_string();
    wal.push("-wal");
    // SQLite reuses the WAL only in the process that checkpointed it. Without this, the WAL would grow with each
    // short-lived process.
    if fs::metadata(wal).is_ok_and(|metadata| metadata.len() > max_length) {
        // If another process uses the file, the checkpoint may not finish. Then the next process tries again.
        connection.busy_timeout(Duration::ZERO)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
    }
    Ok(())
}

/// Switches the database to write-ahead logging, so that readers and the writer do not wait for each other.
pub fn enable_wal(connection: &Connection) -> rusqlite::Result<()> {
    // SQLite's busy handler does not cover this change, so this loop retries it.
    for attempt in 0..500u64 {
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        if mode != "delete" {
            return Ok(());
        }
        match connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(())) {
            Ok(()) => return Ok(()),
            Err(error) if is_busy(&error) => {
                std::thread::sleep(Duration::from_millis(1 + attempt % 10));
            }
            Err(error) => return Err(error),
        }
    }
    connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))
}
