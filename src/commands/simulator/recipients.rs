//! `simulator recipients`: lists the recipients that select a scenario, such as `bounced@simulator.test`.

use clap::Args;
use serde::Serialize;

use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::output::table::{cut, table, whole};
use crate::output::{Formats, Report, Rows, TextWriter};
use crate::simulator::{self, RecipientRow};

/// List the recipients that select a scenario, such as bounced@simulator.test
#[derive(Debug, Clone, Args)]
pub struct Recipients {}

impl Command for Recipients {
    const NAME: &'static str = "simulator recipients";
    const IS_SIMULATOR: bool = true;
    type Input = ();
    type Report = RecipientsReport;

    fn validate(self, _setup: &Setup<'_>) -> Result<(), Error> {
        let Self {} = self;
        Ok(())
    }

    async fn run((): (), _context: Context<'_>) -> Result<RecipientsReport, Error> {
        Ok(RecipientsReport {
            recipients: simulator::recipients(),
        })
    }
}

/// The recipients that select a scenario, and what each scenario does.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecipientsReport {
    recipients: Vec<RecipientRow>,
}

fn cells(row: &RecipientRow) -> Vec<String> {
    vec![
        row.pattern.clone(),
        row.scenario.to_owned(),
        row.reason.unwrap_or_default().to_owned(),
        row.aliases.join(" "),
    ]
}

impl Report for RecipientsReport {
    const SCHEMA: &'static str = "sendivent.recipients/1";
    const FORMATS: Formats = Formats {
        rows: true,
        ids: false,
    };

    fn text(&self, out: &mut TextWriter<'_>) {
        let columns = [whole("RECIPIENT"), cut("WHAT HAPPENS", 24), cut("ERROR", 5)];
        let rows = self.recipients.iter().map(|row| cells(row)[..3].to_vec());
        let rows: Vec<Vec<String>> = rows.collect();
        let text = table(&columns, &rows, out.style(), |_, _| None);
        out.push(&text);
        out.line(
            "\nMessages to any other recipient are delivered. Unknown names on simulator.test are rejected. Aliases: \
             sendivent simulator recipients --json.",
        );
    }

    fn rows(&self) -> Option<Rows> {
        Some(Rows {
            header: &["recipient", "scenario", "reason", "aliases"],
            rows: self.recipients.iter().map(cells).collect(),
        })
    }
}
