//! What can go wrong with the file while it is used.

use rusqlite::ErrorCode;

/// The simulator's file could not be read or written. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("{}: {_0}", says(_0))]
    Sqlite(#[from] rusqlite::Error),
    /// The file holds something that this program never writes.
    #[error("the simulator file is damaged: {0}")]
    Damaged(String),
    /// Nobody is left who could do it.
    #[error("the simulator could not finish this")]
    Unfinished,
}

impl StoreError {
    /// Makes the error for a value that this program never writes.
    pub fn damaged(what: &str, value: impl std::fmt::Debug) -> Self {
        Self::Damaged(format!("{what} {value:?} is unknown"))
    }

    /// Returns whether the same request may succeed when it is repeated.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ),
            Self::Damaged(_) | Self::Unfinished => false,
        }
    }

    /// Returns the same error for another job of the same transaction.
    pub fn again(&self) -> Self {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(code, message)) => {
                rusqlite::Error::SqliteFailure(*code, message.clone()).into()
            }
            Self::Damaged(what) => Self::Damaged(what.clone()),
            Self::Sqlite(_) | Self::Unfinished => Self::Unfinished,
        }
    }
}

fn says(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "there is no room left for the simulator file",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "the simulator file cannot be written"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process kept the simulator file for too long"
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
    use crate::simulator::error_response::ApiErrorResponse;
    use rusqlite::ffi;

    #[test]
    fn trouble_with_the_file_is_told_as_such() {
        for (code, status, words) in [
            (ffi::SQLITE_FULL, 507, "there is no room left"),
            (ffi::SQLITE_READONLY, 507, "cannot be written"),
            (ffi::SQLITE_CORRUPT, 507, "is damaged"),
            (ffi::SQLITE_BUSY, 503, "another process"),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let refused = ApiErrorResponse::from(StoreError::from(error));
            assert_eq!(refused.status.as_u16(), status);
            assert_eq!(refused.body.code.as_deref(), Some("STORAGE"));
            assert!(refused.body.error.contains(words), "{}", refused.body.error);
        }
    }
}
