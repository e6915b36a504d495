//! A send that nobody knows the outcome of.

use crate::api::IdempotencyKey;

/// A send whose response was never recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedSend {
    /// The event.
    pub event: String,
    /// Whom it went to, as it can be typed again; empty for the event's listeners.
    pub recipient: String,
    /// The key with which it can be repeated without being sent twice.
    pub idempotency_key: IdempotencyKey,
}
