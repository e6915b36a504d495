//! The error of a request after its last attempt.

use std::time::Duration;

use super::AttemptError;
use crate::api::{ApiError, EncodeError};
use crate::text;

#[derive(Debug, thiserror::Error)]
#[error("{cause}{}", self.attempts_note())]
pub struct RequestError {
    /// The error of the last attempt. If the deadline ended the last attempt and the attempt before it failed with a
    /// transport error, this is the earlier error, because it explains more.
    pub cause: AttemptError,
    /// How many attempts were made. 0 if the first attempt had not begun.
    pub attempts: u32,
    /// Whether the service may have accepted one of the attempts. Always false for reads.
    pub ambiguous: bool,
}

impl RequestError {
    /// Creates the error of a read that was attempted once.
    pub fn of_read(cause: AttemptError) -> Self {
        Self {
            attempts: u32::from(!matches!(cause, AttemptError::DeadlineExceeded)),
            cause,
            ambiguous: false,
        }
    }

    /// Returns the error response if it is final. An error response is final if a repeat would get the same error and
    /// no earlier attempt can have been accepted.
    pub fn rejection(&self) -> Option<&ApiError> {
        match &self.cause {
            AttemptError::Api(api_error) if !self.ambiguous && !api_error.is_transient() => {
                Some(api_error)
            }
            _ => None,
        }
    }

    pub fn is_rejected_with(&self, status: u16) -> bool {
        self.rejection()
            .is_some_and(|api_error| api_error.status == status)
    }

    /// Returns whether the request ended because its attempts or its time were used up.
    pub fn has_given_up(&self) -> bool {
        match self.cause {
            AttemptError::Api(_) => self.rejection().is_none(),
            AttemptError::Transport(_) | AttemptError::DeadlineExceeded => true,
            AttemptError::Decode(_) | AttemptError::Interrupted(_) | AttemptError::Encode(_) => {
                false
            }
        }
    }

    /// Returns a suffix such as ` (4 attempts)`. Empty if no attempt was made, or if [`RequestError::has_given_up`] is
    /// false.
    fn attempts_note(&self) -> String {
        match self.has_given_up() && self.attempts > 0 {
            true => format!(" ({})", text::count_noun(self.attempts, "attempt")),
            false => String::new(),
        }
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match &self.cause {
            AttemptError::Api(api_error) => api_error.retry_after,
            _ => None,
        }
    }
}

impl From<EncodeError> for RequestError {
    fn from(error: EncodeError) -> Self {
        Self {
            cause: error.into(),
            attempts: 0,
            ambiguous: false,
        }
    }
}
