//! The write-ahead log beside a file, which stays there when the last process closes it.

use std::fs;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::{BUSY_TIMEOUT, DbLocation, DbSchema};

/// How long a log that is kept may be, in pages, before the next process that opens the file copies it back: what a
/// process reads at most when it opens a file that nobody else has open.
const LONG_LOG: u64 = 100;

/// Copies a long log back into its file and empties it. SQLite itself begins a log anew only in the process that copied it
/// back; with short-lived processes it would grow for ever. Whoever else uses the file at the moment is not waited for.
pub fn checkpoint_if_large(
    connection: &Connection,
    place: &DbLocation,
    shape: &DbSchema,
) -> rusqlite::Result<()> {
    let DbLocation::File(path) = place else {
        return Ok(());
    };
    let longest = LONG_LOG * u64::from(shape.page_size);
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    if fs::metadata(log).is_ok_and(|facts| facts.len() > longest) {
        connection.busy_timeout(Duration::ZERO)?;
        // The row says whether somebody was in the way; the next process tries again.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
    }
    Ok(())
}

/// Switches the file to a write-ahead log, so that readers and a writer do not wait for each other.
pub fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    for attempt in 0..500u64 {
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        if mode != "delete" {
            return Ok(());
        }
        match connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(())) {
            Ok(()) => return Ok(()),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(1 + attempt % 10));
            }
            Err(error) => return Err(error),
        }
    }
    connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))
}
