//! `cancel`

use clap::Args;

use super::{recipients, values};
use crate::error::Error;
use crate::intent::{Cancel, Intent};

/// Cancel what is still pending of an event for a recipient
///
/// Messages that were handed to their provider already are not called back.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Example:\n  sendivent --simulate cancel welcome --to queued@simulator.test"
)]
pub struct CancelArgs {
    /// The event
    event: String,

    /// The recipient, as it was given to `send`
    #[arg(short, long, value_name = "RECIPIENT", required = true)]
    to: Vec<String>,
}

impl CancelArgs {
    /// Says what is to be cancelled.
    pub fn resolve(self) -> Result<Intent, Error> {
        let Self { event, to } = self;
        Ok(Intent::Cancel(Cancel {
            event: values::event("EVENT", &event)?,
            to: recipients::all(&to)?,
        }))
    }
}
