//! The SQL queries behind lists of messages.
//!
//! A list of the newest messages is merged from the results of several queries. Each query reads one index backwards
//! and stops at the limit of the list. The last column of the index is the notification's id, so the rows come newest
//! first.
//!
//! A filter by status needs one query for each status, which finds messages with that final status. One more query
//! finds messages that have not reached their final status, of which there are few. The results are merged in Rust,
//! because SQLite would sort the whole table.

use rusqlite::types::Value;
use uuid::Uuid;

use super::id_sequence::first;
use super::messages::COLUMNS;
use crate::model::{Channel, MessageStatus};

/// Selects the messages that meet all of these conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Selects messages that were queued at or after this time, in milliseconds of virtual time since the Unix epoch.
    /// `None` for no lower limit.
    pub since: Option<i64>,
    /// Selects messages that were queued before this time, in milliseconds of virtual time since the Unix epoch. `None`
    /// for no upper limit.
    pub until: Option<i64>,
    /// Selects messages with one of these statuses. Empty for all statuses.
    pub statuses: Vec<MessageStatus>,
    /// Selects messages on one of these channels. Empty for all channels.
    pub channels: Vec<Channel>,
    pub event: Option<String>,
    pub recipient: Option<String>,
    /// Selects messages whose last change is after this time, in milliseconds of virtual time since the Unix epoch.
    /// `None` for messages that changed at any time.
    pub changed_after: Option<i64>,
}

/// The SQL expression for the status of a message at the virtual time `?1`.
pub const STATUS: &str =
    "CASE WHEN end_at <= ?1 THEN end_status WHEN sent_at <= ?1 THEN 'sent' ELSE 'queued' END";
/// The SQL expression for the time of a message's last change. Changes after the virtual time `?1` do not count.
const CHANGED: &str = "CASE WHEN post_delivery_at <= ?1 THEN post_delivery_at WHEN end_at <= ?1 THEN end_at \
     WHEN sent_at <= ?1 THEN sent_at ELSE queued_at END";

/// A query under construction: its conditions and the values of its parameters. `?1` is always the virtual time, and
/// `?2` the namespace.
pub struct Query {
    conditions: Vec<String>,
    pub values: Vec<Value>,
}

enum Subquery<'a> {
    Any,
    Final(&'a MessageStatus),
    /// Messages that have not reached their final status, and whose current status is one of the filter's statuses.
    BeforeFinal,
}

impl Query {
    /// Returns a query with the conditions of a filter, except `statuses`, `channels` and `changed_after`.
    pub fn new(filter: &Filter, now: i64, namespace: i64) -> Self {
        let mut query = Self {
            conditions: vec!["namespace = ?2".to_owned()],
            values: vec![Value::from(now), Value::from(namespace)],
        };
        // With both bounds in every query, SQLite searches the index and never scans it.
        let since = filter.since.map_or(Uuid::nil(), first);
        let until = filter.until.map_or(Uuid::max(), first);
        query.push_comparison("notification >=", since);
        query.push_comparison("notification <", until);
        if let Some(event) = &filter.event {
            query.push_comparison("event =", event.clone());
        }
        if let Some(recipient) = &filter.recipient {
            query.push_comparison("recipient =", recipient.clone());
        }
        query
    }

    fn push_comparison(&mut self, left: &str, value: impl Into<Value>) {
        let parameter = self.bind(value);
        self.conditions.push(format!("{left} {parameter}"));
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn push_in<'a>(&mut self, left: &str, values: impl Iterator<Item = &'a str>) {
        let parameters: Vec<String> = values.map(|value| self.bind(value.to_owned())).collect();
        if !parameters.is_empty() {
            let parameters = parameters.join(", ");
            self.conditions.push(format!("{left} IN ({parameters})"));
        }
    }

    /// Adds the remaining conditions of a filter: `statuses`, `channels` and `changed_after`.
    pub fn with_row_filters(mut self, filter: &Filter) -> Self {
        if let Some(after) = filter.changed_after {
            self.push_comparison("last_at >", after);
            self.push_comparison(&format!("{CHANGED} >"), after);
        }
        self.push_in(STATUS, filter.statuses.iter().map(MessageStatus::as_str));
        self.push_in("channel", filter.channels.iter().map(Channel::as_str));
        self
    }

    /// Returns all conditions, joined with `AND`, for a `WHERE` clause.
    pub fn condition(&self) -> String {
        self.conditions.join(" AND ")
    }

    fn select(&mut self, index: &str, order: &str, limit: i64) -> String {
        let limit = self.bind(limit);
        let condition = self.condition();
        format!(
            "SELECT {COLUMNS}, {CHANGED} AS changed FROM messages {index} WHERE {condition} ORDER BY {order} LIMIT {limit}"
        )
    }
}

