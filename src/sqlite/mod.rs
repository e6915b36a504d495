//! Opens SQLite files: readable by their owner only, verified to be ours, with the current schema.
//!
//! Eight processes can open one fresh file at once because of the order of the steps: the busy timeout is set before
//! anything that takes a lock, and the journal mode is read before it is changed.

mod checkpoint;
mod lock;

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

pub(crate) use lock::{LockWait, is_busy, without_waiting};

/// The version that every schema has: no released version wrote another one.
const VERSION: i64 = 1;

/// The schema of a database file, and how the file is used.
#[derive(Debug, Clone, Copy)]
pub struct DbSchema {
    /// The name of the file in messages, such as `simulator file`.
    pub name: &'static str,
    /// `application_id` in the SQLite header: a file with another one belongs to another program.
    pub application_id: i32,
    /// The statements that create the tables and indexes.
    pub sql: &'static str,
    /// Whether a commit survives a loss of power, and not only a killed process.
    pub durable: bool,
    /// Whether the write-ahead log stays when the last process closes the file. This saves four flushes a command, but
    /// the file alone, without its log, may lack the last commits.
    pub keeps_wal: bool,
    /// The page size of a new file in bytes: what one changed row costs to write, and the next process to read.
    pub page_size: u32,
}

/// The location of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbLocation {
    /// A file.
    File(PathBuf),
    /// Memory, for the lifetime of the process.
    Memory,
}

impl fmt::Display for DbLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str(":memory:"),
        }
    }
}

/// A file could not be opened. It was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or the file could not be created or read.
    #[error("the {name} `{}` cannot be opened", path.display())]
    Io {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The path is a directory.
    #[error("the {name} `{}` is a folder, not a file", path.display())]
    Folder {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// The path is a device, a pipe or a socket.
    #[error("the {name} `{}` is a device or a pipe, not a regular file", path.display())]
    Special {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// The file is not a database, or is damaged.
    #[error("the {name} `{}` is not a database, or is damaged", path.display())]
    Corrupt {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// SQLite's error; none when SQLite was not asked.
        source: Option<rusqlite::Error>,
    },
    /// The file is a database of another program.
    #[error("the file `{}` belongs to another program: it is not a {name}", path.display())]
    Foreign {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path of the file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error("the {name} `{}` was written by a newer sendivent (its version is {found}, this one knows {known})", path.display())]
    Newer {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The version that this program writes.
        known: i64,
    },
    /// SQLite failed in another way.
    #[error("the {name} `{}` cannot be used", path.display())]
    Sqlite {
        /// The name from [`DbSchema::name`].
        name: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// SQLite's error.
        source: rusqlite::Error,
    },
}

/// The size of the smallest SQLite database: one page of the smallest page size.
const MIN_FILE_SIZE: u64 = 512;

/// The limit of the wait for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a database, and creates it if it does not exist.
///
/// # Errors
/// A file of another program, or of a newer version, is left unchanged.
pub fn open(location: &DbLocation, schema: &DbSchema) -> Result<Connection, OpenError> {
    let path = match location {
        DbLocation::File(path) => path.clone(),
        DbLocation::Memory => PathBuf::from(":memory:"),
    };
    let connection = match location {
        DbLocation::Memory => Connection::open_in_memory(),
        DbLocation::File(path) => {
            create_owner_only(path, schema.name)?;
            Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )
        }
    };
    let opened = connection.and_then(|mut connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let state = inspect(&mut connection, schema)?;
        match state {
            FileState::Current => {}
            FileState::Empty => create_tables(&mut connection, schema)?,
            FileState::Foreign | FileState::Newer(_) => return Ok((connection, state)),
        }
        apply_pragmas(&connection, schema)?;
        if schema.keeps_wal {
            checkpoint::checkpoint_if_large(&connection, location, schema)?;
        }
        Ok((connection, state))
    });
    let name = schema.name;
    match opened {
        Ok((connection, FileState::Current | FileState::Empty)) => Ok(connection),
        Ok((_, FileState::Foreign)) => Err(OpenError::Foreign { name, path }),
        Ok((_, FileState::Newer(found))) => Err(OpenError::Newer {
            name,
            path,
            found,
            known: VERSION,
        }),
        Err(source) => Err(classify(name, path, source)),
    }
}

/// Opens one more connection to a file that this process opened with [`open`]. The file is neither inspected nor
/// checkpointed again.
pub(crate) fn open_additional(path: &Path, schema: &DbSchema) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            apply_pragmas(&connection, schema)?;
            Ok(connection)
        })
        .map_err(|source| classify(schema.name, path.to_owned(), source))
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
        FileState::Empty | FileState::Foreign | FileState::Newer(_) => {
            Err(rusqlite::Error::InvalidPath(path.to_owned()))
        }
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
fn create_owner_only(path: &Path, name: &'static str) -> Result<(), OpenError> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let error = |source| OpenError::Io {
        name,
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(OpenError::Folder {
                name,
                path: path.to_owned(),
            });
        }
        Ok(metadata) if !metadata.is_file() => {
            return Err(OpenError::Special {
                name,
                path: path.to_owned(),
            });
        }
        // SQLite treats a file of one byte as empty, and would overwrite it.
        Ok(metadata) if (1..MIN_FILE_SIZE).contains(&metadata.len()) => {
            return Err(OpenError::Corrupt {
                name,
                path: path.to_owned(),
                source: None,
            });
        }
        Ok(_) => return Ok(()),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
        Err(other) => return Err(error(other)),
    }
    if let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(error)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(error)
}

fn classify(name: &'static str, path: PathBuf, source: rusqlite::Error) -> OpenError {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            let source = Some(source);
            OpenError::Corrupt { name, path, source }
        }
        _ => OpenError::Sqlite { name, path, source },
    }
}
