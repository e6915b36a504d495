//! Locks that another connection holds.

use rusqlite::ErrorCode;

/// Returns whether another connection held the lock.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
