//! The list of messages: its JSON, its rows, its table.

use serde::Serialize;

use crate::api::control::{self, MessageRow, ReasonCount, StatusCount};
use crate::commands::message_rows;
use crate::commands::notification::{between, displayed_status, error_suffix};
use crate::commands::poll::{EndJson, StopReason};
use crate::error::{Error, RequestFailure};
use crate::exit::Exit;
use crate::host::Interrupt;
use crate::model::{MessageStatus, Timestamp};
use crate::output::table::{Column, cut, fits, table, whole};
use crate::output::{Formats, Report, Rows, TextStyle, TextWriter, Update, stats};
use crate::redact::Pii;
use crate::text;

/// The result of `activity`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ActivityReport {
    List(ActivityList),
    /// `--follow`: the messages were updates.
    Followed {
        #[serde(flatten)]
        end: EndJson,
        #[serde(skip)]
        interrupted: Option<Interrupt>,
    },
}

/// A list of messages.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ActivityList {
    /// When the service responded, on its clock.
    pub at: Timestamp,
    /// Where the list comes from.
    #[serde(flatten)]
    pub source: ActivitySource,
    /// Whether there are more messages than `--limit`.
    pub more: bool,
    /// Newest first.
    pub messages: Vec<Pii<MessageRow>>,
    /// With `--stats`.
    pub statistics: Option<Statistics>,
}

/// Counts over the messages.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statistics {
    counts: Vec<StatusCount>,
    reasons: Vec<ReasonCount>,
    /// How many messages took how long from queued to delivered.
    latencies: Vec<Latency>,
    #[serde(skip)]
    body: control::Statistics,
}

/// How many messages took how long from queued to delivered.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Latency {
    milliseconds: i64,
    count: u64,
}

/// Where a list of messages comes from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "SourceJson")]
#[derive(Clone)]
#[cfg_attr(test, schemars(with = "SourceJson"))]
pub enum ActivitySource {
    /// Everything in the simulator.
    Simulator,
    /// What this machine sent, as its journal recorded it.
    Journal {
        /// The service, for display.
        service: String,
        /// Whether the service said of everything in the list that it was simulated.
        simulated: bool,
        /// Sends whose outcome is unknown, newest first.
        unresolved: Vec<UnresolvedSend>,
        freshness: Freshness,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SourceJson {
    /// `simulator` or `journal`.
    of: &'static str,
    /// Whether messages that had not settled were polled again; null for the simulator.
    refreshed: Option<bool>,
    /// How many sends have an unknown outcome.
    unknown_outcomes: usize,
}

/// A send whose response was never recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct UnresolvedSend {
    pub event: String,
    /// Empty for the event's listeners.
    pub recipient: Pii<String>,
    /// The key under which it can be repeated safely.
    pub idempotency_key: Pii<String>,
}

/// Whether messages that had not settled were polled again.
#[derive(Debug, Clone, PartialEq)]
pub enum Freshness {
    Refreshed,
    /// `--offline`
    Offline,
    /// The service could not be polled.
    Failed(StopReason, Option<Pii<String>>),
}

impl From<ActivitySource> for SourceJson {
    fn from(source: ActivitySource) -> Self {
        match source {
            ActivitySource::Simulator => Self {
                of: "simulator",
                refreshed: None,
                unknown_outcomes: 0,
            },
            ActivitySource::Journal {
                unresolved,
                freshness,
                ..
            } => Self {
                of: "journal",
                refreshed: Some(freshness == Freshness::Refreshed),
                unknown_outcomes: unresolved.len(),
            },
        }
    }
}

impl From<control::Statistics> for Statistics {
    fn from(body: control::Statistics) -> Self {
        let latency = |&(milliseconds, count): &(i64, u64)| Latency {
            milliseconds,
            count,
        };
        Self {
            counts: body.counts.clone(),
            reasons: body.reasons.clone(),
            latencies: body.latencies.iter().map(latency).collect(),
            body,
        }
    }
}

impl ActivityReport {
    /// Returns the report of `--follow`.
    pub fn followed(interrupted: Option<Interrupt>) -> Self {
        Self::Followed {
            end: EndJson::without_verdict(),
            interrupted,
        }
    }
}

impl ActivityList {
    fn freshness(&self) -> Option<&Freshness> {
        match &self.source {
            ActivitySource::Simulator => None,
            ActivitySource::Journal { freshness, .. } => Some(freshness),
        }
    }

