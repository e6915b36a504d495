//! Why a database cannot be opened.

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

use rusqlite::ErrorCode;

/// A file could not be opened. It was not changed.
#[derive(Debug)]
pub struct OpenError {
    /// The name from [`DbSchema::name`](super::DbSchema::name).
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) cause: OpenFailure,
}

/// Why a file could not be opened: a predicate whose subject is the file.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The directory or the file could not be created or read.
    #[error("cannot be opened")]
    Io(#[from] io::Error),
    #[error("is a folder, not a file")]
    Directory,
    #[error("is a device or a pipe, not a regular file")]
    Special,
    /// There is no error of SQLite if the file's length already shows it.
    #[error("is not a database, or is damaged")]
    Corrupt(#[source] Option<rusqlite::Error>),
    #[error("belongs to another program")]
    Foreign,
    #[error("was written by a newer sendivent (its version is {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    /// SQLite failed in another way.
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
