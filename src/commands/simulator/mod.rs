//! `simulator`: the commands that run the offline simulator and control its clock, suppression list and webhooks.

mod clock;
mod control;
mod recipients;
mod reset;
mod run;
mod serve;
mod show;
mod suppression;
mod webhooks;

use super::command::subcommands;

subcommands! {
    /// Run and control the offline simulator
    pub enum Simulator {
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
