//! The validated arguments of `activity`.

use std::time::Duration;

use crate::commands::args::values::Moment;
use crate::model::{Channel, EventName, MessageStatus};

pub struct Input {
    pub limit: u32,
    /// List only messages queued at or after this time; `None` for no limit.
    pub since: Option<Moment>,
    /// List only messages queued before this time; `None` for no limit.
    pub until: Option<Moment>,
    /// List only messages with one of these statuses; empty for all statuses.
    pub statuses: Vec<MessageStatus>,
    /// List only messages on one of these channels; empty for all channels.
    pub channels: Vec<Channel>,
    pub event: Option<EventName>,
    pub recipient: Option<String>,
    pub offline: bool,
    pub follow: bool,
    /// End `--follow` when nothing has changed for this long, in real time; `None` for no limit.
    pub idle_timeout: Option<Duration>,
    pub stats: bool,
}
