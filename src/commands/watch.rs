//! `watch`: polls notifications until they have settled.

use std::time::Duration;

use clap::Args;

use super::args::ids::{IdArgs, Ids};
use super::args::values;
use super::command::{Command, Context, Needs, Setup};
use super::notification::RecipientLookup;
use super::poll::{PollOptions, WatchReport, poll};
use crate::error::Error;
use crate::model::Goal;

/// The default `--timeout` of `watch` and `send`.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// Follow notifications until they settle; the exit code is the verdict
///
/// A message has settled when it is delivered, failed, suppressed or cancelled. On channels that never report delivery
/// (Slack, Discord, push), it has also settled when it is sent. On SMS, WhatsApp and Telegram, it has also settled when
/// it is sent and its notification is completed.
///
/// Exit codes: 0 if every message reached the goal, 3 if none did, 9 if only some did, 124 if messages were pending
/// at the deadline, 69 if the service could not be reached. `sendivent help exit-codes` lists all.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate watch --last\n  sendivent --simulate send welcome --to ada@example.com -q | sendivent --simulate watch -\n  sendivent --simulate watch --last 20 --fail-fast --timeout 2m"
)]
pub struct Watch {
    #[command(flatten)]
    ids: IdArgs,

    /// Wait until each message has reached this status, or can no longer reach it
    #[arg(long = "for", value_name = "GOAL", default_value = "settled")]
    goal: Goal,

    /// End as soon as one notification settles
    #[arg(long, conflicts_with = "fail_fast")]
    any: bool,

    /// End as soon as one message fails, is suppressed or is cancelled
    #[arg(long)]
    fail_fast: bool,

    /// Set a fixed pause between polls [default: grows from 0.5 s to 5 s]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    interval: Option<String>,

    /// Limit the total time, such as 90s; `0` polls once, `none` sets no limit
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10m",
        allow_hyphen_values = true
    )]
    timeout: String,

    /// End after this many failed polls in a row [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_errors: Option<u32>,

    /// Has no effect, because `watch` always exits with the verdict
    #[arg(long, hide = true)]
    exit_status: bool,
}

impl Command for Watch {
    const NAME: &'static str = "watch";
    const NEEDS: Needs = Needs::Service;
    type Input = (Ids, PollOptions);
    type Report = WatchReport;

    fn is_following(&self) -> bool {
        true
    }

    fn validate(self, setup: &Setup<'_>) -> Result<Self::Input, Error> {
        let Self {
            ids,
            goal,
            any,
            fail_fast,
            interval,
            timeout,
            max_errors,
            exit_status: _,
        } = self;
        let interval = interval.as_deref().map(read_interval).transpose()?;
        let timeout = values::timeout("--timeout", &timeout)?;
        setup.session.set_deadline(timeout);
        let options = PollOptions {
            goal,
            any,
            fail_fast,
            interval,
            max_errors,
            timeout,
            grace: Duration::ZERO,
            prints_ids: true,
        };
        Ok((ids.resolve(setup)?, options))
    }

    async fn run((ids, options): Self::Input, context: Context<'_>) -> Result<WatchReport, Error> {
        let resolved = context.resolve_ids(ids)?;
        let deadline = options
            .timeout
            .filter(|timeout| !timeout.is_zero())
            .map(|timeout| context.host.clock.elapsed() + timeout);
        let client = context.client(deadline)?;
        let recipients = RecipientLookup::new(context);
        let fetch = async |id: &str| {
            let response = client.notification_attempt(id).await?;
            Ok(recipients.complete(response))
        };
        let mut report = poll(resolved.ids, &options, context, client.concurrency(), fetch).await;
        context.warn_of_other_services(&report.lookups);
        report.unresolved = resolved.unresolved;
        Ok(report)
    }
}

fn read_interval(text: &str) -> Result<Duration, Error> {
    match values::duration("--interval", text)? {
        Duration::ZERO => Err(Error::usage(
            "--interval: the pause cannot be zero",
            "Use at least 1ms, or --timeout 0 to poll once.",
        )),
        interval => Ok(interval),
    }
}
