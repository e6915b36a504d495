//! Requests and responses of the simulator's control plane, below `/_simulator/`. The service has nothing like it.
//!
//! The commands of `simulator` print the responses as their reports. Times in a query are milliseconds of virtual time
//! since the Unix epoch.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Message, MessageStatus, NotificationStatus, Timestamp};

/// The query of `GET messages` and `GET statistics`. A message matches if it meets every condition; lists are separated
/// by commas.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct MessageQuery {
    /// The highest number of messages; the newest are returned. Ignored by `statistics`.
    pub limit: Option<u32>,
    /// Queued at or after this time.
    pub since: Option<i64>,
    /// Queued before this time.
    pub until: Option<i64>,
    /// Any of these statuses.
    pub status: Option<String>,
    /// Any of these channels.
    pub channel: Option<String>,
    /// The event.
    pub event: Option<String>,
    /// The identifier that the channel used.
    pub to: Option<String>,
    /// Changed after this time. The list is then in order of the changes, oldest first.
    pub changed_after: Option<i64>,
    /// Return the final status of each message in place of the current one. Not with `changed_after`.
    pub at_end: Option<bool>,
}

/// `GET messages`: newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessagesResponse {
    /// Virtual time of the response.
    pub at: Timestamp,
    /// The matching messages, up to the limit.
    pub messages: Vec<MessageRow>,
    /// Whether more messages match.
    pub more: bool,
    /// With `changed_after`: the list has every change up to this time, which is the `changed_after` of the next request,
    /// whether there are more or not. Milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_until: Option<i64>,
}

/// One message with fields of its notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageRow {
    /// Id of the notification.
    pub id: String,
    /// Status of the notification.
    pub notification_status: NotificationStatus,
    /// The event.
    pub event: String,
    /// The identifier that the channel used: address, number, id.
    pub recipient: String,
    /// The message.
    pub message: Message,
}

/// Counts over messages, as `GET /_simulator/statistics` returns them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statistics {
    /// Numbers of messages, ordered by channel and status.
    pub counts: Vec<StatusCount>,
    /// Numbers of messages by error code, highest first.
    pub reasons: Vec<ReasonCount>,
    /// Numbers of messages by time from queued to delivered, shortest first. Above 100 ms a time is rounded to two digits,
    /// so that the list stays short.
    pub latencies: Vec<LatencyCount>,
}

/// Messages that are counted together.
#[derive(Debug)]
pub struct MessageGroup {
    pub channel: Channel,
    pub status: MessageStatus,
    /// The error code, if the messages have an error.
    pub code: Option<String>,
    /// The time from queued to delivered in milliseconds, of delivered messages.
    pub latency: Option<i64>,
    /// The number of messages.
    pub count: u64,
}

impl Statistics {
    /// Adds up groups, of which several may have the same channel, status, code or latency.
    pub fn from_groups(groups: impl IntoIterator<Item = MessageGroup>) -> Self {
        let mut counts = BTreeMap::new();
        let mut reasons = BTreeMap::new();
        let mut latencies = BTreeMap::new();
        for group in groups {
            *counts.entry((group.channel, group.status)).or_default() += group.count;
            if let Some(code) = group.code {
                *reasons.entry(code).or_default() += group.count;
            }
            if let Some(latency) = group.latency {
                *latencies.entry(latency).or_default() += group.count;
            }
        }
        let mut reasons: Vec<ReasonCount> = reasons
            .into_iter()
            .map(|(code, count)| ReasonCount { code, count })
            .collect();
        reasons.sort_by_key(|reason| Reverse(reason.count));
        Self {
            counts: counts
                .into_iter()
                .map(|((channel, status), count)| StatusCount {
                    channel,
                    status,
                    count,
                })
                .collect(),
            reasons,
            latencies: latencies
                .into_iter()
                .map(|(milliseconds, count)| LatencyCount {
                    milliseconds,
                    count,
                })
                .collect(),
        }
    }
}

