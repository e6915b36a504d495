//! The report at the end of polling, and the update for each notification that has settled.

use std::time::Duration;

use serde::Serialize;

use super::change::COLUMNS;
use crate::api::ApiError;
use crate::client::{AttemptError, RequestError};
use crate::commands::notification::{self, Lookup, verdict_name};
use crate::error::{Error, RequestFailure};
use crate::exit::Exit;
use crate::host::Interrupt;
use crate::model::{Counts, Goal, GoalState, goal_state};
use crate::output::{Formats, ProgressEvent, Report, Rows, TextWriter, Update};
use crate::redact::Pii;
use crate::text;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// Every notification has settled, or `--any` or `--fail-fast` ended polling.
    Settled,
    PolledOnce,
    Deadline,
    /// Polling failed, so there is no verdict. Holds the last error.
    Unavailable(String),
    /// The service rejected the request, and would reject it again; or it responded 429 to `activity` without
    /// `--follow`, which does not poll again.
    Refused(Box<ApiError>),
    Interrupted(Interrupt),
    OutputClosed,
}

impl StopReason {
    /// Returns why polling must end after this error; `None` if another poll may succeed.
    pub fn of_permanent(error: &RequestError) -> Option<Self> {
        match &error.cause {
            AttemptError::Interrupted(interrupt) => Some(Self::Interrupted(*interrupt)),
            AttemptError::Encode(_) => Some(Self::Unavailable(error.to_string())),
            _ => error
                .rejection()
                // A captive portal or a proxy may be gone at the next poll.
                .filter(|api_error| !api_error.is_from_intermediary())
                .map(|api_error| Self::Refused(Box::new(api_error.clone()))),
        }
    }

    /// Returns the exit code for this reason. `verdict` is the exit code that the messages determine, which is used
    /// unless the reason determines another.
    fn exit(&self, verdict: Exit) -> Exit {
        match self {
            Self::Interrupted(interrupt) => (*interrupt).into(),
            Self::Refused(error) => error.as_ref().into(),
            Self::Unavailable(_) => Exit::Unavailable,
            Self::Deadline if verdict == Exit::Pending => Exit::Timeout,
            Self::Settled | Self::PolledOnce | Self::Deadline | Self::OutputClosed => verdict,
        }
    }

    /// Returns the error that ended polling; `None` if polling did not end because of an error.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Refused(error) => Some(error.to_string()),
            Self::Unavailable(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    /// Returns the error for a command that ends for this reason. `what` names the request in the message, such as `the
    /// activity`.
    pub fn into_error(self, what: &str) -> Error {
        match self {
            Self::Interrupted(interrupt) => Error::Interrupted(interrupt),
            Self::Refused(api_error) => Error::request(what, RequestFailure::Refused(api_error)),
            stop_reason => {
                let reason = stop_reason.reason().unwrap_or_default();
                let advice = None;
                Error::request(what, RequestFailure::Unavailable { reason, advice })
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::PolledOnce => "polled_once",
            Self::Deadline => "deadline",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Interrupted(_) => "interrupted",
            Self::OutputClosed => "output_closed",
        }
    }
}

/// The result of `watch` and of `send --wait`.
#[derive(Debug, Clone, Serialize)]
#[serde(into = "EndJson")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "EndJson"))]
pub struct WatchReport {
    pub goal: Goal,
    /// The last response for each id, in the order in which the ids were given.
    pub lookups: Vec<Lookup>,
    /// The sum of the counts in `lookups`. If `--any` ended polling, this includes only settled notifications.
    pub counts: Counts,
    /// How many sends of the commands that `--last` selects have an unknown outcome. Zero without `--last`.
    pub unresolved: usize,
    pub stop_reason: StopReason,
    /// The error that ended polling, or the error of the last poll if that failed; `None` otherwise.
    pub reason: Option<Pii<String>>,
    /// A command that continues to watch the pending notifications. `None` if no message is pending, if `--any` or
    /// `--fail-fast` ended polling, or if stdout was closed.
    pub resume: Option<String>,
    pub took: Duration,
}

/// The last JSON line of a command that prints updates.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EndJson {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Why polling ended: `settled`, `polled_once`, `deadline`, `unavailable`, `refused`, `interrupted` or
    /// `output_closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    /// The error that ended polling, or the error of the last poll if that failed; null otherwise.
    reason: Option<Pii<String>>,
    /// A command that continues to watch the pending notifications; null if no message is pending, if `--any` or
    /// `--fail-fast` ended polling, or if stdout was closed.
    resume: Option<String>,
}

impl EndJson {
    /// Returns the last line of a command without a verdict: `activity --follow`, or `send --wait` if nothing was
    /// polled.
    pub fn without_verdict() -> Self {
        Self {
            kind: "end",
            ..Self::default()
        }
    }
}

impl From<WatchReport> for EndJson {
    fn from(report: WatchReport) -> Self {
        Self {
            kind: "end",
            ended: Some(report.stop_reason.name()),
            verdict: Some(verdict_name(report.counts, &report.lookups)),
            counts: Some(report.counts),
            reason: report.reason,
            resume: report.resume,
        }
    }
}

impl WatchReport {
    /// Returns the value of [`Self::resume`].
    pub(super) fn resume_command(&self, program: &str) -> Option<String> {
        let is_over = matches!(
            self.stop_reason,
            StopReason::Settled | StopReason::OutputClosed
        );
        if is_over || self.counts.pending == 0 {
            return None;
        }
        let pending = self.lookups.iter().filter(|lookup| !lookup.is_settled());
        let ids: Vec<String> = pending
            .map(|lookup| text::shell_quote(&lookup.id))
            .collect();
        let goal = match self.goal {
            Goal::Settled => String::new(),
            goal => format!(" --for {}", goal.as_str()),
        };
        Some(format!("{program} watch{goal} {}", ids.join(" ")))
    }

