//! Opens SQLite files. Checks that a file belongs to this program and has the current schema. New files are readable by
//! their owner only.
//!
//! Several processes may open the same new file at the same time. Two rules make that safe: the busy timeout is set
//! before any statement that needs a lock, and the journal mode is read before it is changed.

mod checkpoint;
mod error;
mod lock;
mod schema;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

pub use error::OpenError;
pub(crate) use error::OpenFailure;
use lock::BUSY_TIMEOUT;
pub(crate) use lock::{LockWait, is_busy, without_waiting};
pub use schema::DbLocation;
pub(crate) use schema::DbSchema;

/// The schema version of every database. It is 1, because no release has changed a schema yet.
const VERSION: i64 = 1;

/// The size of the smallest SQLite database in bytes: one page of the minimum page size.
const MIN_FILE_SIZE: u64 = 512;

const READ_WRITE: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Opens a database. Creates the file and its tables if they do not exist.
///
/// # Errors
/// If the file belongs to another program or to a newer version of this one. The file is then not changed.
pub(crate) fn open(location: &DbLocation, schema: &DbSchema) -> Result<Connection, OpenError> {
    let (path, connection) = match location {
        DbLocation::Memory => (Path::new(":memory:"), Connection::open_in_memory()),
        DbLocation::File(path) => {
            create_owner_only(path).map_err(|cause| OpenError::new(schema.name, path, cause))?;
            (
                path.as_path(),
                Connection::open_with_flags(path, READ_WRITE),
            )
        }
    };
    connection
        .map_err(OpenFailure::from)
        .and_then(|connection| prepare(connection, location, schema))
        .map_err(|cause| OpenError::new(schema.name, path, cause))
}

fn prepare(
    mut connection: Connection,
    location: &DbLocation,
    schema: &DbSchema,
) -> Result<Connection, OpenFailure> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    match inspect(&mut connection, schema)? {
        FileState::Current => {}
        FileState::Empty => create_tables(&mut connection, schema)?,
        FileState::Foreign => return Err(OpenFailure::Foreign),
        FileState::Newer(found) => {
            let known = VERSION;
            return Err(OpenFailure::Newer { found, known });
        }
    }
    apply_pragmas(&connection, schema)?;
    if schema.keeps_wal {
        checkpoint::checkpoint_if_large(&connection, location, schema)?;
    }
    Ok(connection)
}

/// Opens another connection to a file that this process has already opened with [`open`]. Neither checks nor
/// checkpoints the file again.
pub(crate) fn open_additional(path: &Path, schema: &DbSchema) -> Result<Connection, OpenError> {
    Connection::open_with_flags(path, READ_WRITE)
        .and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            apply_pragmas(&connection, schema)?;
            Ok(connection)
        })
        .map_err(|error| OpenError::new(schema.name, path, error))
}

/// Sets the options that SQLite stores per connection, not in the file.
fn apply_pragmas(connection: &Connection, schema: &DbSchema) -> rusqlite::Result<()> {
    let synchronous = if schema.durable { "FULL" } else { "NORMAL" };
    connection.execute_batch(&format!(
        "PRAGMA synchronous={synchronous}; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
    ))?;
    // Without the query planner stability guarantee, binding a value can make SQLite prepare a statement again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if schema.keeps_wal {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Opens an existing file for reading. Waits only 50 ms if another process has locked it.
///
/// # Errors
/// If the file does not exist, cannot be read, is locked, or does not have the current schema.
pub(crate) fn open_read_only(path: &Path, schema: &DbSchema) -> rusqlite::Result<Connection> {
    // Shell completion uses this, and the user waits for it.
    const SHORT_TIMEOUT: Duration = Duration::from_millis(50);
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(SHORT_TIMEOUT)?;
    match inspect(&mut connection, schema)? {
        FileState::Current => Ok(connection),
        _ => Err(rusqlite::Error::InvalidPath(path.to_owned())),
    }
}

/// What the header of a database file shows.
enum FileState {
    /// The file has the current schema.
    Current,
    /// The file has no tables.
    Empty,
    /// The file belongs to another program.
    Foreign,
    /// A newer version of this program wrote the file, with this schema version.
    Newer(i64),
}

/// Compares the header of the file with `schema`. Does not write.
fn inspect(connection: &mut Connection, schema: &DbSchema) -> rusqlite::Result<FileState> {
    // Reads everything in one transaction. Otherwise, while another process creates the tables, the old tables could be
    // combined with the new header, or the reverse, which would look like the file of another program.
    let connection = connection.transaction()?;
    let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = version(&connection)?;
    if id == schema.application_id {
        return Ok(match version {
            VERSION => FileState::Current,
            version if version > VERSION => FileState::Newer(version),
            _ => FileState::Foreign,
        });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(if id == 0 && version == 0 && tables == 0 {
        FileState::Empty
    } else {
        FileState::Foreign
    })
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn create_tables(connection: &mut Connection, schema: &DbSchema) -> rusqlite::Result<()> {
    if !schema.durable {
        // The file is still empty, so that a loss of power cannot destroy anything.
        connection.pragma_update(None, "synchronous", "OFF")?;
    }
    // No effect once the file has pages.
    connection.pragma_update(None, "page_size", schema.page_size)?;
    checkpoint::enable_wal(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // Another process may have created the tables while this one waited for the lock.
    if version(&transaction)? == 0 {
        transaction.execute_batch(schema.sql)?;
        transaction.execute_batch(&format!(
            "PRAGMA application_id={}; PRAGMA user_version={VERSION};",
            schema.application_id,
        ))?;
    }
    transaction.commit()
}

/// Creates the file and its directory if they do not exist. Only their owner can access them.
fn create_owner_only(path: &Path) -> Result<(), OpenFailure> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(OpenFailure::Directory),
        Ok(metadata) if !metadata.is_file() => return Err(OpenFailure::Special),
        // SQLite treats a file of one byte as empty, and would overwrite it.
        Ok(metadata) if (1..MIN_FILE_SIZE).contains(&metadata.len()) => {
            return Err(OpenFailure::Corrupt(None));
        }
        Ok(_) => return Ok(()),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
        Err(other) => return Err(other.into()),
    }
    let directory = path.parent();
    if let Some(directory) = directory.filter(|directory| !directory.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(directory)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600).open(path)?;
    Ok(())
}
