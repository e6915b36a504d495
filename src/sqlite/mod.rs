//! Opens SQLite files: readable by their owner only, verified to be ours, with the current schema.
//!
//! Eight processes can open one fresh file at once because of the order of the steps: the busy timeout is set before
//! anything that takes a lock, and the journal mode is read before it is changed.

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

/// The version that every schema has: no released version wrote another one.
const VERSION: i64 = 1;

/// The size of the smallest SQLite database: one page of the smallest page size.
const MIN_FILE_SIZE: u64 = 512;

const READ_WRITE: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Opens a database, and creates it if it does not exist.
///
/// # Errors
/// A file of another program, or of a newer version, is left unchanged.
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

/// Opens one more connection to a file that this process opened with [`open`]. The file is neither inspected nor
/// checkpointed again.
pub(crate) fn open_additional(path: &Path, schema: &DbSchema) -> Result<Connection, OpenError> {
    Connection::open_with_flags(path, READ_WRITE)
        .and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            apply_pragmas(&connection, schema)?;
            Ok(connection)
        })
        .map_err(|error| OpenError::new(schema.name, path, error))
}

/// Sets the options of a connection, which SQLite does not store in the file.
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

/// Opens an existing file for reading, and gives up early if another process has it locked. Creates nothing.
///
/// # Errors
/// SQLite's error; also when the file does not have the current schema.
pub(crate) fn open_read_only(path: &Path, schema: &DbSchema) -> rusqlite::Result<Connection> {
    // A shell waits for its completions.
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

enum FileState {
    Current,
    Empty,
    Foreign,
    Newer(i64),
}

/// Compares the header with a schema, without writing.
fn inspect(connection: &mut Connection, schema: &DbSchema) -> rusqlite::Result<FileState> {
    // In one transaction: while another process creates the file, its old tables with its new header, or the reverse,
    // would look like a file of another program.
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
        // A loss of power can take nothing from a file that is still empty.
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

/// Creates the directory and the file if they are missing, with access for their owner only.
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
