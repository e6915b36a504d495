//! Counts over recorded messages, in the form in which the simulator counts its own.

use std::collections::BTreeMap;

use crate::api::control::{MessageRow, ReasonCount, Statistics, StatusCount};
use crate::model::{Channel, Message, MessageStatus};

/// Counts messages by channel and status, errors by code, and times to delivery.
pub fn count(rows: &[MessageRow], now: i64) -> Statistics {
    let mut counts: BTreeMap<(Channel, MessageStatus), u64> = BTreeMap::new();
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut latencies: BTreeMap<i64, u64> = BTreeMap::new();
    for row in rows {
        let message = &row.message;
        let kind = (message.channel.clone(), message.status.clone());
        *counts.entry(kind).or_default() += 1;
        if let Some(error) = &message.error {
            *reasons.entry(error.code.clone()).or_default() += 1;
        }
        if let Some(latency) = latency(message) {
            *latencies.entry(latency).or_default() += 1;
        }
    }
    let mut reasons: Vec<ReasonCount> = reasons
        .into_iter()
        .map(|(code, count)| ReasonCount { code, count })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    Statistics {
        now,
        counts: counts
            .into_iter()
            .map(|((channel, status), count)| StatusCount {
                channel,
                status,
                count,
            })
            .collect(),
        reasons,
        latencies: latencies.into_iter().collect(),
    }
}

/// Returns the time from queued to delivered, in milliseconds.
fn latency(message: &Message) -> Option<i64> {
    let latency = message.delivered_at?.as_millisecond() - message.queued_at?.as_millisecond();
    Some(latency.max(0))
}
