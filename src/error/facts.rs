//! What else is known of an error.

use super::Error;
use crate::api::Refusal;

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
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } | Self::RateLimited { refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}
