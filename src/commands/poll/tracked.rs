//! What a poller knows of one notification.

use crate::commands::notification::Lookup;
use crate::model::{Counts, Notification, Timestamp};
use crate::redact::Pii;

/// One notification that is polled.
pub struct Tracked {
    pub id: String,
    /// The last successful response.
    pub last: Option<Pii<Notification>>,
    /// When that was, on the service's clock.
    pub at: Timestamp,
    pub counts: Counts,
    /// Whether it is polled no more.
    pub settled: bool,
    /// Whether the service does not know the id.
    pub missing: bool,
    /// Whether the service did not know the id yet, within the grace period.
    pub unknown_yet: bool,
}

impl Tracked {
    /// Returns the state before the first poll.
    pub fn new(id: String, now: Timestamp) -> Self {
        Self {
            id,
            last: None,
            at: now,
            counts: Counts {
                pending: 1,
                ..Counts::default()
            },
            settled: false,
            missing: false,
            unknown_yet: false,
        }
    }

    /// Returns what is known now.
    pub fn lookup(&self) -> Lookup {
        Lookup {
            id: self.id.clone(),
            notification: self.last.clone(),
            missing: self.missing,
            at: self.at,
            counts: self.counts,
        }
    }
}