    fn write(&self, out: &mut TextWriter<'_>) {
        if !self.messages.is_empty() {
            let table = message_table(self, out.style());
            out.push(&table);
        }
        if let Some(statistics) = &self.statistics {
            if !self.messages.is_empty() {
                out.line("");
            }
            let text = stats::text(&statistics.body, out.style());
            out.push(&text);
        }
    }

    /// Writes where the list comes from, how fresh it is, and what is not in it.
    fn write_source(&self, out: &mut TextWriter<'_>) {
        let counts_only = self.statistics.is_some() && self.messages.is_empty();
        let count = text::count_noun(self.messages.len(), "message");
        let more = if self.more { "; -n shows more" } else { "" };
        match &self.source {
            ActivitySource::Simulator if counts_only => {}
            ActivitySource::Simulator => {
                out.line(format_args!("{count} of the simulator{more}"));
            }
            ActivitySource::Journal {
                service,
                unresolved,
                freshness,
                ..
            } => {
                let newest = if self.more { "the newest " } else { "" };
                let list = match counts_only {
                    true => format!("what was sent from here to {service}"),
                    false => format!("{newest}{count} sent from here to {service}{more}"),
                };
                write_freshness(&list, freshness, out);
                write_unresolved(unresolved, out);
            }
        }
    }
}

fn write_freshness(list: &str, freshness: &Freshness, out: &mut TextWriter<'_>) {
    let style = out.style();
    match freshness {
        Freshness::Refreshed => out.line(list),
        Freshness::Offline => out.line(format_args!("{list}, as last recorded (--offline)")),
        Freshness::Failed(_, Some(reason)) => {
            let reason = style.sanitize(reason);
            out.line(format_args!("{list}, not brought up to date: {reason}"));
        }
        Freshness::Failed(_, None) => {
            out.line(format_args!("{list}, not brought up to date"));
        }
    }
}

fn write_unresolved(sends: &[UnresolvedSend], out: &mut TextWriter<'_>) {
    /// How many lines are enough for people.
    const MAX_LINES: usize = 5;
    let style = out.style();
    for send in sends.iter().take(MAX_LINES) {
        let to = match send.recipient.as_str() {
            "" => String::new(),
            recipient => format!(" to {}", style.sanitize(recipient)),
        };
        out.line(format_args!(
            "outcome unknown: {}{to}; repeated with --idempotency-key {} it is sent once",
            style.sanitize(&send.event),
            style.sanitize(&send.idempotency_key)
        ));
    }
    if sends.len() > MAX_LINES {
        out.line(format_args!(
            "outcome unknown: {} more",
            sends.len() - MAX_LINES
        ));
    }
}

impl Report for ActivityReport {
    const SCHEMA: &'static str = "sendivent.activity/1";
    const FORMATS: Formats = Formats::ALL;

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        let list = crate::output::document_schema::<ActivityList>(Self::SCHEMA, None);
        vec![(Self::SCHEMA, list)]
    }

