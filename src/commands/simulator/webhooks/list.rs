//! Text and CSV output for the list of webhook deliveries.

use super::delivery;
use crate::api::webhooks::{DeliveriesResponse, ListedDelivery};
use crate::model::{MessageStatus, Timestamp};
use crate::output::table::{cut, table, whole};
use crate::output::{DIM, Rows, TextStyle, TextWriter};

/// The names of the CSV columns, in the order in which [`row`] fills them.
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

/// Writes the endpoint and the table of deliveries as text.
pub fn write(list: &DeliveriesResponse, out: &mut TextWriter<'_>) {
    let style = out.style();
    match &list.endpoint {
        None => out.line("No webhook endpoint is registered."),
        Some(endpoint) => {
            let off = match endpoint.is_active {
                true => "",
                false => " (switched off)",
            };
            let url = style.sanitize(&endpoint.url);
            out.line(format_args!("endpoint {url}{off}"));
        }
    }
    if list.deliveries.is_empty() {
        if list.endpoint.is_some() {
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
    let rows = list.deliveries.iter().map(|listed| cells(listed, style));
    let rows: Vec<Vec<String>> = rows.collect();
    out.push(&table(&columns, &rows, style, |index, cell| {
        (index == 3).then(|| status_for_color(cell))
    }));
    if list.more {
        out.line(style.paint("There are more: --limit N shows them.", DIM));
    }
}

/// Returns the deliveries as CSV, one row per delivery.
pub fn rows(list: &DeliveriesResponse) -> Rows {
    Rows {
        header: &COLUMNS,
        rows: list.deliveries.iter().map(row).collect(),
    }
}

/// Maps a delivery's status to a message status, because the table has colours for message statuses only.
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
