//! The write-ahead log (WAL), which stays beside a file when the last process closes it.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::lock::{BUSY_TIMEOUT, is_busy};
use super::schema::{DbLocation, DbSchema};

/// The length in pages at which the next process that opens the file checkpoints the log. It limits what a process reads
/// when it opens a file that no other process has open.
const MAX_WAL_PAGES: u64 = 100;

/// Copies a large log into its file and truncates it.
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
    // SQLite itself restarts the log only in the process that checkpointed it: short-lived processes would let it grow
    // without limit.
    if fs::metadata(wal).is_ok_and(|metadata| metadata.len() > max_length) {
        // While another process uses the file, its row reports that it could not finish; the next process tries again.
        connection.busy_timeout(Duration::ZERO)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
    }
    Ok(())
}

/// Switches the file to a write-ahead log, so that readers and a writer do not wait for each other.
pub fn enable_wal(connection: &Connection) -> rusqlite::Result<()> {
    // SQLite's busy handler does not cover this change, so it is repeated here.
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
