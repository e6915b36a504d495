//! `journal`: prints the path of the journal, or deletes old sends from it.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::values;
use super::command::{Command, Context, Setup};
use crate::config;
use crate::error::Error;
use crate::output::{Report, TextWriter};
use crate::text;

/// Manage the journal, the record of sends from this machine
#[derive(Debug, Clone, Args)]
pub struct Journal {
    #[command(subcommand)]
    command: JournalCommands,
}

#[derive(Debug, Clone, Subcommand)]
enum JournalCommands {
    /// Print the journal's path
    Path,
    /// Delete old sends from the journal, with their ids and idempotency keys
    Prune {
        /// Delete sends older than this, such as 90d
        #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
        older_than: String,
    },
}

impl Command for Journal {
    const NAME: &'static str = "journal";
    /// The minimum age of the sends to delete. `None` for `journal path`.
    type Input = Option<Duration>;
    type Report = JournalReport;

    fn validate(self, _setup: &Setup<'_>) -> Result<Option<Duration>, Error> {
        let Self { command } = self;
        Ok(match command {
            JournalCommands::Path => None,
            JournalCommands::Prune { older_than } => {
                Some(values::duration("--older-than", &older_than)?)
            }
        })
    }

    async fn run(age: Option<Duration>, context: Context<'_>) -> Result<JournalReport, Error> {
        let off = || Error::usage("the journal is switched off", "Leave out --no-journal.");
        let Some(age) = age else {
            let location = context.session.journal.clone().ok_or_else(off)??;
            return Ok(JournalReport {
                file: Some(location.to_string()),
                ..JournalReport::default()
            });
        };
        let mut journal = context.journal()?.ok_or_else(off)?;
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let before = context.host.clock.now().saturating_sub(age);
        let profile = config::requested_profile(&context.session.flags, context.host)?;
        let prefix = profile.as_deref().map(config::service_id_prefix);
        // Without a profile, the empty prefix matches every service.
        let prefix = prefix.unwrap_or_default();
        let prune = journal.prune(before, &prefix);
        let deleted = context.host.run_until_interrupted(prune).await;
        let deleted = deleted.map_err(Error::Interrupted)?;
        Ok(JournalReport {
            file: None,
            deleted: Some(deleted?),
            profile,
        })
    }
}

/// The journal's path, or the number of sends that were deleted.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JournalReport {
    /// Path of the journal; null for `journal prune`.
    file: Option<String>,
    /// How many sends were deleted; null for `journal path`.
    deleted: Option<usize>,
    /// The profile whose sends were deleted. `None` for all profiles.
    #[serde(skip)]
    profile: Option<String>,
}

impl Report for JournalReport {
    const SCHEMA: &'static str = "sendivent.journal/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        if let Some(file) = &self.file {
            out.line(style.sanitize(file));
        }
        if let Some(deleted) = self.deleted {
            let of = match &self.profile {
                Some(profile) => format!("the profile {}", style.sanitize(profile)),
                None => "all profiles".to_owned(),
            };
            let sends = text::count_noun(deleted, "send");
            out.line(format_args!("Deleted: {sends} of {of}."));
        }
    }
}
