//! `simulator suppression`: shows or changes the suppression list.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::control;
use crate::api::control::{
    ChangedResponse, SuppressionEntry, SuppressionRequest, SuppressionsResponse,
};
use crate::commands::args::{recipients, values};
use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::model::{Channel, Identifier};
use crate::output::table::{cut, table, whole};
use crate::output::{Formats, Report, Rows, TextWriter};
use crate::redact::Pii;
use crate::text;

const CHANGED: &str = "sendivent.changed/1";

/// Show or change the suppression list
#[derive(Debug, Clone, Args)]
pub struct Suppression {
    #[command(subcommand)]
    command: SuppressionCommands,
}

#[derive(Debug, Clone, Subcommand)]
enum SuppressionCommands {
    /// List suppressed recipients
    List,
    /// Suppress a recipient, so that messages to it are not sent
    Add {
        /// The recipient's email address, phone number or id
        recipient: String,
        /// Suppress the recipient on this channel [default: the channel of the address or number]
        #[arg(short, long, value_name = "CHANNEL")]
        channel: Option<String>,
    },
    /// Remove a recipient from the suppression lists of all channels
    Remove {
        /// The recipient's email address, phone number or id
        recipient: String,
    },
}

impl Command for Suppression {
    const NAME: &'static str = "simulator suppression";
    const IS_SIMULATOR: bool = true;
    /// The change to make. `None` for `simulator suppression list`.
    type Input = Option<SuppressionRequest>;
    type Report = SuppressionReport;

    fn formats(&self) -> Formats {
        Formats {
            rows: matches!(self.command, SuppressionCommands::List),
            ids: false,
        }
    }

    fn validate(self, setup: &Setup<'_>) -> Result<Option<SuppressionRequest>, Error> {
        let Self { command } = self;
        let learn = |text: &str| setup.redactor.learn(|known| known.add_typed(text));
        Ok(Some(match command {
            SuppressionCommands::List => return Ok(None),
            SuppressionCommands::Add { recipient, channel } => {
                learn(&recipient);
                let channel = match channel {
                    Some(name) => values::channel(&name)?,
                    None => channel_of(&recipient)?,
                };
                SuppressionRequest::Add {
                    channel,
                    recipient: recipients::one(&recipient)?.label().to_owned(),
                    reason: "OPTED_OUT".to_owned(),
                }
            }
            SuppressionCommands::Remove { recipient } => {
                learn(&recipient);
                SuppressionRequest::Remove(recipient)
            }
        }))
    }

    async fn run(
        command: Option<SuppressionRequest>,
        context: Context<'_>,
    ) -> Result<SuppressionReport, Error> {
        let client = context.simulator_client(None)?;
        Ok(match command {
            None => {
                let list = control::get(&client, &["suppressions"], &()).await?;
                SuppressionReport::List(context.redactor.suppressions(list))
            }
            Some(command) => SuppressionReport::Changed(
                control::post(&client, &["suppressions"], &command).await?,
            ),
        })
    }
}

/// Returns the channel on which an identifier is used, such as email for `ada@example.com`. Fails if the identifier
/// does not determine the channel.
fn channel_of(recipient: &str) -> Result<Channel, Error> {
    Identifier::of_text(recipient).channel().ok_or_else(|| {
        Error::usage(
            format!("--channel: `{recipient}` does not determine a channel"),
            "Add --channel, such as --channel email, and give the address that the channel uses.",
        )
    })
}

/// The suppression list, or the number of entries that were added or removed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SuppressionReport {
    List(Pii<SuppressionsResponse>),
    Changed(ChangedResponse),
}

/// Returns the table or CSV cells of an entry. `since` is the formatted time of the suppression.
fn cells(entry: &SuppressionEntry, since: String) -> Vec<String> {
    vec![
        entry.channel.to_string(),
        entry.recipient.clone(),
        entry.reason.clone(),
        since,
    ]
}

impl Report for SuppressionReport {
    const SCHEMA: &'static str = "sendivent.suppressions/1";

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        use crate::output::document_schema;

        vec![
            (
                Self::SCHEMA,
                document_schema::<SuppressionsResponse>(Self::SCHEMA, None),
            ),
            (CHANGED, document_schema::<ChangedResponse>(CHANGED, None)),
        ]
    }

    fn schema(&self) -> &'static str {
        match self {
            Self::List(_) => Self::SCHEMA,
            Self::Changed(_) => CHANGED,
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        match self {
            Self::Changed(ChangedResponse { changed }) => out.line(match changed {
                0 => "Nothing changed.".to_owned(),
                1 => "1 entry changed.".to_owned(),
                changed => format!("{} entries changed.", text::group_thousands(changed)),
            }),
            Self::List(list) if list.suppressions.is_empty() => out.line("Nobody is suppressed."),
            Self::List(list) => {
                let columns = [
                    whole("CHANNEL"),
                    cut("RECIPIENT", 12),
                    whole("REASON"),
                    whole("SINCE"),
                ];
                let style = out.style();
                let rows = list.suppressions.iter().map(|entry| {
                    let cells = cells(entry, style.time(entry.since)).into_iter();
                    cells.map(|cell| style.sanitize(&cell)).collect()
                });
                let rows: Vec<Vec<String>> = rows.collect();
                out.push(&table(&columns, &rows, style, |_, _| None));
            }
        }
    }

    fn rows(&self) -> Option<Rows> {
        let Self::List(list) = self else {
            return None;
        };
        let rows = list.suppressions.iter();
        Some(Rows {
            header: &["channel", "recipient", "reason", "since"],
            rows: rows
                .map(|entry| cells(entry, entry.since.to_string()))
                .collect(),
        })
    }
}
