//! Notifications and their messages. HTTP responses, the simulator, the journal and JSON output share these types.
//!
//! Deserialization is lenient: unknown fields are ignored, and missing fields are empty.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::time::read_time;
use super::{Channel, Identifier, MessageStatus, NotificationStatus, Timestamp};

/// The maximum length of an id in bytes. A longer id is an error in the response to a send, and is truncated in a
/// notification. Documented ids are UUIDs of 36 bytes.
pub const MAX_ID_LENGTH: usize = 200;

/// A notification: the result of sending one event to one contact. The fields up to `messages[].channel` are
/// documented, the others are assumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Notification {
    /// The UUID that the service assigned to the notification.
    #[serde(deserialize_with = "sanitize_id")]
    pub id: String,
    /// The name of the event that was sent.
    #[serde(default)]
    pub event: String,
    /// The contact as the service reports it: an object with fields such as `email`, `phone` and `name`.
    #[serde(default)]
    pub contact: Value,
    /// The recipient as this program recorded it with the send. It is displayed if the service reports no contact.
    #[serde(skip)]
    pub fallback_recipient: Option<String>,
    /// The status of the notification as a whole.
    #[serde(default)]
    pub status: NotificationStatus,
    /// The time at which the service accepted the notification.
    #[serde(default, deserialize_with = "read_time")]
    pub started_at: Option<Timestamp>,
    /// The time at which the last planned step was done; null before that.
    #[serde(default, deserialize_with = "read_time")]
    pub completed_at: Option<Timestamp>,
    /// The messages of the notification, the oldest first. Each message is an attempt to reach the contact over one
    /// channel.
    #[serde(default)]
    pub messages: Vec<Message>,
}

/// A message: an attempt to reach a contact over one channel. Only `id` and `channel` are documented. The other fields
/// are assumed, except `decided_by`, which only the simulator has.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Message {
    /// The id that the service assigned to the message.
    #[serde(default, deserialize_with = "sanitize_id")]
    pub id: String,
    /// The channel over which the message is sent.
    #[serde(default)]
    pub channel: Channel,
    /// The current status of the message.
    #[serde(default)]
    pub status: MessageStatus,
    /// The template of the message; null if the service reports none.
    #[serde(default)]
    pub template: Option<String>,
    /// The time at which the service accepted the message.
    #[serde(default, deserialize_with = "read_time")]
    pub queued_at: Option<Timestamp>,
    /// The time at which the provider accepted the message; null before that.
    #[serde(default, deserialize_with = "read_time")]
    pub sent_at: Option<Timestamp>,
    /// The time at which the provider confirmed delivery; null before that.
    #[serde(default, deserialize_with = "read_time")]
    pub delivered_at: Option<Timestamp>,
    /// The time at which the message failed; null if it has not failed.
    #[serde(default, deserialize_with = "read_time")]
    pub failed_at: Option<Timestamp>,
    /// Why the message failed or was suppressed. A delivered message has an error if a complaint or a bounce followed.
    #[serde(default)]
    pub error: Option<MessageError>,
    /// What decided the status, such as `recipient:bounced`, `suppression-list` or `default`. Only the simulator has
    /// this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// Why a message failed or was suppressed, or the complaint or bounce after its delivery. The fields are those on the
/// service's webhook page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageError {
    /// A stable error code, such as `HARD_BOUNCE`.
    #[serde(default)]
    pub code: String,
    /// A description of the error in plain text, for people.
    #[serde(default)]
    pub message: String,
}

impl Notification {
    /// Returns the string by which a person recognizes the contact. This is its first identifier; without an
    /// identifier, its name; without a name, the recipient that this program recorded with the send.
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
    /// Returns the time at which the message got its current status; `None` if the service does not report this time,
    /// as for `suppressed`.
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

/// Deserializes an id. Truncates it to [`MAX_ID_LENGTH`], and replaces spaces and everything except printable ASCII
/// with `_`, because ids are printed one per line and pasted into commands.
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
