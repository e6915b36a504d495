//! `simulator show`: shows every status of a notification's messages, past and future, with its time.

use std::time::Duration;

use clap::Args;

use super::control;
use crate::api::control::{TimelineResponse, TimelineStep};
use crate::commands::args::ids;
use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::model::Timestamp;
use crate::output::{BOLD, DIM, Report, TextWriter, style_of};
use crate::redact::Pii;
use crate::text;

/// Show the timeline of a notification, including its future statuses
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// Id of the notification, as `send` prints it
    id: String,
}

impl Command for Show {
    const NAME: &'static str = "simulator show";
    const IS_SIMULATOR: bool = true;
    type Input = String;
    type Report = Pii<TimelineResponse>;

    fn validate(self, _setup: &Setup<'_>) -> Result<String, Error> {
        let Self { id } = self;
        ids::id("ID", &id)
    }

    async fn run(id: String, context: Context<'_>) -> Result<Pii<TimelineResponse>, Error> {
        let client = context.simulator_client(None)?;
        let timeline = control::get(&client, &["notifications", &id, "timeline"], &()).await;
        let timeline = timeline.map_err(|error| {
            let message = format!("there is no notification {id}");
            let hint = "Check the id: `sendivent --simulate activity` lists what there is.";
            control::missing(error, 404, message, hint)
        })?;
        Ok(context.redactor.timeline(timeline))
    }
}

impl Report for Pii<TimelineResponse> {
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
                write_step(step, start, self.at, out);
            }
        }
    }
}

/// Writes one step of a timeline. `start` is the time of the first step; `now` is the virtual time of the response.
fn write_step(step: &TimelineStep, start: Timestamp, now: Timestamp, out: &mut TextWriter<'_>) {
    let style = out.style();
    let millis = |from: Timestamp, to: Timestamp| {
        Duration::from_millis(to.as_millisecond().abs_diff(from.as_millisecond()))
    };
    let status = style.paint(&format!("{:<10}", step.status), style_of(&step.status));
    let after = text::format_duration(millis(start, step.at));
    let remaining = match step.due {
        true => String::new(),
        false => {
            let remaining = text::format_duration(millis(now, step.at));
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
