//! Rows of `activity` that are made of the journal: what was sent, with what was last seen of it.

use serde_json::Value;

use crate::api::control::MessageRow;
use crate::intent::Activity;
use crate::journal::Receipt;
use crate::model::{
    Counts, Goal, Message, MessageStatus, Notification, NotificationStatus, from_millis, to_json,
};

/// One notification that was sent from here.
pub struct Row {
    receipt: Receipt,
    seen: Option<Notification>,
}

impl Row {
    /// Returns the row of a receipt.
    pub fn new(receipt: Receipt) -> Self {
        // What an older version kept and cannot be read is looked at again.
        let seen = receipt.snapshot.as_deref();
        let seen = seen.and_then(|text| serde_json::from_str(text).ok());
        Self { receipt, seen }
    }

    /// Returns the id of the notification.
    pub fn id(&self) -> &str {
        &self.receipt.notification
    }

    /// Returns whether the service that accepted it said that nothing was real.
    pub fn simulated(&self) -> bool {
        self.receipt.simulated
    }

    /// Returns whether nothing more is expected of it.
    pub fn settled(&self) -> bool {
        self.receipt.settled && self.seen.is_some()
    }

    /// Takes in a look, and returns what the journal is to keep: the id, the notification without its contact, and whether
    /// it has settled. With `no_pii` the words of errors are left out, too: they may repeat an address.
    pub fn record_snapshot(
        &mut self,
        mut notification: Notification,
        no_pii: bool,
    ) -> (String, String, bool) {
        let settled = Counts::of(&notification, Goal::Settled).is_settled();
        notification.contact = Value::Null;
        let mut kept = notification.clone();
        let errors = kept.messages.iter_mut().filter(|_| no_pii);
        for error in errors.filter_map(|message| message.error.as_mut()) {
            error.message.clear();
        }
        let kept = to_json(&kept);
        self.seen = Some(notification);
        self.receipt.settled = settled;
        (self.receipt.notification.clone(), kept, settled)
    }

    /// Returns its messages. One that has none yet, or was never looked at, is shown as accepted.
    pub fn messages(&self) -> Vec<MessageRow> {
        let status = match &self.seen {
            Some(seen) => seen.status.clone(),
            None => NotificationStatus::Accepted,
        };
        let row = |message: Message| MessageRow {
            id: self.receipt.notification.clone(),
            notification_status: status.clone(),
            event: self.receipt.event.clone(),
            recipient: self.receipt.recipient.clone(),
            message,
        };
        let begun_at = from_millis(self.receipt.started_at);
        match &self.seen {
            Some(seen) if !seen.messages.is_empty() => seen
                .messages
                .iter()
                .map(|message| {
                    let mut message = message.clone();
                    // A service that does not report when a message was queued leaves the time of the send.
                    message.queued_at = message.queued_at.or(Some(begun_at));
                    row(message)
                })
                .collect(),
            _ => vec![row(Message {
                status: MessageStatus::from_wire(status.as_str()),
                queued_at: Some(begun_at),
                ..Message::default()
            })],
        }
    }

    /// Returns what makes a change of a message one to tell only once: its status, and an error that came later.
    pub fn identity(row: &MessageRow) -> (String, String) {
        let error = row.message.error.as_ref().map_or("", |error| &error.code);
        (
            format!("{} {}", row.id, row.message.id),
            format!("{} {error}", row.message.status),
        )
    }
}

/// Returns whether a message is one of those that are wanted, as far as the journal has not told already.
pub fn is_wanted(row: &MessageRow, activity: &Activity) -> bool {
    let status = activity.statuses.is_empty() || activity.statuses.contains(&row.message.status);
    let channel = activity.channels.is_empty() || activity.channels.contains(&row.message.channel);
    status && channel
}
