//! What a watch knows of one notification.

use crate::model::{Counts, Notification, Timestamp};
use crate::report::Lookup;

/// One notification that is followed.
pub struct Track {
    /// Its id.
    pub id: String,
    /// What the last look found that succeeded.
    pub last: Option<Notification>,
    /// When that was, on the service's clock.
    pub at: Timestamp,
    /// Its counts.
    pub counts: Counts,
    /// Whether it is looked at no more.
    pub settled: bool,
    /// Whether the service says that it does not know the id.
    pub missing: bool,
    /// Whether it said so last, when it was too early to believe it.
    pub unknown_yet: bool,
}

impl Track {
    /// Returns what is known of a notification before the first look at it.
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

    /// Returns what is known of it.
    pub fn found(&self) -> Lookup {
        Lookup {
            id: self.id.clone(),
            notification: self.last.clone(),
            missing: self.missing,
            at: self.at,
        }
    }
}
