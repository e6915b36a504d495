//! Properties of an error that its JSON document shows.

use super::Error;
use crate::api::{ApiError, IdempotencyKey};

impl Error {
    /// Returns whether the same command may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::OutcomeUnknown { .. }
                | Self::ReceiptLost { .. }
                | Self::Unavailable { .. }
        )
    }

    /// Returns the idempotency key of a failed send.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
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
            } => idempotency_key.as_ref(),
            _ => None,
        }
    }

    /// Returns the service's error response.
    pub fn api_error(&self) -> Option<&ApiError> {
        match self {
            Self::Refused { api_error, .. } | Self::RateLimited { api_error, .. } => {
                Some(api_error)
            }
            _ => None,
        }
    }
}
