//! Why a database cannot be opened.

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

use rusqlite::ErrorCode;

/// A file could not be opened. It was not changed.
#[derive(Debug)]
pub struct OpenError {
    /// The name from [`DbSchema::name`](super::DbSchema::name).
    pub name: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Why it could not be opened.
    pub cause: OpenFailure,
}

/// Why a file could not be opened.
#[derive(Debug)]
pub enum OpenFailure {
    /// The directory or the file could not be created or read.
    Io(io::Error),
    /// The path is a directory.
    Directory,
    /// The path is a device, a pipe or a socket.
    Special,
    /// The file is not a database, or is damaged. There is no error of SQLite if the file's length already shows it.
    Corrupt(Option<rusqlite::Error>),
    /// The file is a database of another program.
    Foreign,
    /// The file was written by a newer version of this program.
    Newer {
        /// The version of the file.
        found: i64,
        /// The version that this program writes.
        known: i64,
    },
    /// SQLite failed in another way.
    Sqlite(rusqlite::Error),
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

impl From<io::Error> for OpenFailure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
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
        if let OpenFailure::Foreign = cause {
            let path = path.display();
            return write!(
                f,
                "the file `{path}` belongs to another program: it is not a {name}"
            );
        }
        write!(f, "the {name} `{}` ", path.display())?;
        match cause {
            OpenFailure::Io(_) => f.write_str("cannot be opened"),
            OpenFailure::Directory => f.write_str("is a folder, not a file"),
            OpenFailure::Special => f.write_str("is a device or a pipe, not a regular file"),
            OpenFailure::Corrupt(_) => f.write_str("is not a database, or is damaged"),
            OpenFailure::Newer { found, known } => write!(
                f,
                "was written by a newer sendivent (its version is {found}, this one knows {known})"
            ),
            OpenFailure::Foreign | OpenFailure::Sqlite(_) => f.write_str("cannot be used"),
        }
    }
}

impl error::Error for OpenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.cause {
            OpenFailure::Io(error) => Some(error),
            OpenFailure::Corrupt(Some(error)) | OpenFailure::Sqlite(error) => Some(error),
            _ => None,
        }
    }
}
