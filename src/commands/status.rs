//! `status`: requests each notification once, and prints its state.

use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::args::ids::{IdArgs, Ids};
use super::command::{Command, Context, Needs, Setup};
use super::message_rows;
use super::notification::{self, Lookup, RecipientLookup};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{BAD, BOLD, Formats, Report, Rows, TextWriter};

/// Show the current state of notifications: messages, times and errors
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate status --last\n  sendivent --simulate status --last --explain\n  sendivent --simulate status -q --exit-status --last || echo not delivered"
)]
pub struct Status {
    #[command(flatten)]
    ids: IdArgs,

    /// Explain each failed or pending message, and what to do about it
    #[arg(long)]
    explain: bool,

    /// Exit with the verdict: 0 delivered, 3 not delivered, 8 pending, 9 mixed
    #[arg(long)]
    exit_status: bool,
}

impl Command for Status {
    const NAME: &'static str = "status";
    const NEEDS: Needs = Needs::Service;
    type Input = (Ids, Self);
    type Report = StatusReport;

    fn validate(self, setup: &Setup<'_>) -> Result<Self::Input, Error> {
        Ok((self.ids.resolve(setup)?, self))
    }

    async fn run(
        (ids, arguments): Self::Input,
        context: Context<'_>,
    ) -> Result<StatusReport, Error> {
        let Self {
            ids: _,
            explain,
            exit_status,
        } = arguments;
        let resolved = context.resolve_ids(ids)?;
        let client = context.client(None)?;
        let recipients = RecipientLookup::new(context);
        let requests = resolved
            .ids
            .iter()
            .map(|id| Lookup::fetch(&client, id, &recipients));
        let responses = stream::iter(requests).buffered(client.concurrency());
        let lookups: Vec<Lookup> = responses.try_collect().await?;
        if let [lookup] = lookups.as_slice()
            && lookup.missing
        {
            return Err(context.not_found(&lookup.id));
        }
        context.warn_of_other_services(&lookups);
        Ok(StatusReport {
            notifications: lookups,
            exit_status,
            explain,
            unresolved: resolved.unresolved,
        })
    }
}

/// The current state of each notification.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusReport {
    notifications: Vec<Lookup>,
    #[serde(skip)]
    exit_status: bool,
    #[serde(skip)]
    explain: bool,
    /// How many sends of the commands that `--last` selects have an unknown outcome. Zero without `--last`.
    #[serde(skip)]
    unresolved: usize,
}

impl Report for StatusReport {
    const SCHEMA: &'static str = "sendivent.status/1";
    const FORMATS: Formats = Formats::ALL;

    fn has_outcome(&self) -> bool {
        true
    }

    fn exit(&self) -> Exit {
        let lookups = self.notifications.iter().map(|lookup| match lookup {
            lookup if lookup.missing => Exit::NotFound,
            lookup if self.exit_status => lookup.counts.verdict().into(),
            _ => Exit::Ok,
        });
        let unresolved = (self.unresolved > 0).then_some(Exit::Unavailable);
        Exit::combine(lookups.chain(unresolved))
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        for (index, lookup) in self.notifications.iter().enumerate() {
            if index > 0 {
                out.line("");
            }
            match &lookup.notification {
                None => {
                    let style = out.style();
                    out.line(format_args!(
                        "{} {}\n  {}",
                        style.paint("notification", BOLD),
                        lookup.id,
                        style.paint("not found", BAD)
                    ));
                }
                Some(notification) => {
                    notification::write_block(notification, lookup.at, self.explain, out);
                }
            }
        }
    }

    fn rows(&self) -> Option<Rows> {
        Some(Rows {
            header: &message_rows::COLUMNS,
            rows: self
                .notifications
                .iter()
                .flat_map(message_rows::of_lookup)
                .collect(),
        })
    }

    fn ids(&self) -> Vec<&str> {
        let found = self.notifications.iter().filter(|lookup| !lookup.missing);
        found.map(|lookup| lookup.id.as_str()).collect()
    }
}
