//! Opens SQLite files: owner-only, checked, at the current version of their shape.
//!
//! The order of the steps is what makes eight processes able to open one fresh file at once: the busy timeout comes
//! before anything that takes a lock, the journal mode is read before it is changed, and the change is repeated, because
//! SQLite's busy handler does not cover it.

mod checkpoint;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// What a file must be for us to use it.
#[derive(Debug, Clone, Copy)]
pub struct DbSchema {
    /// What the file is called in messages, such as `simulator file`.
    pub name: &'static str,
    /// The number in SQLite's header that marks a file as ours.
    pub application_id: i32,
    /// SQL that brings a file from version *n* to *n + 1*. Only ever appended to.
    pub migrations: &'static [&'static str],
    /// Whether a commit must survive a loss of power, and not only a killed process.
    pub durable: bool,
    /// Whether the log stays beside the file when the last process closes it. That saves four flushes a command; the
    /// price is that the file alone, without its log, is not the whole of it.
    pub keeps_log: bool,
    /// The size of a page in a file that is made, in bytes: what is written, and read by the next process, for each row
    /// that changes on it.
    pub page_size: u32,
}

/// Where a store lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbLocation {
    /// In a file.
    File(PathBuf),
    /// In memory, for one run.
    Memory,
}

/// A file could not be opened. It was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the file could not be made or read.
    #[error("the {name} `{}` cannot be opened", path.display())]
    Io {
        /// What the file is.
        name: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path names something that is no file.
    #[error("the {name} `{}` is a folder, not a file", path.display())]
    Folder {
        /// What the file should be.
        name: &'static str,
        /// Which path.
        path: PathBuf,
    },
    /// The path names a device, a pipe or a socket.
    #[error("the {name} `{}` is a device or a pipe, not a regular file", path.display())]
    Special {
        /// What the file should be.
        name: &'static str,
        /// Which path.
        path: PathBuf,
    },
    /// The file is not a database, or a damaged one.
    #[error("the {name} `{}` is not a database, or is damaged", path.display())]
    Corrupt {
        /// What the file should be.
        name: &'static str,
        /// Which file.
        path: PathBuf,
        /// What SQLite said, if it came to that.
        source: Option<rusqlite::Error>,
    },
    /// The file is a database of another program.
    #[error("the file `{}` belongs to another program: it is no {name}", path.display())]
    Foreign {
        /// What the file should be.
        name: &'static str,
        /// Which file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error("the {name} `{}` was written by a newer sendivent (its version is {found}, this one knows {known})", path.display())]
    Newer {
        /// What the file is.
        name: &'static str,
        /// Which file.
        path: PathBuf,
        /// The file's version.
        found: i64,
        /// The newest version that is understood.
        known: i64,
    },
    /// SQLite failed in another way.
    #[error("the {name} `{}` cannot be used", path.display())]
    Sqlite {
        /// What the file is.
        name: &'static str,
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// The smallest database is one page of the smallest size.
const SMALLEST: u64 = 512;

/// How long a process waits for another one's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a store, makes it if it does not exist, and brings it to the current version.
///
/// # Errors
/// [`OpenError`]; a file that is not ours is left as it was.
pub fn open(place: &DbLocation, shape: &DbSchema) -> Result<Connection, OpenError> {
    let path = match place {
        DbLocation::File(path) => path.clone(),
        DbLocation::Memory => PathBuf::from(":memory:"),
    };
    let connection = match place {
        DbLocation::Memory => Connection::open_in_memory(),
        DbLocation::File(path) => {
            create_owner_only(path, shape.name)?;
            Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )
        }
    };
    connection
        .and_then(|mut connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            match check(&mut connection, shape)? {
                Lookup::Current => {}
                Lookup::Older => {
                    // One that is being made holds nothing yet that a loss of power could take.
                    if !shape.durable && version(&connection)? == 0 {
                        connection.pragma_update(None, "synchronous", "OFF")?;
                    }
                    // Without effect on a file that has pages.
                    connection.pragma_update(None, "page_size", shape.page_size)?;
                    checkpoint::write_ahead(&connection)?;
                    migrate(&mut connection, shape)?;
                }
                Lookup::Foreign => return Ok(Err(Lookup::Foreign)),
                Lookup::Newer(version) => return Ok(Err(Lookup::Newer(version))),
            }
            apply_pragmas(&connection, shape)?;
            if shape.keeps_log {
                checkpoint::checkpoint_if_large(&connection, place, shape)?;
            }
            Ok(Ok(connection))
        })
        .map_err(|source| classify(shape.name, path.clone(), source))?
        .map_err(|found| match found {
            Lookup::Newer(found) => OpenError::Newer {
                name: shape.name,
                path,
                found,
                known: i64::try_from(shape.migrations.len()).unwrap_or(i64::MAX),
            },
            _ => OpenError::Foreign {
                name: shape.name,
                path,
            },
        })
}

/// Opens one more connection to a file that this process has opened with [`open`]. The log is left to others.
///
/// # Errors
/// [`OpenError`], when the system has no room for it.
pub fn open_again(path: &Path, shape: &DbSchema) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            apply_pragmas(&connection, shape)?;
            Ok(connection)
        })
        .map_err(|source| classify(shape.name, path.to_owned(), source))
}

