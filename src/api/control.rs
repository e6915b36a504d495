//! Bodies of the simulator's control plane, below `/_simulator/`. All of it is ours; the service has nothing like it.

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Message, MessageStatus, NotificationStatus};

/// `GET messages` and `GET statistics`: which messages. Everything that is given must hold; lists are separated by commas.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MessageQuery {
    /// How many at most, the newest. Ignored by `statistics`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Queued at or after this time, milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Queued before this time, milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Statuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// One event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// One recipient, as it was given: the identifier that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Only messages of which something happened after this time, milliseconds since the Unix epoch. Oldest change first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_after: Option<i64>,
    /// What the messages come to when nothing more happens, in place of how they stand now. Not with `changed_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_end: Option<bool>,
}

/// `GET messages`: newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagesBody {
    /// Virtual time of the answer, milliseconds since the Unix epoch.
    pub now: i64,
    /// The messages.
    pub messages: Vec<MessageRow>,
    /// Whether there are more than `limit`.
    pub more: bool,
    /// With `changed_after`: every change up to this time, milliseconds since the Unix epoch, is in the list. It is the
    /// `changed_after` of the next question, whether there are more or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_until: Option<i64>,
}

/// One message with fields of its notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// `GET statistics`: counts over a selection.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StatisticsBody {
    /// Virtual time of the answer, milliseconds since the Unix epoch.
    pub now: i64,
    /// How many messages by channel and status, in that order.
    pub counts: Vec<StatusCount>,
    /// How many messages by the code of their error, most first.
    pub reasons: Vec<ReasonCount>,
    /// How long delivered messages took from queued to delivered: `(milliseconds, how many)`, shortest first. Above
    /// 100 ms a length is rounded to two digits, so that the list stays short.
    pub latencies: Vec<(i64, u64)>,
}

/// One count of [`StatisticsBody`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusCount {
    /// The channel.
    pub channel: Channel,
    /// The status.
    pub status: MessageStatus,
    /// The number of messages.
    pub count: u64,
}

/// One count of [`StatisticsBody`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// Code of the error.
    pub code: String,
    /// How many.
    pub count: u64,
}

/// `GET notifications/{id}/plan`: the whole life of a notification's messages, the future included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanBody {
    /// Id of the notification.
    pub id: String,
    /// Virtual time of the answer, milliseconds since the Unix epoch.
    pub now: i64,
    /// One for each message.
    pub messages: Vec<MessagePlan>,
}

/// The life of one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagePlan {
    /// Id of the message.
    pub id: String,
    /// Its channel.
    pub channel: String,
    /// The identifier that was used.
    pub recipient: String,
    /// What decided its life.
    pub decided_by: String,
    /// What happens to it, in order.
    pub steps: Vec<PlanStep>,
}

/// One step of a life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStep {
    /// When, milliseconds of virtual time since the Unix epoch.
    pub at: i64,
    /// The status from then on.
    pub status: String,
    /// The code of the reason, if the step has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `GET clock`, and the answer to each order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClockBody {
    /// Virtual time, milliseconds since the Unix epoch.
    pub now: i64,
    /// Real time, milliseconds since the Unix epoch.
    pub real: i64,
    /// How fast virtual time runs: 1 as real time does, 0 not at all.
    pub rate: f64,
}

/// `POST clock`: one order to the clock. Virtual time only moves forward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockOrder {
    /// Stop it.
    Freeze,
    /// Let it run again, as fast as real time.
    Resume,
    /// Move it forward by so many milliseconds.
    Advance(u64),
    /// Let it run so many times as fast as real time, from 0.001 to 1,000,000.
    Speed(f64),
}

/// `GET suppressions`: newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuppressionsBody {
    /// The entries that hold at this moment of virtual time.
    pub suppressions: Vec<Suppression>,
}

/// One entry of the suppression list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suppression {
    /// The channel on which the recipient is suppressed.
    pub channel: String,
    /// The recipient's identifier on that channel.
    pub recipient: String,
    /// The code of the reason: `HARD_BOUNCE`, `COMPLAINT`, `OPTED_OUT`, …
    pub reason: String,
    /// Since when, milliseconds of virtual time since the Unix epoch. Ignored in an order.
    #[serde(default)]
    pub since: i64,
}

/// `POST suppressions`: add or remove one entry. The answer is [`ChangedBody`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionOrder {
    /// Suppress a recipient from now on.
    Add(Suppression),
    /// Let a recipient be written to again, on every channel.
    Remove(String),
}

/// How many things an order changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedBody {
    /// How many.
    pub changed: u64,
}

/// `POST reset`: forgets notifications, messages, contacts, suppressions, counters and idempotency keys of the key's
/// namespace; with `?all=true` those of every namespace. The clock goes with the main namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResetBody {
    /// How many notifications were forgotten.
    pub notifications: u64,
    /// How many messages were forgotten.
    pub messages: u64,
    /// How many contacts were forgotten.
    pub contacts: u64,
}
