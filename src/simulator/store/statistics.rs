//! Counts of messages, aggregated by SQLite in one pass: memory holds one row for each group.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::params_from_iter;

use super::error::StoreError;
use super::query::{Filter, Query, STATUS};
use super::reader::Reader;
use crate::api::control::{ReasonCount, Statistics, StatusCount};
use crate::model::{Channel, MessageStatus};

/// Channel, status, code of the reason, rounded latency, number of messages.
type Group = (Channel, MessageStatus, Option<String>, Option<i64>, u32);

/// Returns the SQL expression of a duration, rounded to two significant digits above 100 ms: that bounds the groups.
fn rounded(duration: &str) -> String {
    // SQLite's integers have 18 full digits.
    let steps = (3..=18).map(|digits| {
        let (limit, unit) = (10_i64.pow(digits), 10_i64.pow(digits - 2));
        format!(
            "WHEN {duration} < {limit} THEN ({duration} + {}) / {unit} * {unit}",
            unit / 2
        )
    });
    let steps: Vec<String> = steps.collect();
    format!(
        "CASE WHEN {duration} <= 100 THEN {duration} {} ELSE {duration} END",
        steps.join(" ")
    )
}

impl Reader<'_> {
    /// Returns the counts of the messages that match a filter.
    pub(crate) fn statistics(&self, filter: &Filter) -> Result<Statistics, StoreError> {
        let query = Query::new(filter, self.now, self.namespace).with_row_filters(filter);
        let (conditions, values) = query.parts();
        let latency = rounded("(end_at - queued_at)");
        let sql = format!(
            "SELECT channel, {STATUS} AS status, \
             CASE WHEN post_delivery_at <= ?1 THEN post_delivery_reason WHEN end_at <= ?1 THEN reason END AS code, \
             CASE WHEN end_status = 'delivered' AND end_at <= ?1 THEN {latency} END AS latency, count(*) \
             FROM messages WHERE {conditions} GROUP BY 1, 2, 3, 4"
        );
        let groups: Vec<Group> = self.query_all(&sql, params_from_iter(values), |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })?;
        Ok(aggregate(self.now, &groups))
    }

    /// Returns the number of notifications of the namespace by status.
    pub(crate) fn notification_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.counts(
            "SELECT CASE WHEN cancelled_at <= ?1 THEN 'cancelled' WHEN end_status <> 'queued' AND end_at <= ?1 THEN 'completed' \
             WHEN sent_at <= ?1 THEN 'processing' ELSE 'accepted' END AS status, count(*) \
             FROM messages WHERE namespace = ?2 GROUP BY 1 ORDER BY 1",
        )
    }

    /// Returns the number of past webhook events of the namespace by state.
    pub(crate) fn delivery_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.counts(
            "SELECT state, count(*) FROM webhook_events WHERE occurs_at <= ?1 AND namespace = ?2 GROUP BY 1 ORDER BY 1",
        )
    }

    fn counts(&self, sql: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.query_all(sql, [self.now, self.namespace], |row| {
            Ok((row.get(0)?, u64::from(row.get::<_, u32>(1)?)))
        })
    }
}

fn aggregate(now: i64, groups: &[Group]) -> Statistics {
    let mut counts = BTreeMap::new();
    let mut reasons = BTreeMap::new();
    let mut latencies = BTreeMap::new();
    for (channel, status, code, latency, count) in groups {
        let count = u64::from(*count);
        let key = (channel.clone(), status.clone());
        *counts.entry(key).or_default() += count;
        if let Some(code) = code {
            *reasons.entry(code.clone()).or_default() += count;
        }
        if let Some(latency) = latency {
            *latencies.entry(*latency).or_default() += count;
        }
    }
    let mut reasons: Vec<ReasonCount> = reasons
        .into_iter()
        .map(|(code, count)| ReasonCount { code, count })
        .collect();
    reasons.sort_by_key(|reason| Reverse(reason.count));
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
