//! Lists of messages: newest first, or oldest change first.
//!
//! Newest first, a list is put together from *arms*, each of which reads one index that ends in the notification's id
//! backwards and stops at the limit. A status needs two: messages that have come to their end with it, and messages that
//! have not come to their end, of which there are few. The arms are merged here; SQLite never sorts the whole.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::ids::first;
use super::messages::{COLUMNS, StoredMessage, WIDTH};
use super::notifications::Progress;
use super::{Reader, StoreError};
use crate::api::control::MessageRow;
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

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The messages.
    pub rows: Vec<MessageRow>,
    /// Whether there are more.
    pub more: bool,
    /// Everything that changed up to this time is in the list; only for a list of changes.
    pub changed_until: Option<i64>,
}

/// The status of a message at the time `?1`.
pub const STATUS: &str =
    "CASE WHEN m.end_at <= ?1 THEN m.end_status WHEN m.sent_at <= ?1 THEN 'sent' ELSE 'queued' END";
/// When the last thing happened to a message, up to the time `?1`.
const CHANGED: &str = "CASE WHEN m.late_at <= ?1 THEN m.late_at WHEN m.end_at <= ?1 THEN m.end_at \
     WHEN m.sent_at <= ?1 THEN m.sent_at ELSE m.queued_at END";

/// A query that grows: its conditions, and the values bound to them. `?1` is always the present.
pub struct Query {
    conditions: Vec<String>,
    values: Vec<Value>,
}

/// What an arm asks of the status.
#[derive(Clone, Copy)]
enum Arm<'a> {
    /// Nothing.
    Any,
    /// The end has come, with this status.
    Ended(&'a MessageStatus),
    /// The end has not come, and the status is one of those that are wanted.
    Unsettled,
}

impl Query {
    /// Begins with what a filter says, apart from the statuses and from the channels.
    pub fn new(filter: &Filter, now: i64) -> Self {
        let mut query = Self {
            conditions: Vec::new(),
            values: vec![Value::from(now)],
        };
        // Always both bounds: an index is then searched, never scanned.
        let since = filter.since.map_or([0; 16], first);
        let until = filter.until.map_or([0xff; 16], first);
        query.compare("m.notification >=", since.to_vec());
        query.compare("m.notification <", until.to_vec());
        if let Some(event) = &filter.event {
            query.compare("m.event =", event.clone());
        }
        if let Some(recipient) = &filter.recipient {
            query.compare("m.recipient =", recipient.clone());
        }
        query
    }

    fn compare(&mut self, left: &str, value: impl Into<Value>) {
        let place = self.bind(value);
        self.conditions.push(format!("{left} {place}"));
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn among(&mut self, left: &str, values: impl Iterator<Item = String>) {
        let places: Vec<String> = values.map(|value| self.bind(value)).collect();
        if !places.is_empty() {
            let places = places.join(", ");
            self.conditions.push(format!("{left} IN ({places})"));
        }
    }

    /// Adds the statuses, the channels and the changes of a filter, to be tested row by row.
    pub fn tested(mut self, filter: &Filter) -> Self {
        if let Some(after) = filter.changed_after {
            self.compare("m.last_at >", after);
            self.compare(&format!("{CHANGED} >"), after);
        }
        let statuses = filter.statuses.iter();
        self.among(STATUS, statuses.map(|status| status.as_str().to_owned()));
        let channels = filter.channels.iter();
        self.among(
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
            "SELECT {COLUMNS}, n.moves_at, n.completes_at, n.cancelled_at, {CHANGED} AS changed \
             FROM messages m {index} CROSS JOIN notifications n ON n.id = m.notification \
             WHERE {conditions} ORDER BY {order} LIMIT {limit}"
        )
    }
}

/// Returns the queries of a list, newest first, each with the values that it is given.
fn newest(filter: &Filter, now: i64, limit: i64) -> Vec<(String, Vec<Value>)> {
    let mut arms = vec![Arm::Any];
    if !filter.statuses.is_empty() {
        arms = filter.statuses.iter().map(Arm::Ended).collect();
        arms.push(Arm::Unsettled);
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
            let mut query = Query::new(filter, now);
            if let Some(channel) = channel {
                query.compare("m.channel =", channel.as_str().to_owned());
            }
            match arm {
                Arm::Any => {}
                Arm::Ended(status) => {
                    query.compare("m.end_status =", status.as_str().to_owned());
                    query.conditions.push("m.end_at <= ?1".to_owned());
                }
                Arm::Unsettled => {
                    let words = filter.statuses.iter().map(|s| s.as_str().to_owned());
                    query.among(STATUS, words);
                    query
                        .conditions
                        .push("m.last_at > ?1 AND m.end_at > ?1".to_owned());
                }
            }
            let index = match (arm, &filter.recipient, &filter.event, channel) {
                (_, Some(_), _, _) => "INDEXED BY messages_recipient",
                (Arm::Unsettled, ..) => "INDEXED BY messages_last",
                (_, None, Some(_), _) => "INDEXED BY messages_event",
                (Arm::Ended(_), ..) => "INDEXED BY messages_status",
                (Arm::Any, None, None, Some(_)) => "INDEXED BY messages_channel",
                (Arm::Any, None, None, None) => "",
            };
            let sql = query.select(index, "m.notification DESC, m.n DESC", limit);
            (sql, query.values)
        })
        .collect()
}