/// The number of messages with a channel and a status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusCount {
    /// The channel.
    pub channel: Channel,
    /// The status.
    pub status: MessageStatus,
    /// The number of messages.
    pub count: u64,
}

/// The number of messages with an error code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReasonCount {
    /// The error code.
    pub code: String,
    /// The number of messages.
    pub count: u64,
}

/// The number of messages with a time from queued to delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LatencyCount {
    /// The time from queued to delivered.
    pub milliseconds: i64,
    /// The number of messages.
    pub count: u64,
}

/// The timelines of a notification's messages, including the future, as `GET /_simulator/notifications/{id}/timeline`
/// returns them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineResponse {
    /// Id of the notification.
    pub id: String,
    /// Virtual time of the response.
    pub at: Timestamp,
    /// One timeline for each message.
    pub messages: Vec<MessageTimeline>,
}

/// The timeline of one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageTimeline {
    /// Id of the message.
    pub message_id: String,
    /// Its channel.
    pub channel: Channel,
    /// The identifier that the channel used.
    pub recipient: String,
    /// The scenario that decided the timeline.
    pub decided_by: String,
    /// The steps, in order.
    pub steps: Vec<TimelineStep>,
}

/// One step of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineStep {
    /// When it happens, in virtual time.
    pub at: Timestamp,
    /// The status from then on.
    pub status: MessageStatus,
    /// The error code of the step, if it has one.
    pub reason: Option<String>,
    /// Whether it has happened.
    pub due: bool,
}

/// The clock, as `GET /_simulator/clock` and each change return it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClockState {
    /// Virtual time.
    #[serde(rename = "virtual")]
    pub virtual_time: Timestamp,
    /// Real time.
    pub real: Timestamp,
    /// How many times as fast as real time it runs; 0 when it is frozen.
    pub rate: f64,
}

/// `POST clock`. Virtual time only moves forward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClockRequest {
    /// Stop the clock.
    Freeze,
    /// Run at the speed of real time.
    Resume,
    /// Move it forward by a number of milliseconds.
    Advance(#[cfg_attr(test, schemars(range(max = 253_402_300_799_999_u64)))] u64),
    /// Run at a multiple of the speed of real time, from 0.001 to 1,000,000.
    Speed(#[cfg_attr(test, schemars(range(min = 0.001, max = 1_000_000)))] f64),
}

/// The suppression list, newest first, as `GET /_simulator/suppressions` returns it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SuppressionsResponse {
    /// The entries in force at the current virtual time.
    pub suppressions: Vec<SuppressionEntry>,
}

/// One entry of the suppression list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SuppressionEntry {
    /// The channel on which the recipient is suppressed.
    pub channel: Channel,
    /// The recipient's identifier on that channel.
    pub recipient: String,
    /// The error code of a message that is suppressed: `HARD_BOUNCE`, `COMPLAINT`, `OPTED_OUT`, …
    pub reason: String,
    /// The start of the suppression, in virtual time.
    pub since: Timestamp,
}

/// `POST suppressions`. The response is [`ChangedResponse`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuppressionRequest {
    /// Suppress a recipient from now on.
    Add {
        /// The channel on which the recipient is suppressed.
        channel: Channel,
        /// The recipient's identifier on that channel.
        recipient: String,
        /// The error code, such as `OPTED_OUT`.
        reason: String,
    },
    /// Remove every entry of a recipient, on every channel.
    Remove(String),
}

/// The number of changes that a request made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangedResponse {
    /// The number of changed entries.
    pub changed: u64,
}

/// `POST reset`: deletes notifications, messages, contacts, suppressions, counters and idempotency keys of the key's
/// namespace; with `?all=true` those of every namespace. The clock is reset with the main namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResetResponse {
    /// The number of deleted notifications.
    pub notifications: u64,
    /// The number of deleted messages.
    pub messages: u64,
    /// The number of deleted contacts.
    pub contacts: u64,
}
