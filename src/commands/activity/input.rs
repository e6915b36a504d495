//! The validated arguments of `activity`.

use std::time::Duration;

use crate::commands::args::values::Moment;
use crate::model::{Channel, EventName, MessageStatus};

/// Which messages, and how to report them.
pub struct Input {
    pub limit: u32,
    /// Queued at or after.
    pub since: Option<Moment>,
    /// Queued before.
    pub until: Option<Moment>,
    /// With one of these statuses; empty for any.
    pub statuses: Vec<MessageStatus>,
    /// On one of these channels; empty for any.
    pub channels: Vec<Channel>,
    pub event: Option<EventName>,
    pub recipient: Option<String>,
    pub offline: bool,
    pub follow: bool,
    /// End following when nothing has happened for this long.
    pub idle_timeout: Option<Duration>,
    pub stats: bool,
}
