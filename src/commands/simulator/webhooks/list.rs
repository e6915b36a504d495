//! The list of webhook deliveries.

use serde::Serialize;

use super::delivery;
use crate::api::webhooks::{DeliveriesResponse, ListedDelivery, WebhookEndpoint};
use crate::model::{MessageStatus, Timestamp, from_millis};
use crate::output::table::{cut, table, whole};
use crate::output::{DIM, Rows, TextStyle, TextWriter};
use crate::redact::{Pii, Redactor};

/// The CSV columns of a delivery.
const COLUMNS: [&str; 12] = [
    "id",
    "event",
    "message_id",
    "notification_id",
    "recipient",
    "status",
    "at",
    "due_at",
    "attempts",
    "last_at",
    "http_status",
    "error",
];

/// The deliveries to the endpoint, newest event first.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListReport {
    /// Virtual time.
    at: Timestamp,
    endpoint: Option<Endpoint>,
    deliveries: Vec<Pii<ListedDelivery>>,
    /// Whether there are more.
    more: bool,
}

/// The webhook endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Endpoint {
    id: String,
    url: String,
    enabled_events: Vec<String>,
    description: Option<String>,
    active: bool,
    created_at: String,
}

impl From<WebhookEndpoint> for Endpoint {
    fn from(endpoint: WebhookEndpoint) -> Self {
        Self {
            id: endpoint.uuid,
            url: endpoint.url,
            enabled_events: endpoint.enabled_events,
            description: endpoint.description,
            active: endpoint.is_active,
            created_at: endpoint.created_at,
        }
    }
}

impl ListReport {
    /// Returns a list of the control plane.
    pub fn new(list: DeliveriesResponse, redactor: &Redactor) -> Self {
        let deliveries = list.deliveries.into_iter();
        let deliveries = deliveries.map(|listed| redactor.listed_delivery(listed));
        Self {
            at: from_millis(list.now),
            endpoint: list.webhook.map(Endpoint::from),
            deliveries: deliveries.collect(),
            more: list.more,
        }
    }

    /// Writes the endpoint and the table of deliveries.
    pub fn write(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        match &self.endpoint {
            None => out.line("No webhook endpoint is registered."),
            Some(endpoint) => {
                let off = if endpoint.active {
                    ""
                } else {
                    " (switched off)"
                };
                out.line(format_args!(
                    "endpoint {}{off}",
                    style.sanitize(&endpoint.url)
                ));
            }
        }
        if self.deliveries.is_empty() {
            if self.endpoint.is_some() {
                out.line("Nothing was sent to it, and nothing is planned.");
            }
            return;
        }
        let columns = [
            whole("DELIVERY"),
            whole("EVENT"),
            cut("RECIPIENT", 12),
            whole("STATUS"),
            whole("ATTEMPTS"),
            whole("WHEN"),
            cut("RESPONSE", 8),
        ];
        let rows = self.deliveries.iter().map(|listed| cells(listed, style));
        let rows: Vec<Vec<String>> = rows.collect();
        out.push(&table(&columns, &rows, style, |index, cell| {
            (index == 3).then(|| status_for_color(cell))
        }));
        if self.more {
            out.line(style.paint("There are more: --limit N shows them.", DIM));
        }
    }

    /// Returns the deliveries as CSV.
    pub fn rows(&self) -> Rows {
        Rows {
            header: &COLUMNS,
            rows: self.deliveries.iter().map(|listed| row(listed)).collect(),
        }
    }
}

/// Returns the message status that has the colour of a delivery's status.
fn status_for_color(status: &str) -> MessageStatus {
    MessageStatus::from_wire(match status {
        "given_up" => "failed",
        "dropped" => "suppressed",
        "retrying" | "waiting" => "queued",
        other => other,
    })
}

fn cells(listed: &ListedDelivery, style: &TextStyle) -> Vec<String> {
    let ListedDelivery { delivery, last } = listed;
    let when = match (delivery.due_at, last) {
        (Some(due), _) => format!("due {}", style.time(due)),
        (None, Some(last)) => style.time(last.at),
        (None, None) => format!("of {}", style.time(delivery.at)),
    };
    let result = match (&delivery.reason, last) {
        (Some(reason), _) => style.sanitize(reason),
        (None, Some(last)) => delivery::result(last, style),
        (None, None) => String::new(),
    };
    vec![
        delivery.id.clone(),
        style.sanitize(&delivery.event),
        style.sanitize(&delivery.recipient),
        delivery.status.clone(),
        delivery.attempts.to_string(),
        when,
        result,
    ]
}

fn row(listed: &ListedDelivery) -> Vec<String> {
    let ListedDelivery { delivery, last } = listed;
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    let last = last.as_ref();
    let status = last.and_then(|last| last.http_status);
    let error = last.and_then(|last| last.error.clone());
    let reason = delivery.reason.clone();
    vec![
        delivery.id.clone(),
        delivery.event.clone(),
        delivery.message_id.clone(),
        delivery.notification_id.clone(),
        delivery.recipient.to_string(),
        delivery.status.clone(),
        delivery.at.to_string(),
        time(delivery.due_at),
        delivery.attempts.to_string(),
        time(last.map(|last| last.at)),
        status.map_or(String::new(), |status| status.to_string()),
        reason.or(error).unwrap_or_default(),
    ]
}
