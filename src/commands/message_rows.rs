//! Messages as CSV rows, for `status` and `activity`.

use super::notification::Lookup;
use crate::api::control::MessageRow;
use crate::model::{Message, MessageError, Notification, Timestamp};

/// The CSV columns of a message.
pub const COLUMNS: [&str; 16] = [
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

/// Returns the row of a message of `activity`.
pub fn of_message_row(row: &MessageRow) -> Vec<String> {
    let notification = [
        row.id.as_str(),
        row.event.as_str(),
        row.recipient.as_str(),
        row.notification_status.as_str(),
    ];
    of_message(notification, &row.message)
}

/// Returns the rows of an id: one for each message. An id without messages has a row, too.
pub fn of_lookup(lookup: &Lookup) -> Vec<Vec<String>> {
    let Some(notification) = &lookup.notification else {
        let mut cells = vec![String::new(); COLUMNS.len()];
        cells[0].clone_from(&lookup.id);
        cells[COLUMNS.len() - 1] = "false".to_owned();
        return vec![cells];
    };
    let Notification {
        id, event, status, ..
    } = &**notification;
    let recipient = notification.recipient().unwrap_or_default();
    let cells = [id, event, recipient, status.as_str()];
    if notification.messages.is_empty() {
        let message = Message::default();
        return vec![of_message(cells, &message)];
    }
    let messages = notification.messages.iter();
    messages.map(|message| of_message(cells, message)).collect()
}

fn of_message([id, event, recipient, status]: [&str; 4], message: &Message) -> Vec<String> {
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let [code, reason] = error_cells(message.error.as_ref());
    vec![
        id.to_owned(),
        message.id.clone(),
        event.to_owned(),
        recipient.to_owned(),
        status.to_owned(),
        message.channel.as_str().to_owned(),
        message.status.as_str().to_owned(),
        text(&message.template),
        time(message.queued_at),
        time(message.sent_at),
        time(message.delivered_at),
        time(message.failed_at),
        code,
        reason,
        text(&message.decided_by),
        "true".to_owned(),
    ]
}

/// Returns the cells of an error: its code and its text.
pub fn error_cells(error: Option<&MessageError>) -> [String; 2] {
    let error = error.cloned();
    error.map_or_else(Default::default, |error| [error.code, error.message])
}
