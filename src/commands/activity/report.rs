//! The result of `activity` as JSON, CSV and text.

use serde::Serialize;

use super::table::message_table;
use crate::api::control::{MessageRow, Statistics};
use crate::commands::message_rows;
use crate::commands::notification::{displayed_status, error_suffix};
use crate::commands::poll::{EndJson, WatchReport};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Interrupt;
use crate::model::Timestamp;
use crate::output::{Formats, Report, Rows, TextWriter, Update, stats};
use crate::redact::Pii;
use crate::text;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ActivityReport {
    List(ActivityList),
    /// The result with `--follow`. The messages were already printed as updates.
    Followed {
        #[serde(flatten)]
        end: EndJson,
        #[serde(skip)]
        interrupted: Option<Interrupt>,
    },
}

/// The messages that `activity` lists.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ActivityList {
    /// The time of the list: virtual time for the simulator, otherwise the time of this machine.
    pub at: Timestamp,
    /// Where the messages come from: `simulator` or `journal`.
    pub of: &'static str,
    /// Whether messages that had not settled were polled for this list. False with `--offline` or if polling failed;
    /// null for the simulator.
    pub refreshed: Option<bool>,
    /// How many sends in the journal have an unknown outcome. Zero for the simulator.
    pub unknown_outcomes: usize,
    /// Whether there are more messages than the list contains.
    pub more: bool,
    /// The messages, newest first.
    pub messages: Vec<Pii<MessageRow>>,
    /// The statistics of `--stats`; null without `--stats`.
    pub statistics: Option<Statistics>,
    /// Details of a list from the journal; `None` for a list from the simulator.
    #[serde(skip)]
    pub journal: Option<JournalSource>,
}

/// Details of a list from the journal, for the text output and the exit code.
#[derive(Debug)]
pub struct JournalSource {
    /// The address and the profile of the service, as text for the output.
    pub service: String,
    /// Whether all sends in the list got a response that is marked as simulated. False if the list is empty.
    pub simulated: bool,
    /// The sends without a recorded response, newest first.
    pub unresolved: Vec<UnresolvedSend>,
    pub freshness: Freshness,
}

/// A send without a recorded response.
#[derive(Debug)]
pub struct UnresolvedSend {
    pub event: String,
    /// The recipient; empty if the send was to the event's listeners.
    pub recipient: Pii<String>,
    /// The idempotency key of the send. If the send is repeated with this key, it is not sent twice.
    pub idempotency_key: Pii<String>,
}

/// Whether messages that had not settled were polled for the list.
#[derive(Debug)]
pub enum Freshness {
    Refreshed,
    /// Nothing was polled, because of `--offline`.
    Offline,
    /// Polling failed. Holds the error, and the reason as text in which personal data is masked.
    Failed(Box<Error>, Pii<String>),
}

impl ActivityReport {
    pub fn followed(interrupted: Option<Interrupt>) -> Self {
        Self::Followed {
            end: EndJson::without_verdict(),
            interrupted,
        }
    }
}

impl ActivityList {
    /// Returns the content of [`Freshness::Failed`], if polling failed.
    fn failure(&self) -> Option<(&Error, &str)> {
        match &self.journal.as_ref()?.freshness {
            Freshness::Failed(error, reason) => Some((error, reason)),
            Freshness::Refreshed | Freshness::Offline => None,
        }
    }

    fn write(&self, out: &mut TextWriter<'_>) {
        if !self.messages.is_empty() {
            let table = message_table(&self.messages, self.at, out.style());
            out.push(&table);
        }
        if let Some(statistics) = &self.statistics {
            if !self.messages.is_empty() {
                out.line("");
            }
            let text = stats::text(statistics, out.style());
            out.push(&text);
        }
    }

    /// Writes where the list comes from, whether it is up to date, and which sends have an unknown outcome.
    fn write_source(&self, out: &mut TextWriter<'_>) {
        let counts_only = self.statistics.is_some() && self.messages.is_empty();
        let count = text::count_noun(self.messages.len(), "message");
        let more = if self.more { "; -n shows more" } else { "" };
        let Some(journal) = &self.journal else {
            if !counts_only {
                out.line(format_args!("{count} of the simulator{more}"));
            }
            return;
        };
        let service = &journal.service;
        let newest = if self.more { "the newest " } else { "" };
        let list = match counts_only {
            true => format!("what was sent from here to {service}"),
            false => format!("{newest}{count} sent from here to {service}{more}"),
        };
        match &journal.freshness {
            Freshness::Refreshed => out.line(list),
            Freshness::Offline => out.line(format_args!("{list}, as last recorded (--offline)")),
            Freshness::Failed(..) => self.write_failure(&list, out),
        }
        write_unresolved(&journal.unresolved, out);
    }

    fn write_failure(&self, list: &str, out: &mut TextWriter<'_>) {
        match self.failure() {
            None => {}
            Some((Error::Interrupted(_), _)) => {
                out.line(format_args!("{list}, not brought up to date"));
            }
            Some((_, reason)) => {
                let reason = out.style().sanitize(reason);
                out.line(format_args!("{list}, not brought up to date: {reason}"));
            }
        }
    }
}

fn write_unresolved(sends: &[UnresolvedSend], out: &mut TextWriter<'_>) {
    /// The maximum number of sends to write. More lines would hide the list above them.
    const MAX_LINES: usize = 5;
    let style = out.style();
    for send in sends.iter().take(MAX_LINES) {
        let to = match send.recipient.as_str() {
            "" => String::new(),
            recipient => format!(" to {}", style.sanitize(recipient)),
        };
        out.line(format_args!(
            "outcome unknown: {}{to}; to send it only once, repeat it with --idempotency-key {}",
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
            Self::Followed { .. } => WatchReport::SCHEMA,
        }
    }

    fn has_outcome(&self) -> bool {
        matches!(self, Self::Followed { .. })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::List(list) => list.failure().map_or(Exit::Ok, |(error, _)| error.exit()),
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
            Self::List(list) => list.write_failure("the list", out),
        }
    }

    fn rows(&self) -> Option<Rows> {
        let rows = match self {
            Self::List(list) => {
                let rows = list.messages.iter();
                rows.map(|row| message_rows::of_message_row(row)).collect()
            }
            Self::Followed { .. } => Vec::new(),
        };
        Some(Rows {
            header: &message_rows::COLUMNS,
            rows,
        })
    }

    fn ids(&self) -> Vec<&str> {
        let Self::List(list) = self else {
            return Vec::new();
        };
        let mut ids: Vec<&str> = list.messages.iter().map(|row| row.id.as_str()).collect();
        ids.dedup();
        ids
    }

    fn error(&self) -> Option<&Error> {
        let Self::List(list) = self else {
            return None;
        };
        list.failure().map(|(error, _)| error)
    }

    fn is_simulated(&self) -> bool {
        matches!(self, Self::List(list) if list.journal.as_ref().is_some_and(|it| it.simulated))
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