/// Returns the queries whose merged results are a list of the newest messages. Each query comes with the values of its
/// parameters.
pub fn newest(filter: &Filter, now: i64, namespace: i64, limit: i64) -> Vec<(String, Vec<Value>)> {
    let mut subqueries = vec![Subquery::Any];
    if !filter.statuses.is_empty() {
        subqueries = filter.statuses.iter().map(Subquery::Final).collect();
        subqueries.push(Subquery::BeforeFinal);
    }
    let channels: Vec<Option<&Channel>> = match &filter.channels[..] {
        [] => vec![None],
        channels => channels.iter().map(Some).collect(),
    };
    let mut queries = Vec::with_capacity(subqueries.len() * channels.len());
    for subquery in &subqueries {
        for channel in &channels {
            let mut query = Query::new(filter, now, namespace);
            if let Some(channel) = channel {
                query.push_comparison("channel =", channel.as_str().to_owned());
            }
            match subquery {
                Subquery::Any => {}
                Subquery::Final(status) => {
                    query.push_comparison("end_status =", status.as_str().to_owned());
                    query.conditions.push("end_at <= ?1".to_owned());
                }
                Subquery::BeforeFinal => {
                    query.push_in(STATUS, filter.statuses.iter().map(MessageStatus::as_str));
                    query
                        .conditions
                        .push("last_at > ?1 AND end_at > ?1".to_owned());
                }
            }
            let index = match (subquery, &filter.recipient, &filter.event, channel) {
                (_, Some(_), _, _) => "INDEXED BY messages_recipient",
                (Subquery::BeforeFinal, ..) => "INDEXED BY messages_last",
                (_, None, Some(_), _) => "INDEXED BY messages_event",
                (Subquery::Final(_), ..) => "INDEXED BY messages_status",
                (Subquery::Any, None, None, Some(_)) => "INDEXED BY messages_channel",
                (Subquery::Any, None, None, None) => "",
            };
            let sql = query.select(index, "notification DESC", limit);
            queries.push((sql, query.values));
        }
    }
    queries
}

/// Returns the query for messages whose last change was at or before `until`, the oldest change first. The query comes
/// with the values of its parameters.
pub fn changes(
    filter: &Filter,
    now: i64,
    namespace: i64,
    until: i64,
    limit: i64,
) -> (String, Vec<Value>) {
    let mut query = Query::new(filter, now, namespace).with_row_filters(filter);
    query.push_comparison(&format!("{CHANGED} <="), until);
    let order = "changed, notification";
    let sql = query.select("INDEXED BY messages_last", order, limit);
    (sql, query.values)
}

#[cfg(test)]
mod tests {
    use super::{Filter, changes, newest};
    use crate::model::{Channel, MessageStatus};
    use crate::simulator::store::schema::SCHEMA;
    use crate::sqlite::{DbLocation, open};
    use rusqlite::params_from_iter;
    use rusqlite::types::Value;

    fn query_plan((sql, values): &(String, Vec<Value>)) -> Vec<String> {
        let connection = open(&DbLocation::Memory, &SCHEMA).unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let details = statement.query_map(params_from_iter(values), |row| row.get(3));
        details.unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn filters() -> Vec<Filter> {
        let mut filters = Vec::new();
        for mask in 0..32 {
            let has = |bit: u32| mask & (1 << bit) != 0;
            filters.push(Filter {
                since: has(4).then_some(5),
                until: has(4).then_some(9),
                statuses: if has(0) {
                    vec![MessageStatus::Queued, MessageStatus::Failed]
                } else {
                    vec![]
                },
                channels: if has(1) {
                    vec![Channel::Email, Channel::Sms]
                } else {
                    vec![]
                },
                event: has(2).then(|| "welcome".to_owned()),
                recipient: has(3).then(|| "ada@example.com".to_owned()),
                changed_after: None,
            });
        }
        filters
    }

    #[test]
    fn no_list_scans_a_table() {
        for filter in filters() {
            let mut queries = newest(&filter, 7, 0, 50);
            let changed = Filter {
                changed_after: Some(5),
                ..filter.clone()
            };
            queries.push(changes(&changed, 7, 0, 7, 50));
            for query in &queries {
                for step in query_plan(query) {
                    assert!(!step.starts_with("SCAN"), "{filter:?}\n{}\n{step}", query.0);
                }
            }
        }
    }

    #[test]
    fn only_messages_before_their_final_status_are_sorted() {
        for filter in filters() {
            for query in newest(&filter, 7, 0, 50) {
                let sorted = query_plan(&query)
                    .iter()
                    .any(|step| step.contains("TEMP B-TREE"));
                let is_before_final = query.0.contains("messages_last");
                assert!(!sorted || is_before_final, "{filter:?}\n{}", query.0);
            }
        }
    }
}