    fn write_end(&self, out: &mut TextWriter<'_>) {
        let took = text::format_duration(self.took);
        let reason = self.reason.as_deref().map_or("", |reason| reason);
        let reason = out.style().sanitize(reason);
        match &self.stop_reason {
            StopReason::Deadline => {
                let pending = text::count_noun(self.counts.pending, "message");
                let outage = match reason.as_str() {
                    "" => String::new(),
                    reason => format!(", the last poll failed: {reason}"),
                };
                out.line(format_args!("{pending} still pending after {took}{outage}"));
            }
            StopReason::Unavailable(_) => out.line(format_args!("gave up after {took}: {reason}")),
            StopReason::Refused(_) => out.line(format_args!("the service refused: {reason}")),
            StopReason::Interrupted(_) => out.line(format_args!("interrupted after {took}")),
            StopReason::Settled | StopReason::PolledOnce | StopReason::OutputClosed => {}
        }
    }

    /// Writes the last known status of each pending message, and the command that continues the watch.
    fn write_resume(&self, out: &mut TextWriter<'_>) {
        /// The maximum number of messages to write. More lines would hide the command below them, which contains all
        /// ids.
        const MAX_LINES: usize = 20;
        let Some(command) = &self.resume else {
            return;
        };
        let mut pending = Vec::new();
        let notifications = self.lookups.iter();
        for notification in notifications.filter_map(|lookup| lookup.notification.as_deref()) {
            for message in &notification.messages {
                if goal_state(message, &notification.status, self.goal) == GoalState::Pending {
                    pending.push((notification, message));
                }
            }
        }
        for (notification, message) in pending.iter().take(MAX_LINES) {
            let style = out.style();
            let line = notification::message_line(notification, message, Counts::default(), style);
            out.line(line.trim_end());
        }
        if pending.len() > MAX_LINES {
            out.line(format_args!("and {} more", pending.len() - MAX_LINES));
        }
        out.line(format_args!("resume with: {command}"));
    }
}

impl Report for WatchReport {
    const SCHEMA: &'static str = "sendivent.update/1";
    const FORMATS: Formats = Formats::ALL;

    /// Returns an empty list. Several commands print lines of this schema, so the tests of `commands::schema` create
    /// it.
    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }

    fn has_outcome(&self) -> bool {
        true
    }

    fn exit(&self) -> Exit {
        let verdict = Exit::from(self.counts.verdict());
        let missing = self.lookups.iter().any(|lookup| lookup.missing);
        let verdict = match (missing, verdict) {
            (true, Exit::Ok) if self.counts.good > 0 => Exit::Partial,
            (true, Exit::Ok | Exit::Pending) => Exit::NotFound,
            (_, verdict) => verdict,
        };
        let unresolved = (self.unresolved > 0).then_some(Exit::Unavailable);
        let stop = self.stop_reason.exit(verdict);
        Exit::combine([stop].into_iter().chain(unresolved))
    }

    fn text(&self, _out: &mut TextWriter<'_>) {}

    fn notes(&self, rows_only: bool, out: &mut TextWriter<'_>) {
        if !rows_only {
            for lookup in self.lookups.iter().filter(|lookup| lookup.missing) {
                out.line(format_args!(
                    "there is no notification {}; `{} activity` lists what there is",
                    lookup.id,
                    out.style().program
                ));
            }
        }
        if !rows_only || self.stop_reason.reason().is_some() {
            self.write_end(out);
        }
        self.write_resume(out);
    }

    fn rows(&self) -> Option<Rows> {
        Some(Rows {
            header: &COLUMNS,
            rows: Vec::new(),
        })
    }
}

/// The last update for a notification. It is printed when each message has reached the goal or can no longer reach it,
/// or when the service does not know the id.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Settled {
    #[serde(flatten)]
    pub lookup: Lookup,
    /// Whether `--quiet` prints the id of the notification.
    #[serde(skip)]
    pub prints_id: bool,
}

impl Update for Settled {
    const TYPE: Option<&'static str> = Some("settled");

    fn text(&self, out: &mut TextWriter<'_>) {
        notification::write_settled(&self.lookup, out);
    }

    fn ids(&self) -> Vec<&str> {
        match self.prints_id {
            true => vec![&self.lookup.id],
            false => Vec::new(),
        }
    }

    fn progress(&self) -> Option<ProgressEvent<'_>> {
        Some(ProgressEvent::Remove(&self.lookup.id))
    }
}
