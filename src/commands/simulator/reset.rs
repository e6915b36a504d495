//! `simulator reset`: deletes the simulator's data in the namespace that the API key selects. In the main namespace,
//! the command also resets the clock.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::control;
use crate::api::control::ResetResponse;
use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::output::{Report, TextWriter};
use crate::prompt;
use crate::text;

/// Delete the data of a namespace; in the main one, also reset the clock
#[derive(Debug, Clone, Args)]
pub struct Reset {
    /// Do not prompt for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Command for Reset {
    const NAME: &'static str = "simulator reset";
    const IS_SIMULATOR: bool = true;
    type Input = ();
    type Report = ResetReport;

    fn validate(self, setup: &Setup<'_>) -> Result<(), Error> {
        let Self { yes } = self;
        match yes {
            true => Ok(()),
            false => prompt::confirm_reset(setup.session),
        }
    }

    async fn run((): (), context: Context<'_>) -> Result<ResetReport, Error> {
        let client = context.simulator_client(None)?;
        let deleted = control::post(&client, &["reset"], &json!({})).await?;
        Ok(ResetReport {
            deleted,
            namespace: context.session.namespace.clone(),
        })
    }
}

/// How many notifications, messages and contacts were deleted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResetReport {
    deleted: ResetResponse,
    /// The namespace that was reset; `None` for the main namespace.
    #[serde(skip)]
    namespace: Option<String>,
}

impl Report for ResetReport {
    const SCHEMA: &'static str = "sendivent.reset/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        let ResetResponse {
            notifications,
            messages,
            contacts,
        } = self.deleted;
        let note = match self.namespace {
            None => "The clock shows real time.",
            Some(_) => "The clock and other namespaces are unchanged.",
        };
        out.line(format_args!(
            "Deleted: {}, {} and {}. {note}",
            text::count_noun(notifications, "notification"),
            text::count_noun(messages, "message"),
            text::count_noun(contacts, "contact")
        ));
    }
}
