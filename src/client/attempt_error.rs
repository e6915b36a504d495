//! What one try brought that was no usable success, and the failure that comes of it.

use std::time::Duration;

use super::{Failure, LastTry, TransportError};
use crate::api::{ApiError, DecodeError};
use crate::host::Interrupt;

/// A try that brought no usable success.
pub enum AttemptError {
    /// An answer that is no success, and what it said in `Retry-After`.
    Refused(Box<ApiError>, Option<Duration>),
    /// A success that cannot be understood.
    DecodeError(DecodeError),
    /// No answer.
    Fault(TransportError),
    /// The run was interrupted.
    Interrupted(Interrupt),
    /// Time ran out before it was begun.
    TooLate,
}

impl AttemptError {
    /// Returns the failure of a try that is taken as it is.
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Refused(api_error, _) => Failure::Refused(api_error),
            Self::TooLate => Self::TooLate.exhausted(1, false),
            other => other.exhausted(1, true),
        }
    }

    /// Returns whether the service may have taken the request all the same.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Refused(api_error, _) => api_error.status >= 500,
            Self::Fault(transport_error) => !transport_error.is_before_request(),
            Self::DecodeError(_) | Self::Interrupted(_) => true,
            Self::TooLate => false,
        }
    }

    /// Returns whether it came to nothing because time ran out.
    pub fn is_late(&self) -> bool {
        matches!(
            self,
            Self::TooLate | Self::Fault(TransportError::Timeout(_))
        )
    }

    /// Returns the failure after the last of several tries.
    pub fn exhausted(self, tries: u32, ambiguous: bool) -> Failure {
        let (last, retry_after) = match self {
            Self::Refused(api_error, after) => (LastTry::Refused(api_error), after),
            Self::Fault(transport_error) => (LastTry::Fault(transport_error), None),
            Self::TooLate => (
                LastTry::Fault(TransportError::Timeout(Duration::ZERO)),
                None,
            ),
            Self::DecodeError(decode_error) => return Failure::NotUnderstood(decode_error),
            Self::Interrupted(interrupt) => return Failure::Interrupted(interrupt),
        };
        Failure::GaveUp {
            last,
            tries,
            retry_after,
            ambiguous,
        }
    }
}
