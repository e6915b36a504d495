//! The queries behind lists of messages.
//!
//! Newest first, a list is put together from *arms*, each of which reads one index that ends in the notification's id
//! backwards and stops at the limit. A status needs two: messages that have come to their end with it, and messages that
//! have not come to their end, of which there are few. [`list`](super::list) merges the arms; SQLite never sorts the
//! whole.

use rusqlite::types::Value;

use super::id_sequence::first;
use super::messages::COLUMNS;
use crate::model::{Channel, MessageStatus};

/// Which messages are wanted. What is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Queued at or after, milliseconds of virtual time since the Unix epoch.
    pub since: Option<i64>,
    /// Queued before.
    pub until: Option<i64>,
    /// Any of these statuses.
    pub statuses: Vec<MessageStatus>,
    /// Any of these channels.
    pub channels: Vec<Channel>,
    /// The event.
    pub event: Option<String>,
    /// The identifier that the channel used.
    pub recipient: Option<String>,
    /// Something happened after this time.
    pub changed_after: Option<i64>,
}

/// The status of a message at the time `?1`.
pub const STATUS: &str =
    "CASE WHEN m.end_at <= ?1 THEN m.end_status WHEN m.sent_at <= ?1 THEN 'sent' ELSE 'queued' END";
/// When the last thing happened to a message, up to the time `?1`.
const CHANGED: &str = "CASE WHEN m.post_delivery_at <= ?1 THEN m.post_delivery_at WHEN m.end_at <= ?1 THEN m.end_at \
     WHEN m.sent_at <= ?1 THEN m.sent_at ELSE m.queued_at END";

/// A query that grows: its conditions, and the values bound to them. `?1` is always the present, `?2` the namespace.
pub struct Query {
    conditions: Vec<String>,
    values: Vec<Value>,
}

/// What an arm asks of the status.
#[derive(Clone, Copy)]
enum Subquery<'a> {
    /// Nothing.
    Any,
    /// The end has come, with this status.
    Final(&'a MessageStatus),
    /// The end has not come, and the status is one of those that are wanted.
    Unsettled,
}

impl Query {
    /// Begins with what a filter says, apart from the statuses and from the channels.
    pub fn new(filter: &Filter, now: i64, namespace: i64) -> Self {
        let mut query = Self {
            conditions: vec!["m.namespace = ?2".to_owned()],
            values: vec![Value::from(now), Value::from(namespace)],
        };
        // Always both bounds: an index is then searched, never scanned.
        let since = filter.since.map_or([0; 16], first);
        let until = filter.until.map_or([0xff; 16], first);
        query.push_comparison("m.notification >=", since.to_vec());
        query.push_comparison("m.notification <", until.to_vec());
        if let Some(event) = &filter.event {
            query.push_comparison("m.event =", event.clone());
        }
        if let Some(recipient) = &filter.recipient {
            query.push_comparison("m.recipient =", recipient.clone());
        }
        query
    }

