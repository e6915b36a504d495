//! The list of messages: its JSON, rows and text.

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
    /// `simulator` or `journal`.
    pub of: &'static str,
    /// Whether messages that had not settled were polled again; null for the simulator.
    pub refreshed: Option<bool>,
    /// How many sends have an unknown outcome.
    pub unknown_outcomes: usize,
    /// Whether there are more messages than `--limit`.
    pub more: bool,
    /// Newest first.
    pub messages: Vec<Pii<MessageRow>>,
    /// With `--stats`.
    pub statistics: Option<Statistics>,
    /// None for the simulator, which lists everything in it.
    #[serde(skip)]
    pub journal: Option<JournalSource>,
}

/// What this machine sent, as its journal recorded it.
#[derive(Debug)]
pub struct JournalSource {
    /// The service, for display.
    pub service: String,
    /// Whether every send in the list was accepted as simulated.
    pub simulated: bool,
    /// Sends whose outcome is unknown, newest first.
    pub unresolved: Vec<UnresolvedSend>,
    pub freshness: Freshness,
}

/// A send without a recorded response.
#[derive(Debug)]
pub struct UnresolvedSend {
    pub event: String,
    /// Empty for the event's listeners.
    pub recipient: Pii<String>,
    /// The key under which it can be repeated safely.
    pub idempotency_key: Pii<String>,
}

/// Whether messages that had not settled were polled again.
#[derive(Debug)]
pub enum Freshness {
    Refreshed,
    /// `--offline`
    Offline,
    /// The service could not be polled; the reason for display.
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
    /// Returns why messages that had not settled could not be polled again: the error, and the reason for display.
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

    /// Writes where the list comes from, how fresh it is, and what is not in it.
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
    /// More would hide the list above.
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
