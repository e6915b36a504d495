//! `simulator webhooks`: lists, shows, repeats and triggers webhook deliveries.

mod delivery;
mod list;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::webhooks::{DeliveriesResponse, DeliveryDetail, TriggerRequest};
use crate::commands::args::recipients;
use crate::commands::command::{Command, Context, Setup};
use crate::commands::simulator::control;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{Formats, Report, Rows, TextWriter};
use crate::redact::Pii;
use crate::simulator::EventKind;

const DELIVERY: &str = "sendivent.webhook/1";

/// List, show, repeat and trigger webhook deliveries
#[derive(Debug, Clone, Args)]
pub struct Webhooks {
    #[command(subcommand)]
    command: WebhooksCommands,
}

#[derive(Debug, Clone, Subcommand)]
enum WebhooksCommands {
    /// List deliveries, including planned ones, newest event first
    List {
        /// List at most this many deliveries
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50,
              value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
        limit: u32,
    },
    /// Show a delivery: its payload, and the headers and response of each attempt
    Show {
        /// Id of the delivery, as `list` prints it
        #[arg(value_name = "DELIVERY")]
        id: String,
    },
    /// Send a delivery again now, with a new webhook id and signature
    Replay {
        /// Id of the delivery, as `list` prints it
        #[arg(value_name = "DELIVERY")]
        id: String,
    },
    /// Send a synthetic event to the endpoint now
    Trigger {
        /// The event: [delivery.]sent, delivered, failed, bounced or complained
        event: String,

        /// Set the recipient of the event; its address or number determines the channel
        #[arg(short, long, value_name = "RECIPIENT")]
        to: String,
    },
}

/// The subcommand, with its validated arguments.
pub enum Input {
    /// Lists at most this many deliveries.
    List(u32),
    Show(String),
    Replay(String),
    Trigger(TriggerRequest),
}

impl Command for Webhooks {
    const NAME: &'static str = "simulator webhooks";
    const IS_SIMULATOR: bool = true;
    type Input = Input;
    type Report = WebhooksReport;

    fn formats(&self) -> Formats {
        Formats {
            rows: matches!(self.command, WebhooksCommands::List { .. }),
            ids: false,
        }
    }

    fn validate(self, setup: &Setup<'_>) -> Result<Input, Error> {
        let Self { command } = self;
        Ok(match command {
            WebhooksCommands::List { limit } => Input::List(limit),
            WebhooksCommands::Show { id } => Input::Show(delivery_id(&id)?),
            WebhooksCommands::Replay { id } => Input::Replay(delivery_id(&id)?),
            WebhooksCommands::Trigger { event, to } => {
                setup.redactor.learn(|known| known.add_typed(&to));
                Input::Trigger(TriggerRequest {
                    event: event_kind(&event)?.as_str().to_owned(),
                    to: recipients::one(&to)?.label().to_owned(),
                })
            }
        })
    }

    async fn run(input: Input, context: Context<'_>) -> Result<WebhooksReport, Error> {
        let client = context.simulator_client(None)?;
        let response = match &input {
            Input::List(limit) => {
                let list = control::get(&client, &["webhooks"], &[("limit", limit)]).await?;
                return Ok(WebhooksReport::List(context.redactor.deliveries(list)));
            }
            Input::Show(id) => control::get(&client, &["webhooks", id], &()).await,
            Input::Replay(id) => {
                control::post(&client, &["webhooks", id, "replay"], &json!({})).await
            }
            Input::Trigger(request) => {
                control::post(&client, &["webhooks", "trigger"], request).await
            }
        };
        let detail: DeliveryDetail = response.map_err(|error| input.explain(error))?;
        Ok(WebhooksReport::Delivery {
            failed: !matches!(input, Input::Show(_)) && detail.has_failed(),
            detail: context.redactor.delivery_detail(detail),
        })
    }
}

impl Input {
    /// Converts a 404 response to `show` or `replay` into the error that the delivery does not exist, and a 409
    /// response to `trigger` into the error that no endpoint is active.
    fn explain(&self, error: Error) -> Error {
        match self {
            Self::List(_) => error,
            Self::Show(id) | Self::Replay(id) => {
                let message = format!("there is no webhook delivery {id}");
                let hint = "Run `sendivent simulator webhooks list`.";
                control::missing(error, 404, message, hint)
            }
            Self::Trigger(_) => {
                let message = "there is no active webhook endpoint".to_owned();
                let hint = "Register one with POST /v1/webhooks, or with `sendivent simulator serve --webhook URL`.";
                control::missing(error, 409, message, hint)
            }
        }
    }
}

fn delivery_id(text: &str) -> Result<String, Error> {
    match uuid::Uuid::try_parse(text) {
        Ok(uuid) => Ok(uuid.hyphenated().to_string()),
        Err(_) => Err(Error::usage(
            format!("DELIVERY: `{text}` is not the id of a webhook delivery"),
            "Run `sendivent simulator webhooks list`.",
        )),
    }
}

fn event_kind(text: &str) -> Result<EventKind, Error> {
    let name = match text.contains('.') {
        true => text.to_owned(),
        false => format!("delivery.{text}"),
    };
    name.parse().map_err(|error| {
        Error::usage(
            format!("EVENT: {error}"),
            "For example: delivery.bounced, or bounced.",
        )
    })
}

/// The list of webhook deliveries, or a single delivery.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WebhooksReport {
    List(Pii<DeliveriesResponse>),
    Delivery {
        #[serde(flatten)]
        detail: Pii<DeliveryDetail>,
        /// Whether `replay` or `trigger` made an attempt that failed.
        #[serde(skip)]
        failed: bool,
    },
}

impl Report for WebhooksReport {
    const SCHEMA: &'static str = "sendivent.webhooks/1";

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        use crate::output::document_schema;

        vec![
            (
                Self::SCHEMA,
                document_schema::<DeliveriesResponse>(Self::SCHEMA, None),
            ),
            (DELIVERY, document_schema::<DeliveryDetail>(DELIVERY, None)),
        ]
    }

    fn schema(&self) -> &'static str {
        match self {
            Self::List(_) => Self::SCHEMA,
            Self::Delivery { .. } => DELIVERY,
        }
    }

    fn has_outcome(&self) -> bool {
        matches!(self, Self::Delivery { .. })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Delivery { failed: true, .. } => Exit::NotDelivered,
            Self::List(_) | Self::Delivery { failed: false, .. } => Exit::Ok,
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        match self {
            Self::List(list) => list::write(list, out),
            Self::Delivery { detail, .. } => delivery::write(detail, out),
        }
    }

    fn rows(&self) -> Option<Rows> {
        match self {
            Self::List(list) => Some(list::rows(list)),
            Self::Delivery { .. } => None,
        }
    }
}
