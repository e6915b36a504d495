//! Notifications from the journal, and their rows in `activity`.

use serde_json::{Value, json};

use super::input::Input;
use crate::api::control::{MessageGroup, MessageRow, Statistics};
use crate::journal::Receipt;
use crate::model::{
    Counts, Goal, Message, MessageStatus, Notification, NotificationStatus, from_millis,
};

/// A notification that the journal recorded, with the service's last response for it.
pub struct Recorded {
    pub receipt: Receipt,
    /// The service's last response. `None` before the first response, or if the stored response cannot be read.
    snapshot: Option<Notification>,
}

impl Recorded {
    pub fn new(receipt: Receipt) -> Self {
        let snapshot = receipt.snapshot.as_deref();
        // A snapshot that cannot be read is replaced by the next poll.
        let snapshot = snapshot.and_then(|text| serde_json::from_str(text).ok());
        Self { receipt, snapshot }
    }

    /// Returns whether the notification has settled and its last response is available. If so, it is not polled again.
    pub fn is_settled(&self) -> bool {
        self.receipt.settled && self.snapshot.is_some()
    }

    /// Records a response. Returns what the journal stores: the id, the notification as JSON without its contact, and
    /// whether it has settled. With `no_pii`, the JSON contains no error messages either, because they may contain an
    /// address.
    pub fn record(
        &mut self,
        mut notification: Notification,
        no_pii: bool,
    ) -> (String, String, bool) {
        let settled = Counts::of(&notification, Goal::Settled).is_settled();
        notification.contact = Value::Null;
        let mut stored = notification.clone();
        let messages = stored.messages.iter_mut().filter(|_| no_pii);
        for error in messages.filter_map(|message| message.error.as_mut()) {
            error.message.clear();
        }
        self.snapshot = Some(notification);
        self.receipt.settled = settled;
        let snapshot = json!(stored).to_string();
        (self.receipt.notification.clone(), snapshot, settled)
    }

    /// Returns one row for each message, or one row for a notification without messages.
    pub fn rows(&self) -> Vec<MessageRow> {
        let status = match &self.snapshot {
            Some(snapshot) => snapshot.status.clone(),
            None => NotificationStatus::Accepted,
        };
        let messages = self.snapshot.iter().flat_map(|snapshot| &snapshot.messages);
        let mut messages: Vec<Message> = messages.cloned().collect();
        if messages.is_empty() {
            messages.push(Message {
                status: MessageStatus::from_wire(status.as_str()),
                ..Message::default()
            });
        }
        // If the service does not report when the message was queued, use the time of the send.
        let sent_at = from_millis(self.receipt.started_at);
        let messages = messages.into_iter().map(|message| Message {
            queued_at: message.queued_at.or(Some(sent_at)),
            ..message
        });
        let rows = messages.map(|message| MessageRow {
            id: self.receipt.notification.clone(),
            notification_status: status.clone(),
            event: self.receipt.event.clone(),
            recipient: self.receipt.recipient.clone(),
            message,
        });
        rows.collect()
    }
}

/// Returns a key that identifies a change, so that `--follow` prints it only once: the ids, the status and the error
/// code. A delivered message may get an error later.
pub fn change_key(row: &MessageRow) -> (String, String) {
    let error = row.message.error.as_ref().map_or("", |error| &error.code);
    (
        format!("{} {}", row.id, row.message.id),
        format!("{} {error}", row.message.status),
    )
}

/// Returns whether a message passes the filters by status and channel, which the journal cannot apply.
pub fn matches(row: &MessageRow, input: &Input) -> bool {
    let status = input.statuses.is_empty() || input.statuses.contains(&row.message.status);
    let channel = input.channels.is_empty() || input.channels.contains(&row.message.channel);
    status && channel
}

/// Counts the messages by channel and status, counts the errors by code, and summarizes the delivery times.
pub fn statistics(rows: &[MessageRow]) -> Statistics {
    let groups = rows.iter().map(|MessageRow { message, .. }| MessageGroup {
        channel: message.channel.clone(),
        status: message.status.clone(),
        code: message.error.as_ref().map(|error| error.code.clone()),
        latency: latency(message),
        count: 1,
    });
    Statistics::from_groups(groups)
}

/// Returns the time from queued to delivered in milliseconds; `None` if the message was not delivered.
fn latency(message: &Message) -> Option<i64> {
    let latency = message.delivered_at?.as_millisecond() - message.queued_at?.as_millisecond();
    Some(latency.max(0))
}
