//! Bodies on the wire. They are read leniently: unknown fields are passed over, missing ones are left empty.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::send_response::sanitize_id;
use crate::model::{
    Channel, Message, MessageError, MessageStatus, Notification, NotificationStatus, SendRequest,
    Timestamp, rfc3339,
};

/// `POST /v1/send/{event}[/{channel}]`, the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendBody {
    /// A string, an object or an array; left out for the event's listeners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// Values for the template. Both SDKs always send it.
    #[serde(default)]
    pub payload: Map<String, Value>,
    /// Language of the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Changes per channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<Map<String, Value>>,
    /// A verified sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
}

/// `POST /v1/send/…`, the answer. `notifications` comes with an array `to` only (assumed). No source tells what an array
/// is answered with, and the shape has changed twice: see `send_response.rs` for what is read, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct AcceptedBody {
    /// Id of the notification; of the first, for an array.
    pub id: String,
    /// The event, echoed.
    pub event: String,
    /// `send_response`.
    pub status: String,
    /// One for each contact of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<Vec<Receipt>>,
}

/// One accepted notification of an array send (assumed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Id of the notification.
    pub id: String,
    /// The event.
    #[serde(default)]
    pub event: String,
    /// `send_response`.
    #[serde(default)]
    pub status: String,
    /// The recipient as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// `POST /v1/cancel/{event}`, the request (assumed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelBody {
    /// The contact whose pending notifications are cancelled.
    pub to: Value,
}

/// `POST /v1/cancel/{event}`, the answer (assumed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelledBody {
    /// The event, echoed.
    #[serde(default)]
    pub event: String,
    /// How many notifications were cancelled.
    #[serde(default)]
    pub cancelled: u64,
}

/// `GET /v1/notifications/{id}`, the answer. Documented up to `messages[].channel`, assumed from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationBody {
    /// Id of the notification.
    #[serde(deserialize_with = "sanitize_id")]
    pub id: String,
    /// The event.
    #[serde(default)]
    pub event: String,
    /// Fields of the contact.
    #[serde(default)]
    pub contact: Value,
    /// `send_response`, `processing`, `completed`, `cancelled`.
    #[serde(default)]
    pub status: String,
    /// RFC 3339.
    #[serde(default)]
    pub started_at: Option<String>,
    /// RFC 3339, or null while it runs.
    #[serde(default)]
    pub completed_at: Option<String>,
    /// In order.
    #[serde(default)]
    pub messages: Vec<MessageBody>,
}

/// One entry of `messages`. The fields after `channel` are assumed, `decided_by` is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageBody {
    /// Id of the message.
    #[serde(default, deserialize_with = "sanitize_id")]
    pub id: String,
    /// Its channel.
    #[serde(default)]
    pub channel: String,
    /// Its status.
    #[serde(default)]
    pub status: String,
    /// Name of its template.
    #[serde(default)]
    pub template: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    pub queued_at: Option<String>,
    /// RFC 3339, or null.
    #[serde(default)]
    pub sent_at: Option<String>,
    /// RFC 3339, or null.
    #[serde(default)]
    pub delivered_at: Option<String>,
    /// RFC 3339, or null.
    #[serde(default)]
    pub failed_at: Option<String>,
    /// Why, or null.
    #[serde(default)]
    pub error: Option<MessageErrorBody>,
    /// What decided the message's life; the simulator only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// The reason a message carries; the shape is that of the service's webhook page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageErrorBody {
    /// A stable word.
    #[serde(default)]
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
}

impl From<&SendRequest> for SendBody {
    fn from(request: &SendRequest) -> Self {
        Self {
            to: request.to.to_wire(),
            payload: request.payload.clone(),
            language: request.language.clone(),
            overrides: (!request.overrides.is_empty()).then(|| request.overrides.clone()),
            from: request.from.clone(),
        }
    }
}

