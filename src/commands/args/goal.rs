//! What `watch --for` and `send --wait` wait for.

use clap::ValueEnum;

use crate::model::Goal;

/// What is waited for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum GoalArg {
    /// Final status for its channel
    Settled,
    /// Handed to the provider
    Sent,
    /// Confirmed as delivered
    Delivered,
}

impl From<GoalArg> for Goal {
    fn from(goal: GoalArg) -> Self {
        match goal {
            GoalArg::Settled => Self::Settled,
            GoalArg::Sent => Self::Sent,
            GoalArg::Delivered => Self::Delivered,
        }
    }
}
