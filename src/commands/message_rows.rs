//! Messages as CSV rows, for `status` and `activity`.

use super::notification::Lookup;
use crate::api::control::MessageRow;
use crate::model::{Message, MessageError, Notification, Timestamp};

/// The CSV columns of `status` and `activity`.
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

/// Returns the CSV row of a message that `activity` lists.
pub fn of_message_row(row: &MessageRow) -> Vec<String> {
    let notification = [
        row.id.as_str(),
        row.event.as_str(),
        row.recipient.as_str(),
        row.notification_status.as_str(),
    ];
    of_message(notification, &row.message, true)
}

/// Returns the CSV rows of a notification: one for each message, or one if there are no messages or the notification
/// was not found.
pub fn of_lookup(lookup: &Lookup) -> Vec<Vec<String>> {
    let Some(notification) = &lookup.notification else {
        let cells = [lookup.id.as_str(), "", "", ""];
        return vec![of_message(cells, &Message::default(), false)];
    };
    let Notification {
        id, event, status, ..
    } = &**notification;
    let recipient = notification.recipient().unwrap_or_default();
    let cells = [id, event, recipient, status.as_str()];
    if notification.messages.is_empty() {
        return vec![of_message(cells, &Message::default(), true)];
    }
    let messages = notification.messages.iter();
    let rows = messages.map(|message| of_message(cells, message, true));
    rows.collect()
}

fn of_message(
    [id, event, recipient, status]: [&str; 4],
    message: &Message,
    found: bool,
) -> Vec<String> {
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
        found.to_string(),
    ]
}

/// Returns the cells `error_code` and `error_message`. Both are empty without an error.
pub fn error_cells(error: Option<&MessageError>) -> [String; 2] {
    let error = error.cloned();
    error.map_or_else(Default::default, |error| [error.code, error.message])
}
