//! `simulator webhooks`: shows and repeats what is sent to the webhook endpoint.

mod delivery;
mod list;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::webhooks::{DeliveriesResponse, DeliveryDetail, TriggerRequest};
use crate::client::{Client, RequestError};
use crate::commands::args::recipients;
use crate::commands::command::{Command, Context, Setup};
use crate::commands::simulator::control_error::control_error;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{Formats, Report, Rows, TextWriter};
use crate::redact::Pii;
use crate::simulator::EventKind;

use list::ListReport;

/// Show and repeat deliveries to the webhook endpoint
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
        /// Id of the delivery
        #[arg(value_name = "DELIVERY")]
        id: String,
    },
    /// Send a delivery again now, with a new id and signature
    Replay {
        /// Id of the delivery
        #[arg(value_name = "DELIVERY")]
        id: String,
    },
    /// Send a synthetic event to the endpoint now
    Trigger {
        /// The event: [delivery.]sent, delivered, failed, bounced or complained
        event: String,

        /// Name the recipient in the event; its form determines the channel
        #[arg(short, long, value_name = "RECIPIENT")]
        to: String,
    },
}

/// What to do.
pub enum Input {
    /// With the highest number of deliveries.
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
        let redactor = context.redactor;
        match input {
            Input::List(limit) => {
                let query = [("limit", limit)];
                let response = client
                    .control_get::<DeliveriesResponse>(&["webhooks"], &query)
                    .await;
                let list = response.map_err(control_error)?.body;
                Ok(WebhooksReport::List(ListReport::new(list, redactor)))
            }
            Input::Show(id) => {
                let response = client
                    .control_get::<DeliveryDetail>(&["webhooks", &id], &())
                    .await;
                let detail = response
                    .map_err(|failure| unknown_delivery(&id, failure))?
                    .body;
                Ok(WebhooksReport::Delivery {
                    detail: redactor.delivery_detail(detail),
                    failed: false,
                })
            }
            Input::Replay(id) => {
                let detail = post(&client, &["webhooks", &id, "replay"], &json!({})).await;
                let detail = detail.map_err(|failure| unknown_delivery(&id, failure))?;
                Ok(WebhooksReport::attempted(detail, context))
            }
            Input::Trigger(request) => {
                let detail = post(&client, &["webhooks", "trigger"], &request).await;
                let detail = detail.map_err(no_endpoint)?;
                Ok(WebhooksReport::attempted(detail, context))
            }
        }
    }
}

async fn post<B: serde::Serialize>(
    client: &Client<'_>,
    path: &[&str],
    body: &B,
) -> Result<DeliveryDetail, RequestError> {
    Ok(client.control_post(path, body).await?.body)
}

fn unknown_delivery(id: &str, error: RequestError) -> Error {
    match error.is_rejected_with(404) {
        true => Error::NotFound {
            message: format!("there is no webhook delivery {id}"),
            hint: "Run `sendivent simulator webhooks list`.".to_owned(),
        },
        false => control_error(error),
    }
}

fn no_endpoint(error: RequestError) -> Error {
    match error.is_rejected_with(409) {
        true => Error::NotFound {
            message: "there is no active webhook endpoint".to_owned(),
            hint: "Register one with POST /v1/webhooks, or with `sendivent simulator serve --webhook URL`."
                .to_owned(),
        },
        false => control_error(error),
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

/// The list of deliveries, or one of them.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WebhooksReport {
    List(ListReport),
    Delivery {
        #[serde(flatten)]
        detail: Pii<DeliveryDetail>,
        /// Whether this command made an attempt that failed.
        #[serde(skip)]
        failed: bool,
    },
}

impl WebhooksReport {
    fn attempted(detail: DeliveryDetail, context: Context<'_>) -> Self {
        Self::Delivery {
            failed: detail.has_failed(),
            detail: context.redactor.delivery_detail(detail),
        }
    }
}

impl Report for WebhooksReport {
    const SCHEMA: &'static str = "sendivent.webhooks/1";

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        use crate::output::document_schema;

        const DELIVERY: &str = "sendivent.webhook/1";
        vec![
            (
                Self::SCHEMA,
                document_schema::<ListReport>(Self::SCHEMA, None),
            ),
            (DELIVERY, document_schema::<DeliveryDetail>(DELIVERY, None)),
        ]
    }

    fn schema(&self) -> &'static str {
        match self {
            Self::List(_) => Self::SCHEMA,
            Self::Delivery { .. } => "sendivent.webhook/1",
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
            Self::List(list) => list.write(out),
            Self::Delivery { detail, .. } => delivery::write(detail, out),
        }
    }

    fn rows(&self) -> Option<Rows> {
        match self {
            Self::List(list) => Some(list.rows()),
            Self::Delivery { .. } => None,
        }
    }
}
