//! CSV: a header line, then a row for each thing. Times are UTC, RFC 3339. Columns are only ever added at the end.

use crate::api::control::MessageRow;
use crate::api::webhooks::Delivery;
use crate::model::{Message, Notification, Timestamp, from_millis, rfc3339};
use crate::report::{Change, Lookup, Report, SendResult, WebhooksReport};

use super::machine;
use super::view::View;

/// The columns of `send`.
pub const SENDS: [&str; 7] = [
    "id",
    "event",
    "recipient",
    "outcome",
    "idempotency_key",
    "replayed",
    "error",
];

/// The columns of `status` and `activity`.
pub const MESSAGES: [&str; 16] = [
    "id",
    "message_id",
    "event",
    "recipient",
    "notification_status",
    "channel",
    "status",
    "template",
    "queued_at",
    "sent_at",
    "delivered_at",
    "failed_at",
    "error_code",
    "error_message",
    "decided_by",
    "found",
];

/// The columns of `watch`.
pub const CHANGES: [&str; 10] = [
    "at",
    "id",
    "message_id",
    "event",
    "recipient",
    "channel",
    "from",
    "status",
    "error_code",
    "error_message",
];

/// The columns of `simulator webhooks list`.
const DELIVERIES: [&str; 12] = [
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

/// Returns the rows of a report with its header; none when its rows were printed on the way, or when it has none.
pub fn document(report: &Report, view: &View) -> Option<String> {
    match report {
        Report::Looked(looked) => {
            let rows = looked
                .found
                .iter()
                .flat_map(|found| found_rows(found, view));
            Some(table(&MESSAGES, rows))
        }
        Report::Activity(list) => {
            let rows = list.messages.iter().map(|row| message_row(row, view));
            Some(table(&MESSAGES, rows))
        }
        Report::Recipients(rows) => {
            let header = ["recipient", "scenario", "reason", "aliases"];
            let rows = rows
                .iter()
                .map(|row| super::text_simulator::recipient_cells(row).to_vec());
            Some(table(&header, rows))
        }
        Report::Suppressions(list) => {
            let rows = list.iter().map(|entry| {
                vec![
                    entry.channel.clone(),
                    label(&entry.recipient, view),
                    entry.reason.clone(),
                    rfc3339(from_millis(entry.since)),
                ]
            });
            Some(table(&["channel", "recipient", "reason", "since"], rows))
        }
        Report::Webhooks(WebhooksReport::List(list)) => {
            let rows = list.deliveries.iter().map(|one| delivery_row(one, view));
            Some(table(&DELIVERIES, rows))
        }
        _ => None,
    }
}

/// Returns one line.
pub fn line<T: AsRef<str>>(cells: &[T]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let cells = cells.iter().map(|cell| cell.as_ref().as_bytes());
    // Writing to memory does not fail, and text stays text.
    drop(writer.write_record(cells));
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Returns the row of a request.
pub fn send(result: &SendResult, view: &View) -> String {
    let replayed = matches!(
        result.outcome,
        crate::report::SendOutcome::Accepted { replayed: true, .. }
    );
    let row = |id: &str, to: &str| {
        line(&[
            id,
            &result.event,
            &label(to, view),
            machine::outcome(&result.outcome),
            &view.line(result.idempotency_key.as_str()),
            if replayed { "true" } else { "false" },
            &view.line(&machine::reason(&result.outcome).unwrap_or_default()),
        ])
    };
    match machine::receipts(result) {
        [] => row("", &result.recipient),
        receipts => receipts.iter().map(|(id, to)| row(id, to)).collect(),
    }
}

/// Returns the row of a change.
pub fn change(change: &Change, view: &View) -> String {
    let from = change.from.as_ref().map_or("", |status| status.as_str());
    let (code, message) = match &change.error {
        Some(error) => (error.code.clone(), view.line(&error.message)),
        None => (String::new(), String::new()),
    };
    line(&[
        &rfc3339(change.at),
        &change.notification,
        &change.message,
        &change.event,
        &label(&change.recipient, view),
        &change.channel,
        from,
        change.to.as_str(),
        &code,
        &message,
    ])
}

/// Returns the row of a message of `activity`.
pub fn activity(row: &MessageRow, view: &View) -> String {
    line(&message_row(row, view))
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = line(header);
    for row in rows {
        text.push_str(&line(&row));
    }
    text
}

fn found_rows(found: &Lookup, view: &View) -> Vec<Vec<String>> {
    let Some(notification) = &found.notification else {
        let mut cells = vec![String::new(); MESSAGES.len()];
        cells[0].clone_from(&found.id);
        cells[MESSAGES.len() - 1] = "false".to_owned();
        return vec![cells];
    };
    if notification.messages.is_empty() {
        // An id that was asked for has a row, also before its first message.
        let mut cells = vec![String::new(); MESSAGES.len()];
        cells[0].clone_from(&notification.id);
        cells[2].clone_from(&notification.event);
        cells[3] = label(notification.recipient().unwrap_or_default(), view);
        cells[4] = notification.status.as_str().to_owned();
        cells[MESSAGES.len() - 1] = "true".to_owned();
        return vec![cells];
    }
    notification
        .messages
        .iter()
        .map(|message| message_row(&row_of(notification, message), view))
        .collect()
}

fn row_of(notification: &Notification, message: &Message) -> MessageRow {
    MessageRow {
        id: notification.id.clone(),
        notification_status: notification.status.clone(),
        event: notification.event.clone(),
        recipient: notification.recipient().unwrap_or_default().to_owned(),
        message: message.clone(),
    }
}

fn message_row(row: &MessageRow, view: &View) -> Vec<String> {
    let message = &row.message;
    let time = |time: Option<Timestamp>| time.map(rfc3339).unwrap_or_default();
    let (code, text) = match &message.error {
        Some(error) => (error.code.clone(), view.line(&error.message)),
        None => (String::new(), String::new()),
    };
    vec![
        row.id.clone(),
        message.id.clone(),
        row.event.clone(),
        label(&row.recipient, view),
        row.notification_status.to_string(),
        message.channel.to_string(),
        message.status.to_string(),
        message.template.clone().unwrap_or_default(),
        time(message.queued_at),
        time(message.sent_at),
        time(message.delivered_at),
        time(message.failed_at),
        code,
        text,
        message.decided_by.clone().unwrap_or_default(),
        "true".to_owned(),
    ]
}

fn delivery_row(one: &Delivery, view: &View) -> Vec<String> {
    let time = |at: i64| rfc3339(from_millis(at));
    let last = one.last.as_ref();
    let error = last.and_then(|last| last.error.as_ref());
    let status = last.and_then(|last| last.status);
    vec![
        one.id.clone(),
        one.event.clone(),
        one.message.clone(),
        one.notification.clone(),
        label(&one.recipient, view),
        one.status.clone(),
        time(one.at),
        one.due_at.map(time).unwrap_or_default(),
        one.attempts.to_string(),
        last.map(|last| time(last.at)).unwrap_or_default(),
        status.map(|status| status.to_string()).unwrap_or_default(),
        one.reason
            .as_ref()
            .or(error)
            .map(|text| view.line(text))
            .unwrap_or_default(),
    ]
}

fn label(label: &str, view: &View) -> String {
    if view.no_pii {
        crate::model::masked(label)
    } else {
        label.to_owned()
    }
}
