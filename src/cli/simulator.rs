//! `simulator`

use clap::{Args, Subcommand};

use super::run::RunArgs;
use super::serve::ServeArgs;
use super::values;
use super::webhooks::WebhooksArgs;
use crate::api::control::{ClockRequest, Suppression, SuppressionRequest};
use crate::config::Session;
use crate::error::Error;
use crate::intent::{Intent, SimulatorOrder};
use crate::model::{Channel, RecipientKind};
use crate::prompt;

/// Handle the offline simulator: its clock, its recipients, its suppression list, its webhooks
#[derive(Debug, Clone, Args)]
pub struct SimulatorArgs {
    #[command(subcommand)]
    command: SimulatorCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum SimulatorCommand {
    Serve(ServeArgs),
    Run(RunArgs),
    /// List the recipients with a scenario
    Recipients,
    /// Show or move the simulator's clock
    Clock(ClockArgs),
    /// Show or change the suppression list
    Suppression(SuppressionArgs),
    /// Show the timeline of a notification, including the future
    Show(ShowArgs),
    /// Show and repeat what is sent to the webhook endpoint
    Webhooks(WebhooksArgs),
    /// Forget all notifications, contacts and suppressions, and let the clock tell real time
    Reset(ResetArgs),
}

#[derive(Debug, Clone, Args)]
#[command(arg_required_else_help = false)]
struct ClockArgs {
    #[command(subcommand)]
    command: Option<ClockCommand>,
}

#[derive(Debug, Clone, Subcommand)]
enum ClockCommand {
    /// Show virtual and real time
    Show,
    /// Stop the clock
    Freeze,
    /// Let the clock run again, as fast as real time
    Resume,
    /// Move the clock forward; everything that is due by then has happened
    Advance {
        /// By how much, such as 5m or 2h
        #[arg(allow_hyphen_values = true)]
        duration: String,
    },
    /// Let the clock run faster or slower than real time
    Speed {
        /// How many times as fast, from 0.001 to 1000000
        #[arg(allow_negative_numbers = true)]
        factor: f64,
    },
}

#[derive(Debug, Clone, Args)]
struct SuppressionArgs {
    #[command(subcommand)]
    command: SuppressionCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum SuppressionCommand {
    /// List who is suppressed, why and since when
    List,
    /// Suppress a recipient from now on, as if it had opted out
    Add {
        /// The recipient's address, number or id
        recipient: String,
        /// The channel; without it, the one that the recipient's form tells
        #[arg(short, long)]
        channel: Option<String>,
    },
    /// Let a recipient be written to again, on every channel
    Remove {
        /// The recipient's address, number or id
        recipient: String,
    },
}

#[derive(Debug, Clone, Args)]
struct ShowArgs {
    /// Id of the notification
    id: String,
}

#[derive(Debug, Clone, Args)]
struct ResetArgs {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl SimulatorArgs {
    /// Returns whether the result is a list of rows.
    pub fn has_rows(&self) -> bool {
        match &self.command {
            SimulatorCommand::Recipients => true,
            SimulatorCommand::Suppression(args) => {
                matches!(args.command, SuppressionCommand::List)
            }
            SimulatorCommand::Webhooks(args) => args.has_rows(),
            SimulatorCommand::Serve(_)
            | SimulatorCommand::Run(_)
            | SimulatorCommand::Clock(_)
            | SimulatorCommand::Show(_)
            | SimulatorCommand::Reset(_) => false,
        }
    }

    /// Returns whether the command goes on with lines that are results of their own.
    pub fn follows(&self) -> bool {
        matches!(self.command, SimulatorCommand::Serve(_))
    }

    /// Returns whether `--quiet` leaves something out, or all.
    pub fn has_ids(&self) -> bool {
        self.follows() || matches!(self.command, SimulatorCommand::Run(_))
    }

    /// Says what is to be done with the simulator.
    pub fn resolve(self, session: &Session) -> Result<Intent, Error> {
        let Self { command } = self;
        Ok(Intent::Simulator(match command {
            SimulatorCommand::Serve(args) => return Ok(Intent::Serve(args.resolve()?)),
            SimulatorCommand::Run(args) => return Ok(Intent::Run(args.resolve()?)),
            SimulatorCommand::Recipients => SimulatorOrder::Recipients,
            SimulatorCommand::Clock(ClockArgs { command }) => {
                SimulatorOrder::Clock(match command {
                    None => None,
                    Some(command) => clock(command)?,
                })
            }
            SimulatorCommand::Suppression(SuppressionArgs { command }) => {
                SimulatorOrder::Suppressions(suppression(command)?)
            }
            SimulatorCommand::Show(ShowArgs { id }) => {
                SimulatorOrder::Show(super::ids::id("ID", &id)?)
            }
            SimulatorCommand::Webhooks(args) => SimulatorOrder::Webhooks(args.resolve()?),
            SimulatorCommand::Reset(ResetArgs { yes }) => {
                if !yes {
                    prompt::confirm_reset(session)?;
                }
                SimulatorOrder::Reset
            }
        }))
    }
}

fn clock(command: ClockCommand) -> Result<Option<ClockRequest>, Error> {
    Ok(Some(match command {
        ClockCommand::Show => return Ok(None),
        ClockCommand::Freeze => ClockRequest::Freeze,
        ClockCommand::Resume => ClockRequest::Resume,
        ClockCommand::Advance { duration } => {
            let length = values::duration("DURATION", &duration)?;
            ClockRequest::Advance(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
        }
        ClockCommand::Speed { factor } => {
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

fn suppression(command: SuppressionCommand) -> Result<Option<SuppressionRequest>, Error> {
    Ok(Some(match command {
        SuppressionCommand::List => return Ok(None),
        SuppressionCommand::Add { recipient, channel } => {
            let channel = match channel {
                Some(name) => values::channel(&name)?,
                None => channel_of(&recipient)?,
            };
            SuppressionRequest::Add(Suppression {
                channel: channel.as_str().to_owned(),
                recipient: super::recipients::one(&recipient)?.label().to_owned(),
                reason: "OPTED_OUT".to_owned(),
                since: 0,
            })
        }
        SuppressionCommand::Remove { recipient } => SuppressionRequest::Remove(recipient),
    }))
}

/// Returns the channel that the form of a recipient determines.
fn channel_of(recipient: &str) -> Result<Channel, Error> {
    let identifier = RecipientKind::of(recipient).identifier();
    identifier.channel().ok_or_else(|| {
        Error::usage(
            format!("--channel: the form of `{recipient}` does not tell the channel"),
            "Name it, such as --channel email, with the address that the channel uses.",
        )
    })
}
