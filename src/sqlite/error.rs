//! Errors from opening a database.

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

use rusqlite::ErrorCode;

/// A database file could not be opened. The file was not changed.
#[derive(Debug)]
pub struct OpenError {
    /// What the file is, such as `journal`, from [`DbSchema::name`](super::DbSchema::name).
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) cause: OpenFailure,
}

/// Why a database file could not be opened. The message is a predicate whose subject is the file, such as "is a folder,
/// not a file".
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The file or its directory could not be created or read.
    #[error("cannot be opened")]
    Io(#[from] io::Error),
    #[error("is a folder, not a file")]
    Directory,
    #[error("is a device or a pipe, not a regular file")]
    Special,
    /// The file is not a SQLite database, or is damaged. `None` if the file is too short for a database, so SQLite was
    /// not called.
    #[error("is not a database, or is damaged")]
    Corrupt(#[source] Option<rusqlite::Error>),
    /// The file is a database of another program.
    #[error("belongs to another program")]
    Foreign,
    #[error("was written by a newer sendivent (its version is {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    /// SQLite failed for another reason.
    #[error("cannot be used")]
    Sqlite(#[source] rusqlite::Error),
}

impl OpenError {
    pub(crate) fn new(name: &'static str, path: &Path, cause: impl Into<OpenFailure>) -> Self {
        Self {
            name,
            path: path.to_owned(),
            cause: cause.into(),
        }
    }
}

impl From<rusqlite::Error> for OpenFailure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Corrupt(Some(error))
            }
            _ => Self::Sqlite(error),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, path, cause } = self;
        let path = path.display();
        match cause {
            OpenFailure::Foreign => write!(f, "the file `{path}` {cause}: it is not a {name}"),
            _ => write!(f, "the {name} `{path}` {cause}"),
        }
    }
}

impl error::Error for OpenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.cause.source()
    }
}
