//! Requests and responses of the simulator's control plane, which are the paths below `/_simulator/`. The service has
//! no control plane.
//!
//! The reports of the `sendivent simulator` commands contain these responses.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Message, MessageStatus, NotificationStatus, Timestamp};

/// The query of `GET /_simulator/messages` and `GET /_simulator/statistics`. A message must meet every condition that
/// is `Some`. The values of a list are separated by commas.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct MessageQuery {
    /// The maximum number of messages in the response. `statistics` ignores the limit.
    pub limit: Option<u32>,
    /// Only messages that were queued at or after this time, in milliseconds of virtual time since the Unix epoch.
    pub since: Option<i64>,
    /// Only messages that were queued before this time, in milliseconds of virtual time since the Unix epoch.
    pub until: Option<i64>,
    /// Only messages with one of these statuses, such as `sent,delivered`.
    pub status: Option<String>,
    /// Only messages over one of these channels, such as `email,sms`.
    pub channel: Option<String>,
    /// Only messages of the event with this name.
    pub event: Option<String>,
    /// Only messages to this recipient: the address, number or id on the message's channel.
    pub to: Option<String>,
    /// Only messages that changed after this time, in milliseconds of virtual time since the Unix epoch. The response
    /// lists the messages with the oldest changes first.
    pub changed_after: Option<i64>,
    /// Whether to evaluate statuses, errors and times at the end of each timeline instead of the current time. Cannot
    /// be combined with `changed_after`.
    pub at_end: Option<bool>,
}

/// The response to `GET /_simulator/messages`. Lists the newest messages first, or with `changed_after` the messages
/// with the oldest changes first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessagesResponse {
    /// The virtual time of the response.
    pub at: Timestamp,
    /// The matching messages, up to the limit.
    pub messages: Vec<MessageRow>,
    /// Whether more messages match than are listed.
    pub more: bool,
    /// The time to pass as `changed_after` in the next request, in milliseconds of virtual time since the Unix epoch.
    /// The responses so far contain every change up to this time. Absent if the request has no `changed_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_until: Option<i64>,
}

/// A message with fields of its notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageRow {
    /// The id of the notification.
    pub id: String,
    pub notification_status: NotificationStatus,
    /// The name of the event that was sent.
    pub event: String,
    /// The recipient's address, number or id on the message's channel.
    pub recipient: String,
    pub message: Message,
}

/// The numbers of messages by channel and status, by error code and by latency, as in the response to
/// `GET /_simulator/statistics`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statistics {
    /// The number of messages with each channel and status, ordered by channel, then by status.
    pub counts: Vec<StatusCount>,
    /// The number of messages with each error code, the most frequent code first.
    pub reasons: Vec<ReasonCount>,
    /// The number of delivered messages with each latency, which is the time from queued to delivered. The shortest
    /// latency is first. A latency above 100 ms is rounded to two significant digits, which keeps the list short.
    pub latencies: Vec<LatencyCount>,
}

/// A number of messages that have the same channel, status, error code and latency.
#[derive(Debug)]
pub struct MessageGroup {
    pub channel: Channel,
    pub status: MessageStatus,
    /// The error code; `None` if the messages have no error.
    pub code: Option<String>,
    /// The time from queued to delivered in milliseconds; `None` if the messages were not delivered.
    pub latency: Option<i64>,
    pub count: u64,
}

impl Statistics {
    /// Adds up the groups. Several groups may have the same channel and status, or the same error code, or the same
    /// latency.
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

/// The number of messages with one channel and one status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusCount {
    pub channel: Channel,
    pub status: MessageStatus,
    /// The number of messages with this channel and this status.
    pub count: u64,
}

/// The number of messages with one error code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReasonCount {
    /// The error code, such as `HARD_BOUNCE`.
    pub code: String,
    /// The number of messages with this error code.
    pub count: u64,
}

