//! Notifications and the messages they make.

use serde_json::Value;

use super::{Channel, MessageStatus, NotificationStatus, Timestamp};

/// One send of an event to one contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// Its id, a UUID that the service gave.
    pub id: String,
    /// The event that was sent.
    pub event: String,
    /// Whom it went to, as the service tells it: an object with `email`, `phone`, `name` and so on.
    pub contact: Value,
    /// Whom it goes to, as this machine knows it, where the service tells no contact.
    pub addressee: Option<String>,
    /// Where it is as a whole.
    pub status: NotificationStatus,
    /// When it was accepted.
    pub started_at: Option<Timestamp>,
    /// When nothing more was planned for it.
    pub completed_at: Option<Timestamp>,
    /// One for each attempt over a channel, in order.
    pub messages: Vec<Message>,
}

/// One attempt to reach a contact over one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The way it travels.
    pub channel: Channel,
    /// Where it is.
    pub status: MessageStatus,
    /// The template it was made from.
    pub template: Option<String>,
    /// When it was accepted.
    pub queued_at: Option<Timestamp>,
    /// When the provider took it.
    pub sent_at: Option<Timestamp>,
    /// When the provider confirmed it.
    pub delivered_at: Option<Timestamp>,
    /// When it failed.
    pub failed_at: Option<Timestamp>,
    /// Why it failed or was suppressed; on a delivered message, a complaint or bounce that came later.
    pub error: Option<MessageError>,
    /// What decided its life, in the simulator only: `recipient:bounced`, `suppression-list`, `default`.
    pub decided_by: Option<String>,
}

/// The reason a message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageError {
    /// A stable word such as `HARD_BOUNCE`.
    pub code: String,
    /// The same for people.
    pub message: String,
}

impl Notification {
    /// Returns the words by which a person knows the contact: its first identifier that is present, or
    /// else what is known from elsewhere.
    pub fn recipient(&self) -> Option<&str> {
        const IDENTIFIERS: [&str; 9] = [
            "email",
            "phone",
            "slack_id",
            "slack",
            "telegram",
            "discord",
            "id",
            "external_id",
            "name",
        ];
        match &self.contact {
            Value::String(text) => Some(text),
            contact => IDENTIFIERS
                .iter()
                .find_map(|field| contact.get(field).and_then(Value::as_str))
                .or(self.addressee.as_deref()),
        }
    }
}

impl Message {
    /// Returns when the message entered the status that it has now, as far as the service tells.
    pub fn since(&self) -> Option<Timestamp> {
        match self.status {
            MessageStatus::Queued => self.queued_at,
            MessageStatus::Sent => self.sent_at,
            MessageStatus::Delivered => self.delivered_at,
            MessageStatus::Failed => self.failed_at,
            MessageStatus::Suppressed | MessageStatus::Other(_) => None,
        }
    }
}
