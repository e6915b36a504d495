//! The end of a watch, and of each notification in it.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::change::COLUMNS;
use crate::api::ApiError;
use crate::commands::notification::{self, Lookup, verdict_name};
use crate::exit::Exit;
use crate::host::Interrupt;
use crate::model::{Counts, Goal, GoalState, goal_state};
use crate::output::{Formats, ProgressEvent, Report, Rows, TextWriter, Update};
use crate::redact::{Pii, Redactor};
use crate::text;

/// Why polling ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// Everything settled, or what `--any` or `--fail-fast` waits for happened.
    Settled,
    /// A single poll was asked for.
    PolledOnce,
    /// The deadline passed.
    Deadline,
    /// Too many polls in a row failed; why the last one did.
    Unavailable(String),
    /// The service rejected the request in a way that another poll would not change.
    Refused(Box<ApiError>),
    /// A signal came.
    Interrupted(Interrupt),
    /// The reader of stdout is gone.
    OutputClosed,
}

impl StopReason {
    /// Returns the exit code: the reason's own, or `verdict`.
    pub fn exit(&self, verdict: Exit) -> Exit {
        match self {
            Self::Interrupted(interrupt) => (*interrupt).into(),
            Self::Refused(error) => error.as_ref().into(),
            Self::Unavailable(_) => Exit::Unavailable,
            Self::Deadline if verdict == Exit::Pending => Exit::Timeout,
            Self::Settled | Self::PolledOnce | Self::Deadline | Self::OutputClosed => verdict,
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

/// The result of `watch`, and of the wait of `send`.
#[derive(Debug, Clone, Serialize)]
#[serde(into = "EndJson")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "EndJson"))]
pub struct WatchReport {
    /// What was waited for.
    pub goal: Goal,
    /// The last response for each id, in order.
    pub lookups: Vec<Lookup>,
    /// The counts over all of them.
    pub counts: Counts,
    /// How many sends of the same commands have an unknown outcome.
    pub unresolved: usize,
    /// Why polling ended.
    pub stop_reason: StopReason,
    /// Why the last poll failed, if no later one succeeded.
    pub outage: Option<Pii<String>>,
    /// How long it took.
    pub took: Duration,
    /// The program's name with its global flags, for the command that resumes.
    pub program: String,
    /// Masks texts of the service.
    pub redactor: Rc<Redactor>,
}

/// The last line of a command that follows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EndJson {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Why polling ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    /// What went wrong, if the service or the network is to blame.
    reason: Option<String>,
    /// The command that goes on where this one stopped.
    resume: Option<String>,
}

impl EndJson {
    /// Returns the last line of a command that has no verdict.
    pub fn without_verdict() -> Self {
        Self {
            kind: "end",
            ended: None,
            verdict: None,
            counts: None,
            reason: None,
            resume: None,
        }
    }
}

impl From<WatchReport> for EndJson {
    fn from(report: WatchReport) -> Self {
        Self {
            ended: Some(report.stop_reason.name()),
            verdict: Some(verdict_name(report.counts, &report.lookups)),
            counts: Some(report.counts),
            reason: report.reason().map(|reason| reason.to_string()),
            resume: report.resume_command(),
            ..Self::without_verdict()
        }
    }
}

impl WatchReport {
    /// Returns the report of a watch that was not begun, because the reader of stdout is gone.
    pub fn not_started(count: usize, goal: Goal, program: &str, redactor: &Rc<Redactor>) -> Self {
        Self {
            goal,
            lookups: Vec::new(),
            counts: Counts {
                pending: count,
                ..Counts::default()
            },
            unresolved: 0,
            stop_reason: StopReason::OutputClosed,
            outage: None,
            took: Duration::ZERO,
            program: program.to_owned(),
            redactor: Rc::clone(redactor),
        }
    }

    fn reason(&self) -> Option<Pii<String>> {
        match &self.stop_reason {
            StopReason::Refused(error) => Some(self.redactor.text(error.to_string())),
            StopReason::Unavailable(reason) => Some(self.redactor.text(reason)),
            StopReason::Settled
            | StopReason::PolledOnce
            | StopReason::Deadline
            | StopReason::Interrupted(_)
            | StopReason::OutputClosed => self.outage.clone(),
        }
    }

    /// Returns the command that goes on with a watch that did not come to its end.
    fn resume_command(&self) -> Option<String> {
        let is_over = matches!(
            self.stop_reason,
            StopReason::Settled | StopReason::OutputClosed
        );
        if is_over || self.counts.pending == 0 {
            return None;
        }
        let pending: Vec<String> =
            self.lookups
                .iter()
                .filter(|lookup| {
                    lookup.notification.as_deref().is_none_or(|notification| {
                        !Counts::of(notification, self.goal).is_settled()
                    })
                })
                .map(|lookup| text::shell_quote(&lookup.id))
                .collect();
        let goal = match self.goal {
            Goal::Settled => String::new(),
            goal => format!(" --for {}", goal.as_str()),
        };
        Some(format!(
            "{} watch{goal} {}",
            self.program,
            pending.join(" ")
        ))
    }

    fn write_end(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let took = text::format_duration(self.took);
        match &self.stop_reason {
            StopReason::Deadline => {
                let pending = text::count_noun(self.counts.pending, "message");
                let outage = self.outage.as_ref();
                let outage = outage
                    .map(|reason| format!(", without a response: {}", style.sanitize(reason)));
                out.line(format_args!(
                    "{pending} still pending after {took}{}",
                    outage.unwrap_or_default()
                ));
            }
            StopReason::Unavailable(reason) => {
                let reason = self.redactor.text(reason);
                out.line(format_args!(
                    "gave up after {took}: {}",
                    style.sanitize(&reason)
                ));
            }
            StopReason::Refused(error) => {
                let error = self.redactor.text(error.to_string());
                out.line(format_args!(
                    "the service refused: {}",
                    style.sanitize(&error)
                ));
            }
            StopReason::Interrupted(_) => out.line(format_args!("interrupted after {took}")),
            StopReason::Settled | StopReason::PolledOnce | StopReason::OutputClosed => {}
        }
    }

    /// Writes the last known status of each pending message, and the command that resumes.
    fn write_resume(&self, out: &mut TextWriter<'_>) {
        /// How many lines are enough for people; the command names all ids.
        const MAX_LINES: usize = 20;
        let Some(command) = self.resume_command() else {
            return;
        };
        let notifications = self
            .lookups
            .iter()
            .filter_map(|lookup| lookup.notification.as_deref());
        let pending: Vec<_> = notifications
            .flat_map(|notification| {
                let is_pending = |message: &&crate::model::Message| {
                    goal_state(message, &notification.status, self.goal) == GoalState::Pending
                };
                let messages = notification.messages.iter().filter(is_pending);
                messages.map(move |message| (notification, message))
            })
            .collect();
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

    /// Its lines are those of several commands: see the tests of `schema`.
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
        Exit::combine(
            [self.stop_reason.exit(verdict)]
                .into_iter()
                .chain(unresolved),
        )
    }

    fn text(&self, _out: &mut TextWriter<'_>) {}

    fn notes(&self, rows_only: bool, out: &mut TextWriter<'_>) {
        let is_failure = matches!(
            self.stop_reason,
            StopReason::Refused(_) | StopReason::Unavailable(_)
        );
        if !rows_only {
            for lookup in self.lookups.iter().filter(|lookup| lookup.missing) {
                out.line(format_args!(
                    "there is no notification {}; `{} activity` lists what there is",
                    lookup.id, self.program
                ));
            }
        }
        if !rows_only || is_failure {
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

/// A notification will not change any more, as far as the goal is concerned.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Settled {
    #[serde(flatten)]
    pub lookup: Lookup,
    /// Whether `--quiet` prints the id.
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
