//! `simulator suppression`: shows or changes the suppression list.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::control_error::control_error;
use crate::api::control::{self, ChangedResponse, SuppressionRequest, SuppressionsResponse};
use crate::commands::args::{recipients, values};
use crate::commands::command::{Command, Context, Setup};
use crate::error::Error;
use crate::model::{Channel, RecipientKind, Timestamp, from_millis};
use crate::output::table::{cut, table, whole};
use crate::output::{Formats, Report, Rows, TextWriter};
use crate::redact::Pii;
use crate::text;

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
        /// The recipient's address, number or id
        recipient: String,
        /// Suppress on this channel [default: from the form of the recipient]
        #[arg(short, long, value_name = "CHANNEL")]
        channel: Option<String>,
    },
    /// Remove a recipient from the list, on every channel
    Remove {
        /// The recipient's address, number or id
        recipient: String,
    },
}

impl Command for Suppression {
    const NAME: &'static str = "simulator suppression";
    const IS_SIMULATOR: bool = true;
    /// None lists the entries.
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
                SuppressionRequest::Add(control::Suppression {
                    channel,
                    recipient: recipients::one(&recipient)?.label().to_owned(),
                    reason: "OPTED_OUT".to_owned(),
                    since: 0,
                })
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
        let Some(command) = command else {
            let response = client
                .control_get::<SuppressionsResponse>(&["suppressions"], &())
                .await;
            let list = response.map_err(control_error)?.body;
            let entries = list.suppressions.into_iter().map(|entry| Entry {
                channel: entry.channel.to_string(),
                recipient: context.redactor.recipient(entry.recipient),
                reason: entry.reason,
                since: from_millis(entry.since),
            });
            return Ok(SuppressionReport::List(List {
                suppressions: entries.collect(),
            }));
        };
        let response = client
            .control_post::<ChangedResponse>(&["suppressions"], &command)
            .await;
        let changed = response.map_err(control_error)?.body.changed;
        Ok(SuppressionReport::Changed(Changed { changed }))
    }
}

/// Returns the channel that the form of a recipient implies.
fn channel_of(recipient: &str) -> Result<Channel, Error> {
    match RecipientKind::of(recipient) {
        RecipientKind::Email => Ok(Channel::Email),
        RecipientKind::Phone => Ok(Channel::Sms),
        RecipientKind::SlackUser | RecipientKind::SlackChannel => Ok(Channel::Slack),
        RecipientKind::Uuid | RecipientKind::ExternalId => Err(Error::usage(
            format!("--channel: the form of `{recipient}` does not imply a channel"),
            "Name it, such as --channel email, with the address that the channel uses.",
        )),
    }
}

/// The suppression list, or how many of its entries changed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SuppressionReport {
    List(List),
    Changed(Changed),
}

/// The suppressed recipients.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct List {
    suppressions: Vec<Entry>,
}

/// The effect of `add` or `remove`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Changed {
    /// How many entries changed.
    changed: u64,
}

/// One suppressed recipient.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    channel: String,
    recipient: Pii<String>,
    /// The error code of a message that is suppressed.
    reason: String,
    since: Timestamp,
}

impl Report for SuppressionReport {
    const SCHEMA: &'static str = "sendivent.suppressions/1";

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        use crate::output::document_schema;

        const CHANGED: &str = "sendivent.changed/1";
        vec![
            (Self::SCHEMA, document_schema::<List>(Self::SCHEMA, None)),
            (CHANGED, document_schema::<Changed>(CHANGED, None)),
        ]
    }

    fn schema(&self) -> &'static str {
        match self {
            Self::List(_) => Self::SCHEMA,
            Self::Changed(_) => "sendivent.changed/1",
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        match self {
            Self::Changed(Changed { changed: 0 }) => out.line("Nothing changed."),
            Self::Changed(Changed { changed: 1 }) => out.line("1 entry changed."),
            Self::Changed(Changed { changed }) => out.line(format_args!(
                "{} entries changed.",
                text::group_thousands(changed)
            )),
            Self::List(List { suppressions }) if suppressions.is_empty() => {
                out.line("Nobody is suppressed.");
            }
            Self::List(List { suppressions }) => {
                let columns = [
                    whole("CHANNEL"),
                    cut("RECIPIENT", 12),
                    whole("REASON"),
                    whole("SINCE"),
                ];
                let style = out.style();
                let rows = suppressions.iter().map(|entry| {
                    vec![
                        style.sanitize(&entry.channel),
                        style.sanitize(&entry.recipient),
                        style.sanitize(&entry.reason),
                        style.time(entry.since),
                    ]
                });
                let rows: Vec<Vec<String>> = rows.collect();
                out.push(&table(&columns, &rows, style, |_, _| None));
            }
        }
    }

    fn rows(&self) -> Option<Rows> {
        let Self::List(List { suppressions }) = self else {
            return None;
        };
        let row = |entry: &Entry| {
            vec![
                entry.channel.clone(),
                entry.recipient.to_string(),
                entry.reason.clone(),
                entry.since.to_string(),
            ]
        };
        Some(Rows {
            header: &["channel", "recipient", "reason", "since"],
            rows: suppressions.iter().map(row).collect(),
        })
    }
}
