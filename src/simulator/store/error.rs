//! Errors while reading or writing an open simulator file.

use rusqlite::ErrorCode;

use crate::sqlite::is_busy;

/// Reading or writing the simulator file failed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {_0}", description(_0))]
    Sqlite(#[from] rusqlite::Error),
    /// The job panicked, or the thread that runs jobs has ended.
    #[error("the simulator could not complete the request")]
    Unfinished,
}

impl StoreError {
    #[cfg(test)]
    pub fn for_test() -> Self {
        rusqlite::Error::InvalidQuery.into()
    }

    /// Returns whether the error means that another process held the lock, so that a retry may succeed.
    pub fn is_transient(&self) -> bool {
        let Self::Sqlite(error) = self else {
            return false;
        };
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    }

    /// Returns SQLite's error if another process holds the lock. Returns any other error as `Err`.
    pub fn into_busy(self) -> Result<rusqlite::Error, Self> {
        match self {
            Self::Sqlite(error) if is_busy(&error) => Ok(error),
            other => Err(other),
        }
    }

    /// Returns a copy of the error, so that each job of a failed transaction can report it. SQLite errors that cannot
    /// be copied become `Unfinished`.
    pub fn copy(&self) -> Self {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(code, message)) => {
                rusqlite::Error::SqliteFailure(*code, message.clone()).into()
            }
            Self::Sqlite(_) | Self::Unfinished => Self::Unfinished,
        }
    }
}

fn description(error: &rusqlite::Error) -> &'static str {
    if matches!(error, rusqlite::Error::FromSqlConversionFailure(..)) {
        return "the simulator file is damaged";
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "no space is left for the simulator file",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "the simulator file cannot be written"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process kept the simulator file locked for too long"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the simulator file is damaged"
        }
        _ => "the simulator file could not be used",
    }
}

#[cfg(test)]
mod tests {
    use super::StoreError;
    use rusqlite::ffi;

    #[test]
    fn errors_of_the_file_are_described() {
        for (code, description, is_transient) in [
            (ffi::SQLITE_FULL, "no space is left", false),
            (ffi::SQLITE_READONLY, "cannot be written", false),
            (ffi::SQLITE_CORRUPT, "is damaged", false),
            (ffi::SQLITE_BUSY, "another process", true),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let error = StoreError::from(error);
            assert!(error.to_string().contains(description), "{error}");
            assert_eq!(error.is_transient(), is_transient, "{error}");
        }
    }
}
