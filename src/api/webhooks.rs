//! Webhooks: the endpoint and the payload as the service documents them, and the deliveries of the simulator's control
//! plane.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, MessageError, MessageStatus, Timestamp, read_time};

/// The response to every request to `/v1/webhooks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookResponse {
    /// Always true.
    pub success: bool,
    /// The endpoint; null when none is registered (assumed).
    pub webhook: Option<WebhookEndpoint>,
}

/// A registered endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookEndpoint {
    /// Assigned at registration.
    pub uuid: String,
    /// The URL that events are posted to.
    pub url: String,
    /// The names of the events that it receives.
    pub enabled_events: Vec<String>,
    /// The description that its owner gave (assumed in responses).
    pub description: Option<String>,
    /// Whether events are posted at all.
    pub is_active: bool,
    /// The secret that signs payloads: only in the response that registers the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// When it was registered.
    pub created_at: String,
}

/// The payload that is posted to an endpoint. The order of the fields is that of the service's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookPayload {
    /// The name of the event, such as `delivery.bounced`.
    pub event: String,
    /// The message.
    pub delivery: WebhookMessage,
    /// Id of the notification (assumed).
    pub request_id: String,
    /// When the event happened.
    pub timestamp: String,
}

/// A message in the form that webhooks use, where it is called a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookMessage {
    /// Id of the message (assumed).
    pub uuid: String,
    /// Its channel.
    pub channel: Channel,
    /// Its status.
    pub status: MessageStatus,
    /// The event of the notification.
    pub event_name: String,
    /// The id that the provider assigned; null when no provider accepted it.
    pub message_id: Option<String>,
    /// When a provider accepted it.
    #[serde(deserialize_with = "read_time")]
    pub sent_at: Option<Timestamp>,
    /// When it was delivered.
    #[serde(deserialize_with = "read_time")]
    pub delivered_at: Option<Timestamp>,
    /// Why it failed, or the complaint or bounce after delivery.
    pub error: Option<MessageError>,
}

/// The deliveries to the endpoint, newest first, as `GET /_simulator/webhooks` returns them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveriesResponse {
    /// Virtual time of the response.
    pub at: Timestamp,
    /// The current endpoint.
    pub endpoint: Option<WebhookEndpoint>,
    /// The deliveries, up to the limit.
    pub deliveries: Vec<ListedDelivery>,
    /// Whether there are more.
    pub more: bool,
}

/// A delivery in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedDelivery {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// The last attempt.
    pub last: Option<Attempt>,
}

/// The delivery of one event to the endpoint. Times are virtual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Delivery {
    /// Id of the delivery.
    pub id: String,
    /// The name of the event.
    pub event: String,
    /// Id of the message.
    pub message_id: String,
    /// Id of the notification.
    pub notification_id: String,
    /// The identifier that the message's channel used.
    pub recipient: String,
    /// `waiting`, `retrying`, `delivered`, `given_up` or `dropped`.
    pub status: String,
    /// When the event happens.
    pub at: Timestamp,
    /// When the next attempt is due; null once it is settled, or while it waits for an earlier event of its message.
    pub due_at: Option<Timestamp>,
    /// The number of attempts so far.
    pub attempts: u32,
    /// Why it was dropped.
    pub reason: Option<String>,
}

/// A delivery with its payload and its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryDetail {
    /// Virtual time of the response.
    pub at: Timestamp,
    /// The delivery.
    pub delivery: Delivery,
    /// The posted body, byte for byte: the signature covers it.
    pub payload: String,
    /// Every attempt, in order.
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
    /// Its number, from 1.
    pub number: u32,
    /// When it ended, in virtual time.
    pub at: Timestamp,
    /// When it ended, in real time.
    pub real: Timestamp,
    /// The URL of the endpoint.
    pub url: String,
    /// The request headers that are particular to webhooks.
    pub headers: BTreeMap<String, String>,
    /// The HTTP status of the response, if one was received.
    pub http_status: Option<u16>,
    /// The beginning of the response's body, if one was received.
    pub response_body: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// Its duration, in real time.
    pub duration_ms: i64,
    /// Whether a `replay` request caused it.
    pub replay: bool,
}

/// `POST /_simulator/webhooks/trigger`: post a synthetic event to the endpoint now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TriggerRequest {
    /// The name of the event, such as `delivery.bounced`.
    pub event: String,
    /// The recipient of the synthetic message; its form determines the channel.
    pub to: String,
}
