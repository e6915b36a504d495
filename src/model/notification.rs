//! Notifications and their messages: the same types on the wire, in the simulator, in the journal and in JSON output.
//!
//! They are read leniently: unknown fields are ignored, missing ones left empty.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::time::read_time;
use super::{Channel, Identifier, MessageStatus, NotificationStatus, Timestamp};

/// The longest id that is accepted, in bytes. The documented ones have 36.
pub const MAX_ID_LENGTH: usize = 200;

/// One send of an event to one contact. Documented up to `messages[].channel`, assumed from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Notification {
    /// A UUID that the service assigned.
    #[serde(deserialize_with = "sanitize_id")]
    pub id: String,
    /// The event that was sent.
    #[serde(default)]
    pub event: String,
    /// The recipient as the service reports it: an object with `email`, `phone`, `name` and so on.
    #[serde(default)]
    pub contact: Value,
    /// The recipient as this machine recorded it, for when the service reports no contact.
    #[serde(skip)]
    pub fallback_recipient: Option<String>,
    /// The status of the whole.
    #[serde(default)]
    pub status: NotificationStatus,
    /// When the service accepted it.
    #[serde(default, deserialize_with = "read_time")]
    pub started_at: Option<Timestamp>,
    /// When the last planned step was done.
    #[serde(default, deserialize_with = "read_time")]
    pub completed_at: Option<Timestamp>,
    /// One for each attempt over a channel, in order.
    #[serde(default)]
    pub messages: Vec<Message>,
}

/// One attempt to reach a contact over one channel. The fields after `channel` are assumed, `decided_by` is the
/// simulator's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Message {
    /// Assigned by the service.
    #[serde(default, deserialize_with = "sanitize_id")]
    pub id: String,
    /// The channel it is sent over.
    #[serde(default)]
    pub channel: Channel,
    /// Its current status.
    #[serde(default)]
    pub status: MessageStatus,
    /// The template it was rendered from.
    #[serde(default)]
    pub template: Option<String>,
    /// When the service accepted it.
    #[serde(default, deserialize_with = "read_time")]
    pub queued_at: Option<Timestamp>,
    /// When the provider accepted it.
    #[serde(default, deserialize_with = "read_time")]
    pub sent_at: Option<Timestamp>,
    /// When the provider confirmed delivery.
    #[serde(default, deserialize_with = "read_time")]
    pub delivered_at: Option<Timestamp>,
    /// When it failed.
    #[serde(default, deserialize_with = "read_time")]
    pub failed_at: Option<Timestamp>,
    /// Why it failed or was suppressed; on a delivered message, a complaint or bounce that came later.
    #[serde(default)]
    pub error: Option<MessageError>,
    /// The scenario that decided the result, in the simulator only: `recipient:bounced`, `suppression-list`, `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// Why a message failed or was suppressed; the shape is that of the service's webhook page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageError {
    /// A stable code such as `HARD_BOUNCE`.
    #[serde(default)]
    pub code: String,
    /// The reason for display.
    #[serde(default)]
    pub message: String,
}

impl Notification {
    /// Returns the text by which a person recognizes the contact: its first identifier that is present, its name, or
    /// the recipient that this machine recorded.
    pub fn recipient(&self) -> Option<&str> {
        match &self.contact {
            Value::String(text) => Some(text),
            // A name is easier to recognize than Sendivent's id.
            Value::Object(contact) => Identifier::ALL
                .into_iter()
                .filter(|identifier| *identifier != Identifier::Uuid)
                .filter_map(|identifier| identifier.value_in(contact))
                .chain(contact.get("name"))
                .find_map(Value::as_str)
                .or(self.fallback_recipient.as_deref()),
            _ => self.fallback_recipient.as_deref(),
        }
    }
}

impl Message {
    /// Returns when the message entered its current status, as far as the service reports it.
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

/// Reads an id and replaces every character that an id cannot have: ids are printed on lines of their own and pasted
/// into commands.
fn sanitize_id<'d, D: Deserializer<'d>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let safe = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    Ok(text.chars().take(MAX_ID_LENGTH).map(safe).collect())
}

#[cfg(test)]
mod tests {
    use super::Notification;
    use crate::model::{Channel, NotificationStatus};
    use serde_json::{Value, json};

    #[test]
    fn the_documented_notification_is_read() {
        // Source: the service's page /docs/api/notifications, cut off inside the first message.
        let body = r#"{
            "id": "550e8400-e29b-41d4-a716-446655440000", "event": "welcome",
            "contact": { "email": "user@example.com", "name": "Alice" }, "status": "completed",
            "started_at": "2026-04-01T12:00:00.000Z", "completed_at": "2026-04-01T12:00:05.000Z",
            "messages": [ { "id": "a1b2c3d4-5678-9012-3456-789012345678", "channel": "email", "novelty": 1 } ]
        }"#;
        let notification: Notification = serde_json::from_str(body).unwrap();
        assert_eq!(notification.status, NotificationStatus::Completed);
        assert_eq!(notification.recipient(), Some("user@example.com"));
        assert_eq!(notification.messages[0].channel, Channel::Email);
        assert_eq!(notification.messages[0].status.as_str(), "");
    }

    #[test]
    fn serialization_round_trips() {
        let body = json!({
            "id": "i", "event": "e", "contact": {"phone": "+46701234567"}, "status": "held",
            "started_at": "2026-04-01T12:00:00.000Z", "completed_at": null,
            "messages": [{
                "id": "m", "channel": "pigeon", "status": "lost", "template": "t",
                "queued_at": "2026-04-01T12:00:00.000Z", "sent_at": null, "delivered_at": null, "failed_at": null,
                "error": {"code": "C", "message": "m"}, "decided_by": "default"
            }]
        });
        let notification: Notification = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(&notification).unwrap(), body);
    }

    #[test]
    fn an_unreadable_time_is_none() {
        for time in [json!("yesterday"), json!(7), Value::Null] {
            let body = json!({"id": "i", "started_at": time});
            let notification: Notification = serde_json::from_value(body).unwrap();
            assert_eq!(notification.started_at, None);
        }
    }

    #[test]
    fn ids_are_sanitized() {
        let body = r#"{"id":"a\nb","messages":[{"id":"m\u001b[2J é"}]}"#;
        let notification: Notification = serde_json::from_str(body).unwrap();
        assert_eq!(notification.id, "a_b");
        assert_eq!(notification.messages[0].id, "m_[2J__");
    }
}
