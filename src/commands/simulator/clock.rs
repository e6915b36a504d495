//! `simulator clock`: shows the simulator's clock, or stops it, moves it or changes its speed.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::control;
use crate::api::control::{ClockRequest, ClockState};
use crate::commands::args::values;
use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::output::{Report, TextWriter};
use crate::text;

/// Show or change the simulator's clock
#[derive(Debug, Clone, Args)]
#[command(arg_required_else_help = false)]
pub struct Clock {
    #[command(subcommand)]
    command: Option<ClockCommands>,
}

#[derive(Debug, Clone, Subcommand)]
enum ClockCommands {
    /// Show the virtual and the real time
    Show,
    /// Stop the clock
    Freeze,
    /// Run the clock at the speed of real time
    Resume,
    /// Move the clock forward, and send the webhooks that become due
    Advance {
        /// How far to move the clock, such as 5m or 2h
        #[arg(allow_hyphen_values = true)]
        duration: String,
    },
    /// Run the clock faster or slower than real time
    Speed {
        /// Virtual seconds per real second, from 0.001 to 1000000
        #[arg(allow_negative_numbers = true)]
        factor: f64,
    },
}

impl Command for Clock {
    const NAME: &'static str = "simulator clock";
    const IS_SIMULATOR: bool = true;
    /// The change to make. `None` for `simulator clock show`.
    type Input = Option<ClockRequest>;
    type Report = ClockState;

    fn validate(self, _setup: &Setup<'_>) -> Result<Option<ClockRequest>, Error> {
        let Self { command } = self;
        Ok(Some(match command {
            None | Some(ClockCommands::Show) => return Ok(None),
            Some(ClockCommands::Freeze) => ClockRequest::Freeze,
            Some(ClockCommands::Resume) => ClockRequest::Resume,
            Some(ClockCommands::Advance { duration }) => {
                let length = values::duration("DURATION", &duration)?;
                ClockRequest::Advance(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
            }
            Some(ClockCommands::Speed { factor }) => {
                if !(0.001..=1_000_000.0).contains(&factor) {
                    return Err(Error::usage(
                        format!("FACTOR: {factor} is out of range"),
                        "Use 0.001 to 1000000; `sendivent simulator clock freeze` stops the clock.",
                    ));
                }
                ClockRequest::Speed(factor)
            }
        }))
    }

    async fn run(command: Option<ClockRequest>, context: Context<'_>) -> Result<ClockState, Error> {
        let client = context.simulator_client(None)?;
        match command {
            None => control::get(&client, &["clock"], &()).await,
            Some(command) => control::post(&client, &["clock"], &command).await,
        }
    }
}

impl Report for ClockState {
    const SCHEMA: &'static str = "sendivent.clock/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let rate = if self.rate == 0.0 {
            "stopped".to_owned()
        } else if (self.rate - 1.0).abs() < f64::EPSILON {
            "as fast as real time".to_owned()
        } else {
            format!("{} times as fast as real time", self.rate)
        };
        let ahead = self.virtual_time.as_millisecond() - self.real.as_millisecond();
        let length = match ahead.unsigned_abs() {
            short @ ..1000 => short,
            // Rounded to seconds, because real time passed while the virtual clock was moved.
            long => (long + 500) / 1000 * 1000,
        };
        let length = text::format_duration(Duration::from_millis(length));
        let ahead = match ahead {
            0 => "the same as real time".to_owned(),
            1.. => format!("{length} ahead of real time"),
            _ => format!("{length} behind real time"),
        };
        out.line(format_args!(
            "virtual time  {} ({ahead})\nreal time     {}\nclock         {rate}",
            style.time(self.virtual_time),
            style.time(self.real)
        ));
    }
}
