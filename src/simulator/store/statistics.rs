//! Counts messages by channel, status, error code and delivery time. SQLite counts them in one pass, so memory holds
//! one row for each group, not for each message.

use rusqlite::params_from_iter;

use super::error::StoreError;
use super::query::{Filter, Query, STATUS};
use super::reader::Reader;
use crate::api::control::{MessageGroup, Statistics};

/// Returns an SQL expression that rounds a duration in milliseconds. Above 100 ms, two significant digits are kept,
/// which limits the number of groups.
fn rounded(duration: &str) -> String {
    // Every number with 18 digits fits into an SQLite integer.
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
    pub fn statistics(&self, filter: &Filter) -> Result<Statistics, StoreError> {
        let query = Query::new(filter, self.now, self.namespace).with_row_filters(filter);
        let latency = rounded("(end_at - queued_at)");
        let sql = format!(
            "SELECT channel, {STATUS} AS status, \
             CASE WHEN post_delivery_at <= ?1 THEN post_delivery_reason WHEN end_at <= ?1 THEN reason END AS code, \
             CASE WHEN end_status = 'delivered' AND end_at <= ?1 THEN {latency} END AS latency, count(*) \
             FROM messages WHERE {} GROUP BY 1, 2, 3, 4",
            query.condition()
        );
        let groups = self.query_all(&sql, params_from_iter(query.values), |row| {
            Ok(MessageGroup {
                channel: row.get(0)?,
                status: row.get(1)?,
                code: row.get(2)?,
                latency: row.get(3)?,
                count: u64::from(row.get::<_, u32>(4)?),
            })
        })?;
        Ok(Statistics::from_groups(groups))
    }

    pub fn notification_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.counts(
            "SELECT CASE WHEN cancelled_at <= ?1 THEN 'cancelled' WHEN end_status <> 'queued' AND end_at <= ?1 THEN 'completed' \
             WHEN sent_at <= ?1 THEN 'processing' ELSE 'accepted' END AS status, count(*) \
             FROM messages WHERE namespace = ?2 GROUP BY 1 ORDER BY 1",
        )
    }

    /// Returns the number of webhook events in each state, such as `delivered`. Counts only those events of the
    /// namespace that have already happened.
    pub fn delivery_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
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