    fn schema(&self) -> &'static str {
        match self {
            Self::List(_) => Self::SCHEMA,
            Self::Followed { .. } => "sendivent.update/1",
        }
    }

    fn has_outcome(&self) -> bool {
        matches!(self, Self::Followed { .. })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::List(list) => match list.freshness() {
                // A list that could not be brought up to date is no verdict.
                Some(Freshness::Failed(reason, _)) => reason.exit(Exit::Ok),
                Some(Freshness::Refreshed | Freshness::Offline) | None => Exit::Ok,
            },
            Self::Followed { interrupted, .. } => interrupted.map_or(Exit::Ok, Exit::from),
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        if let Self::List(list) = self {
            list.write(out);
        }
    }

    fn notes(&self, rows_only: bool, out: &mut TextWriter<'_>) {
        match self {
            Self::Followed { .. } => {}
            Self::List(list) if !rows_only => list.write_source(out),
            Self::List(list) => {
                if let Some(freshness @ Freshness::Failed(..)) = list.freshness() {
                    write_freshness("the list", freshness, out);
                }
            }
        }
    }

    fn rows(&self) -> Option<Rows> {
        let rows = match self {
            Self::List(list) => {
                let messages = list.messages.iter();
                messages
                    .map(|row| message_rows::of_message_row(row))
                    .collect()
            }
            Self::Followed { .. } => Vec::new(),
        };
        Some(Rows {
            header: &message_rows::COLUMNS,
            rows,
        })
    }

    fn ids(&self) -> Vec<&str> {
        match self {
            Self::List(list) => {
                let mut ids: Vec<&str> = list.messages.iter().map(|row| row.id.as_str()).collect();
                ids.dedup();
                ids
            }
            Self::Followed { .. } => Vec::new(),
        }
    }

    fn error(&self) -> Option<Error> {
        const WHAT: &str = "the list is not up to date";
        let Self::List(list) = self else {
            return None;
        };
        let Some(Freshness::Failed(stop, reason)) = list.freshness() else {
            return None;
        };
        Some(match stop {
            StopReason::Interrupted(interrupt) => Error::Interrupted(*interrupt),
            StopReason::Refused(error) => {
                Error::request(WHAT, RequestFailure::Refused(error.clone()))
            }
            _ => {
                let reason = match reason {
                    Some(reason) => reason.to_string(),
                    None => "the service could not be polled".to_owned(),
                };
                let advice = None;
                Error::request(WHAT, RequestFailure::Unavailable { reason, advice })
            }
        })
    }

    fn is_simulated(&self) -> bool {
        matches!(
            self,
            Self::List(ActivityList {
                source: ActivitySource::Journal {
                    simulated: true,
                    ..
                },
                ..
            })
        )
    }
}

impl Update for Pii<MessageRow> {
    const TYPE: Option<&'static str> = Some("message");

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let message = &self.message;
        let at = message.since().or(message.queued_at);
        out.line(format_args!(
            "{}  {}  {}  {:<8}  {}  {}{}",
            at.map_or_else(String::new, |at| style.time(at)),
            style.status(&displayed_status(message, &self.notification_status)),
            self.id,
            style.sanitize(message.channel.as_str()),
            style.sanitize(&self.event),
            style.recipient(Some(&self.recipient)),
            error_suffix(message.error.as_ref(), style),
        ));
    }

    fn rows(&self) -> Option<Rows> {
        Some(Rows {
            header: &message_rows::COLUMNS,
            rows: vec![message_rows::of_message_row(self)],
        })
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.id]
    }
}

const HEADINGS: [&str; 8] = [
    "QUEUED",
    "STATUS",
    "TOOK",
    "CHANNEL",
    "RECIPIENT",
    "TEMPLATE",
    "ERROR",
    "ID",
];
const QUEUED: usize = 0;
const STATUS: usize = 1;
const TOOK: usize = 2;
const RECIPIENT: usize = 4;
const TEMPLATE: usize = 5;
const ID: usize = 7;

/// Which columns a width has room for.
struct Layout {
    hidden: &'static [usize],
    /// Minimum widths of recipient and template. Nothing else is ever cut: an error and an id are there to be copied.
    least: (usize, usize),
    /// The shortest form of times.
    shortest: TimeForm,
}

/// A form of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeForm {
    /// `2026-04-01 13:00:00Z`
    Full,
    /// `13:00:00Z`, if all times are today
    Today,
    /// `Apr 01 13:00Z`
    Short,
}

/// From wide to narrow: the first that fits is used. If none does, each row becomes a block of lines.
const LAYOUTS: [Layout; 5] = [
    layout(&[], (32, 16), TimeForm::Today),
    layout(&[TOOK], (24, 12), TimeForm::Today),
    layout(&[ID], (24, 12), TimeForm::Today),
    layout(&[TOOK, ID], (16, 8), TimeForm::Today),
    layout(&[TOOK, ID], (12, 8), TimeForm::Short),
];

const fn layout(hidden: &'static [usize], least: (usize, usize), shortest: TimeForm) -> Layout {
    Layout {
        hidden,
        least,
        shortest,
    }
}