    fn push_comparison(&mut self, left: &str, value: impl Into<Value>) {
        let place = self.bind(value);
        self.conditions.push(format!("{left} {place}"));
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn push_in(&mut self, left: &str, values: impl Iterator<Item = String>) {
        let places: Vec<String> = values.map(|value| self.bind(value)).collect();
        if !places.is_empty() {
            let places = places.join(", ");
            self.conditions.push(format!("{left} IN ({places})"));
        }
    }

    /// Adds the statuses, the channels and the changes of a filter, to be tested row by row.
    pub fn with_row_filters(mut self, filter: &Filter) -> Self {
        if let Some(after) = filter.changed_after {
            self.push_comparison("m.last_at >", after);
            self.push_comparison(&format!("{CHANGED} >"), after);
        }
        let statuses = filter.statuses.iter();
        self.push_in(STATUS, statuses.map(|status| status.as_str().to_owned()));
        let channels = filter.channels.iter();
        self.push_in(
            "m.channel",
            channels.map(|channel| channel.as_str().to_owned()),
        );
        self
    }

    /// Returns the conditions and the values.
    pub fn parts(&self) -> (String, &[Value]) {
        (self.conditions.join(" AND "), &self.values)
    }

    fn select(&mut self, index: &str, order: &str, limit: i64) -> String {
        let limit = self.bind(limit);
        let conditions = self.conditions.join(" AND ");
        format!(
            "SELECT {COLUMNS}, n.processing_at, n.completed_at, n.cancelled_at, {CHANGED} AS changed \
             FROM messages m {index} CROSS JOIN notifications n ON n.namespace = m.namespace AND n.id = m.notification \
             WHERE {conditions} ORDER BY {order} LIMIT {limit}"
        )
    }
}

/// Returns the queries of a list, newest first, each with the values that it is given.
pub fn newest(filter: &Filter, now: i64, namespace: i64, limit: i64) -> Vec<(String, Vec<Value>)> {
    let mut arms = vec![Subquery::Any];
    if !filter.statuses.is_empty() {
        arms = filter.statuses.iter().map(Subquery::Final).collect();
        arms.push(Subquery::Unsettled);
    }
    let channels: Vec<Option<&Channel>> = match &filter.channels[..] {
        [] => vec![None],
        channels => channels.iter().map(Some).collect(),
    };
    let pairs = arms
        .iter()
        .flat_map(|arm| channels.iter().map(move |channel| (*arm, *channel)));
    pairs
        .map(|(arm, channel)| {
            let mut query = Query::new(filter, now, namespace);
            if let Some(channel) = channel {
                query.push_comparison("m.channel =", channel.as_str().to_owned());
            }
            match arm {
                Subquery::Any => {}
                Subquery::Final(status) => {
                    query.push_comparison("m.end_status =", status.as_str().to_owned());
                    query.conditions.push("m.end_at <= ?1".to_owned());
                }
                Subquery::Unsettled => {
                    let words = filter.statuses.iter().map(|s| s.as_str().to_owned());
                    query.push_in(STATUS, words);
                    query
                        .conditions
                        .push("m.last_at > ?1 AND m.end_at > ?1".to_owned());
                }
            }
            let index = match (arm, &filter.recipient, &filter.event, channel) {
                (_, Some(_), _, _) => "INDEXED BY messages_recipient",
                (Subquery::Unsettled, ..) => "INDEXED BY messages_last",
                (_, None, Some(_), _) => "INDEXED BY messages_event",
                (Subquery::Final(_), ..) => "INDEXED BY messages_status",
                (Subquery::Any, None, None, Some(_)) => "INDEXED BY messages_channel",
                (Subquery::Any, None, None, None) => "",
            };
            let sql = query.select(index, "m.notification DESC, m.number DESC", limit);
            (sql, query.values)
        })
        .collect()
}

/// Returns the query of a list of changes in a span of time, oldest first.
pub fn changes(
    filter: &Filter,
    now: i64,
    namespace: i64,
    until: i64,
    limit: i64,
) -> (String, Vec<Value>) {
    let mut query = Query::new(filter, now, namespace).with_row_filters(filter);
    query.push_comparison(&format!("{CHANGED} <="), until);
    let order = "changed, m.notification, m.number";
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

    fn plans((sql, values): &(String, Vec<Value>)) -> Vec<String> {
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
                for step in plans(query) {
                    assert!(!step.starts_with("SCAN"), "{filter:?}\n{}\n{step}", query.0);
                }
            }
        }
    }

    #[test]
    fn only_what_is_not_settled_is_ever_sorted() {
        for filter in filters() {
            for query in newest(&filter, 7, 0, 50) {
                let sorted = plans(&query)
                    .iter()
                    .any(|step| step.contains("TEMP B-TREE"));
                let unsettled = query.0.contains("messages_last");
                assert!(!sorted || unsettled, "{filter:?}\n{}", query.0);
            }
        }
    }
}
