//! Why a request failed after its last attempt.

use std::time::Duration;

use super::AttemptError;
use crate::api::{ApiError, EncodeError};
use crate::text;

#[derive(Debug, thiserror::Error)]
#[error("{cause}{}", self.attempts_note())]
pub struct RequestError {
    /// Why the last attempt failed, or the one before if the last only ran out of time.
    pub cause: AttemptError,
    pub attempts: u32,
    /// Whether any attempt may have changed something at the service.
    pub ambiguous: bool,
}

impl RequestError {
    /// Returns the error of a request that was attempted once, and that changes nothing.
    pub fn of_read(cause: AttemptError) -> Self {
        Self {
            attempts: u32::from(!matches!(cause, AttemptError::DeadlineExceeded)),
            cause,
            ambiguous: false,
        }
    }

    /// Returns the error response that settles the request: repeating it would bring the same.
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

    /// Returns whether it might have succeeded with more attempts or more time.
    pub fn has_given_up(&self) -> bool {
        match self.cause {
            AttemptError::Api(_) => self.rejection().is_none(),
            AttemptError::Transport(_) | AttemptError::DeadlineExceeded => true,
            AttemptError::Decode(_) | AttemptError::Interrupted(_) | AttemptError::Encode(_) => {
                false
            }
        }
    }

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