/// The number of delivered messages with one latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LatencyCount {
    /// The time from queued to delivered, in milliseconds of virtual time.
    pub milliseconds: i64,
    /// The number of messages with this latency.
    pub count: u64,
}

/// The timelines of a notification's messages, including future steps, as in the response to `GET
/// /_simulator/notifications/{id}/timeline`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineResponse {
    /// The id of the notification.
    pub id: String,
    /// The virtual time of the response.
    pub at: Timestamp,
    /// The timeline of each message.
    pub messages: Vec<MessageTimeline>,
}

/// The timeline of one message, including future steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageTimeline {
    /// The id of the message.
    pub message_id: String,
    pub channel: Channel,
    /// The recipient's address, number or id on the message's channel.
    pub recipient: String,
    /// What decided the timeline, such as `recipient:bounced`, `suppression-list` or `default`.
    pub decided_by: String,
    /// The steps, the earliest first.
    pub steps: Vec<TimelineStep>,
}

/// A step of a timeline: a change of a message's status, or a complaint or bounce after delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineStep {
    /// The virtual time of the step.
    pub at: Timestamp,
    /// The status of the message after the step.
    pub status: MessageStatus,
    /// The error code of the step, such as `HARD_BOUNCE`; null if the step has no error.
    pub reason: Option<String>,
    /// Whether the virtual time of the step has been reached.
    pub due: bool,
}

/// The state of the virtual clock. `GET /_simulator/clock` and `POST /_simulator/clock` return it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClockState {
    /// The current virtual time.
    #[serde(rename = "virtual")]
    pub virtual_time: Timestamp,
    /// The current real time.
    pub real: Timestamp,
    /// The speed of virtual time as a multiple of real time: 1 is the speed of real time, 0 is a frozen clock.
    pub rate: f64,
}

/// The request body of `POST /_simulator/clock`. Virtual time only moves forward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClockRequest {
    /// Stop the clock.
    Freeze,
    /// Run the clock at the speed of real time.
    Resume,
    /// Move the clock forward by this number of milliseconds.
    Advance(#[cfg_attr(test, schemars(range(max = 253_402_300_799_999_u64)))] u64),
    /// Run the clock at this multiple of the speed of real time, from 0.001 to 1,000,000.
    Speed(#[cfg_attr(test, schemars(range(min = 0.001, max = 1_000_000)))] f64),
}

/// The response to `GET /_simulator/suppressions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SuppressionsResponse {
    /// The entries that are in force at the current virtual time, the newest first.
    pub suppressions: Vec<SuppressionEntry>,
}

/// An entry of the suppression list. Messages to its recipient over its channel are suppressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SuppressionEntry {
    /// The channel on which the recipient is suppressed.
    pub channel: Channel,
    /// The recipient's address, number or id on that channel.
    pub recipient: String,
    /// The error code of the suppressed messages, such as `HARD_BOUNCE`, `COMPLAINT` or `OPTED_OUT`.
    pub reason: String,
    /// The virtual time at which the suppression starts.
    pub since: Timestamp,
}

/// The request body of `POST /_simulator/suppressions`. The response is [`ChangedResponse`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuppressionRequest {
    /// Suppress a recipient, starting now.
    Add {
        /// The channel on which to suppress the recipient.
        channel: Channel,
        /// The recipient's address, number or id on that channel.
        recipient: String,
        /// The error code of the suppressed messages, such as `OPTED_OUT`.
        reason: String,
    },
    /// Remove all entries of this recipient, whatever their channel.
    Remove(String),
}

/// The number of entries of the suppression list that a request added or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangedResponse {
    /// The number of entries that the request added or removed.
    pub changed: u64,
}

/// The response to `POST /_simulator/reset`, which deletes the data in the API key's namespace: notifications,
/// messages, contacts, suppressions, counters, idempotency keys, webhook deliveries and the webhook endpoint. An
/// endpoint that was registered with `serve --webhook` stays. With `?all=true` it deletes the data in every namespace.
/// A reset of the main namespace or of all namespaces also resets the clock to real time.
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
