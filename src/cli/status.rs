//! `status`

use clap::Args;

use super::ids::IdArgs;
use crate::error::Error;
use crate::host::Host;
use crate::intent::{Intent, Status};

/// Look once at notifications: their messages, times and errors
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate status --last\n  sendivent --simulate status --last --explain\n  sendivent --simulate status -q --exit-status --last || echo not yet, or not ever"
)]
pub struct StatusArgs {
    #[command(flatten)]
    ids: IdArgs,

    /// Add what each bad or stuck message means and what to do about it
    #[arg(long)]
    explain: bool,

    /// Give the verdict of this look as the exit code: 0 good, 3 bad, 8 pending, 9 mixed
    #[arg(long)]
    exit_status: bool,
}

impl StatusArgs {
    /// Says what is to be looked at.
    pub fn resolve(self, host: &Host) -> Result<Intent, Error> {
        let Self {
            ids,
            explain,
            exit_status,
        } = self;
        Ok(Intent::Status(Status {
            ids: ids.resolve(host)?,
            explain,
            exit_status,
        }))
    }
}