/// Returns the query of a list of changes in a span of time, oldest first.
fn changes(filter: &Filter, now: i64, until: i64, limit: i64) -> (String, Vec<Value>) {
    let mut query = Query::new(filter, now).tested(filter);
    query.compare(&format!("{CHANGED} <="), until);
    let order = "changed, m.notification, m.n";
    let sql = query.select("INDEXED BY messages_last", order, limit);
    (sql, query.values)
}

struct Row {
    message: StoredMessage,
    progress: Progress,
    changed: i64,
}

impl Reader<'_> {
    /// Returns a list of at most so many messages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn messages(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        if filter.changed_after.is_some() {
            return self.changed_messages(filter, limit);
        }
        let ask = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut rows = Vec::new();
        for (sql, values) in newest(filter, self.now, ask) {
            rows.extend(self.rows(&sql, &values)?);
        }
        rows.sort_unstable_by_key(|row| {
            std::cmp::Reverse((row.message.notification, row.message.number))
        });
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(self.page(&rows, more, None))
    }

    /// Whoever asks for changes again and again must miss none: a list that is too long ends between two milliseconds,
    /// and only the changes of a single millisecond can be more than the limit.
    fn changed_messages(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        let ask = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (sql, values) = changes(filter, self.now, self.now, ask);
        let mut rows = self.rows(&sql, &values)?;
        let Some(cut) = rows.get(limit).map(|row| row.changed) else {
            return Ok(self.page(&rows, false, Some(self.now)));
        };
        rows.retain(|row| row.changed < cut);
        if !rows.is_empty() {
            return Ok(self.page(&rows, true, Some(cut - 1)));
        }
        let (sql, values) = changes(filter, self.now, cut, -1);
        let rows = self.rows(&sql, &values)?;
        Ok(self.page(&rows, true, Some(cut)))
    }

    fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_and_then(params_from_iter(values), |row| {
            Ok(Row {
                message: StoredMessage::read(row)?,
                progress: Progress::read(row, WIDTH)?,
                changed: row.get(WIDTH + 3)?,
            })
        })?;
        rows.collect()
    }

    fn page(&self, rows: &[Row], more: bool, changed_until: Option<i64>) -> Page {
        let shown = |row: &Row| MessageRow {
            notification: row.message.notification.to_string(),
            notification_status: row.progress.status(self.now).as_str().to_owned(),
            event: row.message.event.clone(),
            recipient: row.message.recipient.clone(),
            message: row.message.body(self.now),
        };
        Page {
            rows: rows.iter().map(shown).collect(),
            more,
            changed_until,
        }
    }
}