/// Sets what every connection has.
fn apply_pragmas(connection: &Connection, shape: &DbSchema) -> rusqlite::Result<()> {
    let synchronous = if shape.durable { "FULL" } else { "NORMAL" };
    connection.execute_batch(&format!(
        "PRAGMA synchronous={synchronous}; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
    ))?;
    // Without this, SQLite reads some statements anew each time that a value is bound to them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if shape.keeps_log {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Opens a file that exists only to read in it, and gives up soon if another process holds it. Nothing is made, and
/// nothing brought to the current version.
///
/// # Errors
/// What SQLite says; also when the file is not of the current version of its shape.
pub fn open_read_only(path: &Path, shape: &DbSchema) -> rusqlite::Result<Connection> {
    const SOON: Duration = Duration::from_millis(50);
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(SOON)?;
    match check(&mut connection, shape)? {
        Lookup::Current => Ok(connection),
        Lookup::Older | Lookup::Foreign | Lookup::Newer(_) => {
            Err(rusqlite::Error::InvalidPath(path.to_owned()))
        }
    }
}

enum Lookup {
    Current,
    Older,
    Foreign,
    Newer(i64),
}

/// Looks at the header. Reads only, and sees one state of the file: another process may be making it right now, and
/// half of what was before with half of what came after looks like a file of another program.
fn check(connection: &mut Connection, shape: &DbSchema) -> rusqlite::Result<Lookup> {
    let connection = connection.transaction()?;
    let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = version(&connection)?;
    let known = i64::try_from(shape.migrations.len()).unwrap_or(i64::MAX);
    if id == shape.application_id {
        return Ok(match version {
            v if v == known => Lookup::Current,
            v if v < known => Lookup::Older,
            v => Lookup::Newer(v),
        });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(if id == 0 && version == 0 && tables == 0 {
        Lookup::Older
    } else {
        Lookup::Foreign
    })
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Runs the migrations that are missing, all in one exclusive transaction, each process that waited looking again.
fn migrate(connection: &mut Connection, shape: &DbSchema) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let version = version(&transaction)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for migration in shape.migrations.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.execute_batch(&format!(
        "PRAGMA application_id={}; PRAGMA user_version={};",
        shape.application_id,
        shape.migrations.len().max(done)
    ))?;
    transaction.commit()
}

/// Makes the folder and the file if they are missing, readable by their owner only.
fn create_owner_only(path: &Path, name: &'static str) -> Result<(), OpenError> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let error = |source| OpenError::Io {
        name,
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Ok(facts) if facts.is_dir() => {
            return Err(OpenError::Folder {
                name,
                path: path.to_owned(),
            });
        }
        Ok(facts) if !facts.is_file() => {
            return Err(OpenError::Special {
                name,
                path: path.to_owned(),
            });
        }
        // SQLite takes a file of one byte for an empty one, and would write over it.
        Ok(facts) if (1..SMALLEST).contains(&facts.len()) => {
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
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
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