impl From<NotificationBody> for Notification {
    fn from(body: NotificationBody) -> Self {
        Self {
            id: body.id,
            event: body.event,
            contact: body.contact,
            addressee: None,
            status: NotificationStatus::from_wire(&body.status),
            started_at: time(body.started_at),
            completed_at: time(body.completed_at),
            messages: body.messages.into_iter().map(Message::from).collect(),
        }
    }
}

impl From<MessageBody> for Message {
    fn from(body: MessageBody) -> Self {
        Self {
            id: body.id,
            channel: Channel::from_wire(&body.channel),
            status: MessageStatus::from_wire(&body.status),
            template: body.template,
            queued_at: time(body.queued_at),
            sent_at: time(body.sent_at),
            delivered_at: time(body.delivered_at),
            failed_at: time(body.failed_at),
            error: body.error.map(|error| MessageError {
                code: error.code,
                message: error.message,
            }),
            decided_by: body.decided_by,
        }
    }
}

impl From<&Message> for MessageBody {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.clone(),
            channel: message.channel.as_str().to_owned(),
            status: message.status.as_str().to_owned(),
            template: message.template.clone(),
            queued_at: message.queued_at.map(rfc3339),
            sent_at: message.sent_at.map(rfc3339),
            delivered_at: message.delivered_at.map(rfc3339),
            failed_at: message.failed_at.map(rfc3339),
            error: message.error.as_ref().map(|error| MessageErrorBody {
                code: error.code.clone(),
                message: error.message.clone(),
            }),
            decided_by: message.decided_by.clone(),
        }
    }
}

impl From<&Notification> for NotificationBody {
    fn from(notification: &Notification) -> Self {
        Self {
            id: notification.id.clone(),
            event: notification.event.clone(),
            contact: notification.contact.clone(),
            status: notification.status.as_str().to_owned(),
            started_at: notification.started_at.map(rfc3339),
            completed_at: notification.completed_at.map(rfc3339),
            messages: notification
                .messages
                .iter()
                .map(MessageBody::from)
                .collect(),
        }
    }
}

/// Reads a time of the service. One that cannot be read counts as not told.
fn time(text: Option<String>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::NotificationBody;
    use crate::model::{Channel, Notification, NotificationStatus};

    #[test]
    fn the_documented_notification_is_read() {
        // Source: the service's page /docs/api/notifications, cut off inside the first message.
        let body = r#"{
            "id": "550e8400-e29b-41d4-a716-446655440000", "event": "welcome",
            "contact": { "email": "user@example.com", "name": "Alice" }, "status": "completed",
            "started_at": "2026-04-01T12:00:00.000Z", "completed_at": "2026-04-01T12:00:05.000Z",
            "messages": [ { "id": "a1b2c3d4-5678-9012-3456-789012345678", "channel": "email", "novelty": 1 } ]
        }"#;
        let notification: Notification = serde_json::from_str::<NotificationBody>(body)
            .unwrap()
            .into();
        assert_eq!(notification.status, NotificationStatus::Completed);
        assert_eq!(notification.recipient(), Some("user@example.com"));
        assert_eq!(notification.messages[0].channel, Channel::Email);
        assert_eq!(notification.messages[0].status.as_str(), "");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let body: NotificationBody = serde_json::from_value(serde_json::json!({
            "id": "i", "event": "e", "contact": {"phone": "+46701234567"}, "status": "held",
            "started_at": "2026-04-01T12:00:00.000Z", "completed_at": null,
            "messages": [{
                "id": "m", "channel": "pigeon", "status": "lost", "template": "t",
                "queued_at": "2026-04-01T12:00:00.000Z", "sent_at": null, "delivered_at": null, "failed_at": null,
                "error": {"code": "C", "message": "m"}, "decided_by": "default"
            }]
        }))
        .unwrap();
        let notification = Notification::from(body.clone());
        assert_eq!(NotificationBody::from(&notification), body);
    }
}
