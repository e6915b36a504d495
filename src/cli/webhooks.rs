//! `simulator webhooks`

use clap::{Args, Subcommand};

use crate::api::webhooks::TriggerRequest;
use crate::error::Error;
use crate::intent::WebhooksOrder;
use crate::simulator::EventKind;

#[derive(Debug, Clone, Args)]
pub struct WebhooksArgs {
    #[command(subcommand)]
    command: WebhooksCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum WebhooksCommand {
    /// List deliveries to the endpoint, the newest event first; what is planned stands there, too
    List {
        /// How many at most
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50,
              value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
        limit: u32,
    },
    /// Show one delivery: its payload, and the headers and the answer of each attempt
    Show {
        /// Id of the delivery
        #[arg(value_name = "DELIVERY")]
        id: String,
    },
    /// Send a delivery again, now: the same payload, a new id and a new signature
    Replay {
        /// Id of the delivery
        #[arg(value_name = "DELIVERY")]
        id: String,
    },
    /// Send a made-up event to the endpoint, now
    Trigger {
        /// The event: delivery.sent, delivery.delivered, delivery.failed, delivery.bounced or delivery.complained; the
        /// last word is enough
        event: String,
        /// Whom the made-up message goes to; its form tells the channel
        #[arg(short, long, value_name = "RECIPIENT")]
        to: String,
    },
}

impl WebhooksArgs {
    /// Returns whether the result is a list of rows.
    pub fn has_rows(&self) -> bool {
        matches!(self.command, WebhooksCommand::List { .. })
    }

    /// Says what is to be done.
    pub fn resolve(self) -> Result<WebhooksOrder, Error> {
        let Self { command } = self;
        Ok(match command {
            WebhooksCommand::List { limit } => WebhooksOrder::List(limit),
            WebhooksCommand::Show { id } => WebhooksOrder::Show(delivery(&id)?),
            WebhooksCommand::Replay { id } => WebhooksOrder::Replay(delivery(&id)?),
            WebhooksCommand::Trigger { event, to } => WebhooksOrder::Trigger(TriggerRequest {
                event: kind(&event)?.as_str().to_owned(),
                to: super::recipients::one(&to)?.label().to_owned(),
            }),
        })
    }
}

fn delivery(text: &str) -> Result<String, Error> {
    match uuid::Uuid::try_parse(text) {
        Ok(uuid) => Ok(uuid.hyphenated().to_string()),
        Err(_) => Err(Error::usage(
            format!("DELIVERY: `{text}` is not the id of a webhook delivery"),
            "`sendivent simulator webhooks list` lists them.",
        )),
    }
}

fn kind(text: &str) -> Result<EventKind, Error> {
    let full = match text.contains('.') {
        true => text.to_owned(),
        false => format!("delivery.{text}"),
    };
    full.parse().map_err(|error| {
        Error::usage(
            format!("EVENT: {error}"),
            "For example: delivery.bounced, or bounced.",
        )
    })
}
