//! What else is known of an error.

use super::Error;
use crate::api::ApiError;

impl Error {
    /// Returns whether the same run may do better later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::OutcomeUnknown { .. }
                | Self::ReceiptLost { .. }
                | Self::Unavailable { .. }
        )
    }

    /// Returns the key of the send that it is about, if it is about one.
    pub fn idempotency_key(&self) -> Option<&str> {
        match self {
            Self::OutcomeUnknown {
                idempotency_key, ..
            }
            | Self::ReceiptLost {
                idempotency_key, ..
            } => Some(idempotency_key),
            Self::Refused {
                idempotency_key, ..
            }
            | Self::RateLimited {
                idempotency_key, ..
            } => idempotency_key.as_deref(),
            _ => None,
        }
    }

    /// Returns what the service said, if it said no.
    pub fn api_error(&self) -> Option<&ApiError> {
        match self {
            Self::Refused { api_error, .. } | Self::RateLimited { api_error, .. } => {
                Some(api_error)
            }
            _ => None,
        }
    }
}
