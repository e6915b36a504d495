//! `explain`

use clap::Args;

use crate::error::Error;
use crate::intent::{Explain, Intent};

/// Say what a status, an error or one notification's end means, and what to do about it
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent explain suppressed\n  sendivent explain HARD_BOUNCE\n  sendivent explain 402"
)]
pub struct ExplainArgs {
    /// A status, an error code, an HTTP status, or the id of a notification; without it, all words are listed
    #[arg(value_name = "STATUS|CODE|ID")]
    topic: Option<String>,
}

impl ExplainArgs {
    /// Says what is to be explained.
    pub fn resolve(self) -> Result<Intent, Error> {
        let Self { topic } = self;
        Ok(Intent::Explain(match topic {
            None => Explain::Topics,
            Some(text) => match super::ids::id("ID", &text) {
                Ok(id) => Explain::Notification(id),
                Err(_) => Explain::Word(text),
            },
        }))
    }
}
