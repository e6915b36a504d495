//! `simulator`: the offline simulator's server, clock, recipients, suppression list and webhooks.

mod clock;
mod control;
mod recipients;
mod reset;
mod run;
mod serve;
mod show;
mod suppression;
mod webhooks;

use clap::Args;

use super::command::{Dispatch, Visitor, subcommands};

/// Run and control the offline simulator
#[derive(Debug, Clone, Args)]
pub struct Simulator {
    #[command(subcommand)]
    command: SimulatorCommands,
}

impl Dispatch for Simulator {
    fn dispatch<V: Visitor>(self, visitor: V) -> V::Output {
        self.command.dispatch(visitor)
    }

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        SimulatorCommands::schemas()
    }
}

subcommands! {
    /// The subcommands of `simulator`.
    #[derive(Clone)]
    pub enum SimulatorCommands {
        Serve(serve::Serve),
        Run(run::Run),
        Recipients(recipients::Recipients),
        Clock(clock::Clock),
        Suppression(suppression::Suppression),
        Show(show::Show),
        Webhooks(webhooks::Webhooks),
        Reset(reset::Reset),
    }
}
