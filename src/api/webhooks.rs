//! Webhook endpoints and payloads as the service documents them, and webhook deliveries as the simulator lists them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, MessageError, MessageStatus, Timestamp, read_time};

/// The response to every request to `/v1/webhooks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookResponse {
    /// Always `true`, because the body of an error response has another shape.
    pub success: bool,
    /// The endpoint of the application; null if no endpoint is registered (assumed).
    pub webhook: Option<WebhookEndpoint>,
}

/// A registered webhook endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookEndpoint {
    /// The id that the service assigned to the endpoint at its registration.
    pub uuid: String,
    /// The URL to which webhook events are posted.
    pub url: String,
    /// The names of the webhook events that are posted, such as `delivery.bounced`.
    pub enabled_events: Vec<String>,
    /// A description for people; null if none was set (assumed in responses).
    pub description: Option<String>,
    /// Whether events are posted. An endpoint can be switched off without being deleted.
    pub is_active: bool,
    /// The secret that signs the payloads. Only the response to the registration has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// The time at which the endpoint was registered, in RFC 3339.
    pub created_at: String,
}

/// The JSON that is posted to an endpoint. The order of the fields is the order in the service's documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookPayload {
    /// The name of the event, such as `delivery.bounced`.
    pub event: String,
    /// The message that the event is about.
    pub delivery: WebhookMessage,
    /// The id of the notification (assumed).
    pub request_id: String,
    /// The time of the event, in RFC 3339.
    pub timestamp: String,
}

/// The message that a webhook is about. Webhooks call it a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookMessage {
    /// The id of the message (assumed).
    pub uuid: String,
    pub channel: Channel,
    /// The status of the message at the time of the event.
    pub status: MessageStatus,
    /// The event of the notification, such as `welcome`.
    pub event_name: String,
    /// The id that the provider assigned to the message; null if no provider accepted the message.
    pub message_id: Option<String>,
    /// The time at which a provider accepted the message; null if no provider did.
    #[serde(deserialize_with = "read_time")]
    pub sent_at: Option<Timestamp>,
    /// The time at which the provider confirmed delivery; null without a confirmation.
    #[serde(deserialize_with = "read_time")]
    pub delivered_at: Option<Timestamp>,
    /// Why the message failed, or the complaint or bounce that followed its delivery; null without an error.
    pub error: Option<MessageError>,
}

/// The deliveries to the webhook endpoint, the newest first. `GET /_simulator/webhooks` returns them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveriesResponse {
    /// The virtual time of the response.
    pub at: Timestamp,
    /// The currently registered endpoint; null if no endpoint is registered.
    pub endpoint: Option<WebhookEndpoint>,
    /// The deliveries, up to the limit of the request.
    pub deliveries: Vec<ListedDelivery>,
    /// Whether more deliveries exist than are listed.
    pub more: bool,
}

/// A delivery and its last attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedDelivery {
    #[serde(flatten)]
    pub delivery: Delivery,
    /// The last attempt; null before the first attempt.
    pub last: Option<Attempt>,
}

/// The delivery of one webhook event to the endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Delivery {
    /// The id of the delivery.
    pub id: String,
    /// The name of the webhook event, such as `delivery.bounced`.
    pub event: String,
    /// The id of the message.
    pub message_id: String,
    /// The id of the notification.
    pub notification_id: String,
    /// The recipient's address, number or id on the message's channel.
    pub recipient: String,
    /// `waiting` before the first attempt, `retrying` after a failed attempt, `delivered`, `given_up` after the last
    /// retry failed, or `dropped` because the endpoint was changed or deleted.
    pub status: String,
    /// The virtual time of the event.
    pub at: Timestamp,
    /// The virtual time of the next attempt; null if no attempt is planned, or while the delivery waits for an earlier
    /// event of the same message.
    pub due_at: Option<Timestamp>,
    /// The number of attempts so far.
    pub attempts: u32,
    /// Why the delivery was dropped; null if it was not dropped.
    pub reason: Option<String>,
}

/// A delivery with its payload and its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryDetail {
    /// The virtual time of the response.
    pub at: Timestamp,
    pub delivery: Delivery,
    /// The posted body. Every byte is preserved, because the signature covers the exact bytes.
    pub payload: String,
    /// All attempts, the oldest first.
    pub attempts: Vec<Attempt>,
}

impl DeliveryDetail {
    pub fn has_failed(&self) -> bool {
        self.attempts.last().is_none_or(|last| last.error.is_some())
    }
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attempt {
    /// The number of the attempt, starting at 1.
    pub number: u32,
    /// The virtual time at which the attempt ended.
    pub at: Timestamp,
    /// The real time at which the attempt ended.
    pub real: Timestamp,
    /// The URL to which the attempt was made.
    pub url: String,
    /// The request headers that are specific to webhooks: the signature and the id of the attempt.
    pub headers: BTreeMap<String, String>,
    /// The HTTP status of the response; null if no response was received.
    pub http_status: Option<u16>,
    /// The beginning of the response body; null if no response was received.
    pub response_body: Option<String>,
    /// Why the attempt failed; null if it succeeded.
    pub error: Option<String>,
    /// The duration of the attempt, in milliseconds of real time.
    pub duration_ms: i64,
    /// Whether the attempt was a manual replay of the delivery.
    pub replay: bool,
}

/// The request body of `POST /_simulator/webhooks/trigger`, which posts a synthetic event to the endpoint immediately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TriggerRequest {
    /// The name of the event, such as `delivery.bounced`.
    pub event: String,
    /// The recipient of the synthetic message. It determines the channel: email for `ada@example.com`, SMS for
    /// `+46701234567`.
    pub to: String,
}
