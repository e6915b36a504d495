//! `simulator show`: the timelines of a notification's messages, including the future.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::control_error::control_error;
use crate::api::control::TimelineResponse;
use crate::commands::args::ids;
use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::model::{Channel, MessageStatus, Timestamp, from_millis};
use crate::output::{BOLD, DIM, Formats, Report, TextWriter, style_of};
use crate::redact::Pii;
use crate::text;

/// Show the timeline of a notification, including the future
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// Id of the notification
    id: String,
}

impl Command for Show {
    const NAME: &'static str = "simulator show";
    const IS_SIMULATOR: bool = true;
    type Input = String;
    type Report = TimelineReport;

    fn formats(&self) -> Formats {
        Formats::TEXT_AND_JSON
    }

    fn validate(self, _setup: &Setup<'_>) -> Result<String, Error> {
        let Self { id } = self;
        ids::id("ID", &id)
    }

    async fn run(id: String, context: Context<'_>) -> Result<TimelineReport, Error> {
        let client = context.simulator_client(None)?;
        let timeline = match client
            .control_get::<TimelineResponse>(&["notifications", &id, "timeline"], &())
            .await
        {
            Ok(response) => response.body,
            Err(error) if error.is_rejected_with(404) => {
                return Err(Error::NotFound {
                    message: format!("there is no notification {id}"),
                    hint: "Check the id: `sendivent --simulate activity` lists what there is."
                        .to_owned(),
                });
            }
            Err(failure) => return Err(control_error(failure)),
        };
        let now = timeline.now;
        let messages = timeline
            .messages
            .into_iter()
            .map(|message| MessageTimeline {
                message_id: message.id,
                channel: message.channel,
                recipient: context.redactor.recipient(message.recipient),
                decided_by: message.decided_by,
                steps: message
                    .steps
                    .into_iter()
                    .map(|step| Step {
                        at: from_millis(step.at),
                        status: step.status,
                        reason: step.reason,
                        due: step.at <= now,
                    })
                    .collect(),
            });
        Ok(TimelineReport {
            id: timeline.id,
            at: from_millis(now),
            messages: messages.collect(),
        })
    }
}

/// The timelines of a notification's messages.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineReport {
    /// The notification's id.
    id: String,
    /// Virtual time.
    at: Timestamp,
    messages: Vec<MessageTimeline>,
}

/// The timeline of one message.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MessageTimeline {
    message_id: String,
    channel: Channel,
    recipient: Pii<String>,
    /// The scenario that decided the timeline.
    decided_by: String,
    /// In order.
    steps: Vec<Step>,
}

/// One step of a timeline.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Step {
    at: Timestamp,
    status: MessageStatus,
    /// The error code.
    reason: Option<String>,
    /// Whether it has happened.
    due: bool,
}

impl Report for TimelineReport {
    const SCHEMA: &'static str = "sendivent.timeline/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        out.line(format_args!(
            "{} {}",
            style.paint("notification", BOLD),
            self.id
        ));
        for message in &self.messages {
            out.line(format_args!(
                "{} to {}, decided by {}",
                style.sanitize(message.channel.as_str()),
                style.sanitize(&message.recipient),
                style.sanitize(&message.decided_by)
            ));
            let start = message.steps.first().map_or(self.at, |first| first.at);
            for step in &message.steps {
                self.write_step(step, start, out);
            }
        }
    }
}

impl TimelineReport {
    fn write_step(&self, step: &Step, start: Timestamp, out: &mut TextWriter<'_>) {
        let style = out.style();
        let millis = |from: Timestamp, to: Timestamp| {
            Duration::from_millis(to.as_millisecond().abs_diff(from.as_millisecond()))
        };
        let status = style.paint(&format!("{:<10}", step.status), style_of(&step.status));
        let after = text::format_duration(millis(start, step.at));
        let remaining = match step.due {
            true => String::new(),
            false => {
                let remaining = text::format_duration(millis(self.at, step.at));
                style.paint(&format!("  in {remaining}"), DIM)
            }
        };
        let reason = step.reason.as_deref().map(|reason| format!("  {reason}"));
        out.line(format_args!(
            "  {status}  {} (+{after}){}{remaining}",
            style.time(step.at),
            reason.unwrap_or_default()
        ));
    }
}
