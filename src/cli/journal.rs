//! `journal`

use clap::{Args, Subcommand};

use super::values;
use crate::error::Error;
use crate::intent::{Intent, JournalOrder};

/// Handle the journal: the record of what was sent from this machine
#[derive(Debug, Clone, Args)]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum JournalCommand {
    /// Print where the journal lies
    Path,
    /// Forget sends that are older; their ids and idempotency keys are gone then
    Prune {
        /// How old, such as 90d
        #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
        older_than: String,
    },
}

impl JournalArgs {
    /// Says what is to be done with the journal.
    pub fn resolve(self) -> Result<Intent, Error> {
        let Self { command } = self;
        Ok(Intent::Journal(match command {
            JournalCommand::Path => JournalOrder::Path,
            JournalCommand::Prune { older_than } => {
                JournalOrder::Prune(values::duration("--older-than", &older_than)?)
            }
        }))
    }
}
