//! Counts over recorded messages, in the form in which the simulator counts its own.

use crate::api::control::{MessageGroup, MessageRow, Statistics};
use crate::model::Message;

/// Counts messages by channel and status, errors by code, and times to delivery.
pub fn count(rows: &[MessageRow]) -> Statistics {
    let groups = rows.iter().map(|MessageRow { message, .. }| MessageGroup {
        channel: message.channel.clone(),
        status: message.status.clone(),
        code: message.error.as_ref().map(|error| error.code.clone()),
        latency: latency(message),
        count: 1,
    });
    Statistics::from_groups(groups)
}

/// Returns the time from queued to delivered, in milliseconds.
fn latency(message: &Message) -> Option<i64> {
    let latency = message.delivered_at?.as_millisecond() - message.queued_at?.as_millisecond();
    Some(latency.max(0))
}