fn message_table(list: &ActivityList, style: &TextStyle) -> String {
    let full: Vec<Vec<String>> = list.messages.iter().map(|row| cells(row, style)).collect();
    let status =
        |index: usize, cell: &str| (index == STATUS).then(|| MessageStatus::from_wire(cell));
    for layout in &LAYOUTS {
        let columns = layout.columns();
        for form in layout.times(list, style) {
            let rows = layout.rows(&full, form, list, style);
            if !fits(&columns, &rows, style) {
                continue;
            }
            let mut text = table(&columns, &rows, style, status);
            let hidden = layout.hidden.iter().map(|index| HEADINGS[*index]);
            let mut hidden: Vec<&str> = hidden.collect();
            match form {
                TimeForm::Full => {}
                TimeForm::Today => hidden.push("dates"),
                TimeForm::Short => hidden.push("full times"),
            }
            if !hidden.is_empty() {
                let names = text::join_and(&hidden);
                let day = match form {
                    TimeForm::Today => "all today; ",
                    TimeForm::Full | TimeForm::Short => "",
                };
                text.push_str(&format!("({day}a wider terminal shows {names})\n"));
            }
            return text;
        }
    }
    table(&HEADINGS.map(whole), &full, style, status)
}

impl Layout {
    fn shown(&self) -> impl Iterator<Item = usize> {
        (0..HEADINGS.len()).filter(|index| !self.hidden.contains(index))
    }

    fn columns(&self) -> Vec<Column> {
        let column = |index: usize| match index {
            RECIPIENT => cut(HEADINGS[index], self.least.0),
            TEMPLATE => cut(HEADINGS[index], self.least.1),
            index => whole(HEADINGS[index]),
        };
        self.shown().map(column).collect()
    }

    /// Returns the forms of times to try, longest first.
    fn times(&self, list: &ActivityList, style: &TextStyle) -> Vec<TimeForm> {
        let mut times = vec![TimeForm::Full];
        if are_all_today(list, style) {
            times.push(TimeForm::Today);
        }
        if self.shortest == TimeForm::Short {
            times.push(TimeForm::Short);
        }
        times
    }

    fn rows(
        &self,
        full: &[Vec<String>],
        form: TimeForm,
        list: &ActivityList,
        style: &TextStyle,
    ) -> Vec<Vec<String>> {
        let cells = |(row, cells): (&Pii<MessageRow>, &Vec<String>)| {
            let cell = |index: usize| match queued(row) {
                Some(time) if index == QUEUED => form.text(time, style),
                _ => cells[index].clone(),
            };
            self.shown().map(cell).collect()
        };
        list.messages.iter().zip(full).map(cells).collect()
    }
}

impl TimeForm {
    fn text(self, time: Timestamp, style: &TextStyle) -> String {
        let zoned = time.in_zone(&style.zone);
        let text = match self {
            Self::Full => return style.time(time),
            Self::Today => zoned.strftime("%H:%M:%S"),
            Self::Short => zoned.strftime("%b %d %H:%M"),
        };
        if zoned.offset().seconds() == 0 {
            format!("{text}Z")
        } else {
            format!("{text}{}", zoned.strftime("%:::z"))
        }
    }
}

fn queued(row: &Pii<MessageRow>) -> Option<Timestamp> {
    row.message.queued_at
}

fn are_all_today(list: &ActivityList, style: &TextStyle) -> bool {
    let date = |time: Timestamp| time.in_zone(&style.zone).date();
    let today = date(list.at);
    let mut times = list.messages.iter().filter_map(queued);
    times.all(|time| date(time) == today)
}

fn cells(row: &MessageRow, style: &TextStyle) -> Vec<String> {
    let message = &row.message;
    let status = displayed_status(message, &row.notification_status);
    let took = match (message.queued_at, message.since(), &message.status) {
        (_, _, MessageStatus::Queued) | (None, ..) | (_, None, _) => String::new(),
        (Some(from), Some(to), _) => between(from, to),
    };
    let queued = message.queued_at.map(|time| style.time(time));
    let error = message
        .error
        .as_ref()
        .map(|error| style.sanitize(&error.code));
    vec![
        queued.unwrap_or_default(),
        style.sanitize(status.as_str()),
        took,
        style.sanitize(message.channel.as_str()),
        style.sanitize(&row.recipient),
        style.sanitize(message.template.as_deref().unwrap_or(&row.event)),
        error.unwrap_or_default(),
        row.id.clone(),
    ]
}
