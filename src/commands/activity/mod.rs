//! `activity`: lists recent messages. With `--follow`, it also prints each change.

mod follow;
mod input;
mod journal;
mod recorded;
mod report;
mod simulator;
mod table;

use clap::Args;

use super::args::values;
use super::command::{Command, Context, Needs, Setup};
use crate::error::Error;
use input::Input;
use report::ActivityReport;

/// List recent messages: status, times, channel, template, error
///
/// With --simulate, this lists all messages in the simulator, including those that other programs sent. Without
/// --simulate, this lists only the messages that this machine sent, because the service documents no way to list
/// notifications. Messages that have not settled are polled first.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate activity\n  sendivent --simulate activity --status failed --status suppressed --since 2h\n  sendivent --simulate activity --stats -n 0\n  sendivent --simulate activity --follow --json"
)]
pub struct Activity {
    /// List at most this many messages, newest first
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(0..=10_000), allow_negative_numbers = true)]
    limit: u32,

    /// List messages queued since this time: 2h (ago), or 2026-04-01T12:00:00Z
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// List messages queued before this time
    #[arg(
        long,
        value_name = "TIME",
        conflicts_with = "follow",
        allow_hyphen_values = true
    )]
    until: Option<String>,

    /// List messages with this status: queued, sent, delivered, failed or suppressed
    #[arg(short, long, value_name = "STATUS")]
    status: Vec<String>,

    /// List messages on this channel
    #[arg(short, long, value_name = "CHANNEL")]
    channel: Vec<String>,

    /// List messages of this event
    #[arg(short, long, value_name = "EVENT")]
    event: Option<String>,

    /// List messages to this recipient: an address, a number or an id
    #[arg(short, long, value_name = "RECIPIENT")]
    to: Option<String>,

    /// List what the journal recorded, without requests to the service
    #[arg(long)]
    offline: bool,

    /// Print the list, then a line for each change
    #[arg(short, long, visible_alias = "tail")]
    follow: bool,

    /// End --follow after this time without a change
    #[arg(
        long,
        value_name = "DURATION",
        requires = "follow",
        allow_hyphen_values = true
    )]
    idle_timeout: Option<String>,

    /// Add counts by status and channel, error codes and delivery times
    #[arg(long, conflicts_with = "follow")]
    stats: bool,
}

impl Command for Activity {
    const NAME: &'static str = "activity";
    type Input = Input;
    type Report = ActivityReport;

    fn is_following(&self) -> bool {
        self.follow
    }

    fn validate(self, setup: &Setup<'_>) -> Result<Input, Error> {
        let Self {
            limit,
            since,
            until,
            status,
            channel,
            event,
            to,
            offline,
            follow,
            idle_timeout,
            stats,
        } = self;
        setup
            .redactor
            .learn(|known| to.iter().for_each(|text| known.add_typed(text)));
        let moment = |flag: &str, text: Option<String>| {
            text.map(|text| values::moment(flag, &text)).transpose()
        };
        let statuses = status.iter().map(|text| values::status(text));
        let channels = channel.iter().map(|text| values::channel(text));
        let event = event.map(|text| values::event("--event", &text));
        let idle_timeout = idle_timeout.map(|text| values::duration("--idle-timeout", &text));
        Ok(Input {
            limit,
            since: moment("--since", since)?,
            until: moment("--until", until)?,
            statuses: statuses.collect::<Result<_, _>>()?,
            channels: channels.collect::<Result<_, _>>()?,
            event: event.transpose()?,
            recipient: to,
            offline,
            follow,
            idle_timeout: idle_timeout.transpose()?,
            stats,
        })
    }

    fn needs(input: &Input) -> Needs {
        match input.offline {
            true => Needs::Records,
            false => Needs::Service,
        }
    }

    async fn run(input: Input, context: Context<'_>) -> Result<ActivityReport, Error> {
        match context.session.simulate {
            true => simulator::run(&input, context).await,
            false => journal::run(&input, context).await,
        }
    }
}
