//! `watch`

use std::time::Duration;

use clap::Args;

use super::ids::IdArgs;
use super::send::GoalArg;
use super::values;
use crate::config::Session;
use crate::error::Error;
use crate::host::Host;
use crate::intent::{Following, Intent, Watch};
use crate::model::Goal;

/// How long a watch lasts when nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// Follow notifications until they settle; the exit code is the verdict
///
/// Settled means: delivered, failed, suppressed or cancelled. On channels that never report delivery (Slack, Discord,
/// push) it means sent; on SMS, WhatsApp and Telegram, sent and completed.
///
/// Exit codes: 0 all good, 3 all bad, 9 mixed, 124 the deadline passed, 69 the service could not be reached.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate watch --last\n  sendivent --simulate send welcome --to ada@example.com -q | sendivent --simulate watch -\n  sendivent --simulate watch --last 20 --fail-fast --timeout 2m"
)]
pub struct WatchArgs {
    #[command(flatten)]
    ids: IdArgs,

    /// What to wait for
    #[arg(
        long = "for",
        value_enum,
        value_name = "GOAL",
        default_value = "settled"
    )]
    goal: GoalArg,

    /// End with the first notification that settles
    #[arg(long, conflicts_with = "fail_fast")]
    any: bool,

    /// End with the first notification that ends badly
    #[arg(long)]
    fail_fast: bool,

    /// A fixed pause between looks; otherwise it grows from 0.5 s to 5 s
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    interval: Option<String>,

    /// How long to watch, such as 90s or 10m; `0` looks once, `none` never ends
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10m",
        allow_hyphen_values = true
    )]
    timeout: String,

    /// End when so many looks in a row have failed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_errors: Option<u32>,

    /// Accepted for habit: the verdict always is the exit code
    #[arg(long, hide = true)]
    exit_status: bool,
}

impl WatchArgs {
    /// Says what is to be followed, and how.
    pub fn resolve(self, session: &Session, host: &Host) -> Result<Intent, Error> {
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
        let interval = match interval {
            None => None,
            Some(text) => match values::duration("--interval", &text)? {
                Duration::ZERO => {
                    return Err(Error::usage(
                        "--interval: the pause cannot be nothing",
                        "Use at least 1ms, or --timeout 0 to look once.",
                    ));
                }
                length => Some(length),
            },
        };
        let timeout = values::timeout("--timeout", &timeout)?;
        session.set_deadline(timeout);
        Ok(Intent::Watch(Watch {
            following: Following {
                goal: Goal::from(goal),
                any,
                fail_fast,
                interval,
                max_errors,
                timeout,
                grace: Duration::ZERO,
            },
            ids: ids.resolve(host)?,
        }))
    }
}
