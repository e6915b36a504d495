//! What `activity` found.

use super::{StopReason, UnresolvedSend};
use crate::api::control::{MessageRow, Statistics};
use crate::model::Timestamp;

/// What `activity` found.
#[derive(Debug)]
pub struct ActivityList {
    /// Newest first.
    pub messages: Vec<MessageRow>,
    /// Whether there are more.
    pub more: bool,
    /// Counts, if they were asked for.
    pub statistics: Option<Statistics>,
    /// When the service answered, on its clock.
    pub at: Timestamp,
    /// Whose messages these are.
    pub of: ActivitySource,
}

/// What a list of messages was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivitySource {
    /// All that the simulator holds.
    Simulator,
    /// What this machine sent, as its journal knows it.
    Journal {
        /// Where it was sent to, in words.
        place: String,
        /// Whether all of what is listed was simulated, as the service said when it accepted that.
        simulated: bool,
        /// The sends that nobody knows the outcome of, the newest first.
        unknown: Vec<UnresolvedSend>,
        /// Whether what had not settled was asked for again.
        refreshed: Freshness,
    },
}

/// Whether what had not settled was asked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// It was.
    Yes,
    /// It was not to be.
    Offline,
    /// The service could not be asked.
    Failed(StopReason),
}
