//! `cancel`

use clap::Args;

use super::{guard, recipients, values};
use crate::config::Session;
use crate::error::Error;
use crate::host::Host;
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
    pub fn resolve(self, session: &Session, host: &Host) -> Result<Intent, Error> {
        let Self { event, to } = self;
        let event = values::event("EVENT", &event)?;
        let to = recipients::all(&to)?;
        if !session.simulate {
            let key = &session.service(host)?.key;
            let wire = to.iter().map(|to| to.to_wire().to_string());
            guard::keyless_texts(wire.chain([event.to_string()]), key)?;
        }
        Ok(Intent::Cancel(Cancel { event, to }))
    }
}
