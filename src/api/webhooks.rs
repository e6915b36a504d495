//! Webhooks: the endpoint as the service documents it, what it is sent, and what the simulator's control plane tells of
//! deliveries.

use serde::{Deserialize, Serialize};

use crate::model::MessageError;

/// The answer to everything that is asked of `/v1/webhooks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookAnswer {
    /// Always true.
    pub success: bool,
    /// The endpoint; null when there is none (assumed).
    pub webhook: Option<WebhookBody>,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookBody {
    /// Its id.
    pub uuid: String,
    /// Where events are posted to.
    pub url: String,
    /// The names of the events that it gets.
    pub enabled_events: Vec<String>,
    /// What its owner says of it (assumed in answers).
    pub description: Option<String>,
    /// Whether it gets any.
    pub is_active: bool,
    /// The secret that signs: only in the answer to the request that made the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// What is posted to an endpoint. The order of the fields is that of the service's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookPayload {
    /// The name of the event.
    pub event: String,
    /// What it is about.
    pub delivery: DeliveryBody,
    /// The notification's id (assumed).
    pub request_id: String,
    /// When the event happened.
    pub timestamp: String,
}

/// A message, as webhooks call it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryBody {
    /// The message's id (assumed).
    pub uuid: String,
    /// Its channel.
    pub channel: String,
    /// Its status.
    pub status: String,
    /// The event of the notification.
    pub event_name: String,
    /// The provider's id of it; null when no provider took it.
    pub message_id: Option<String>,
    /// When a provider took it.
    pub sent_at: Option<String>,
    /// When it was delivered.
    pub delivered_at: Option<String>,
    /// Why it failed, or is regretted.
    pub error: Option<MessageError>,
}

/// `GET /_simulator/webhooks`: the deliveries to the endpoint, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveriesBody {
    /// Virtual time of the answer, milliseconds since the Unix epoch.
    pub now: i64,
    /// The endpoint that there is now.
    pub webhook: Option<WebhookBody>,
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Whether there are more.
    pub more: bool,
}

/// One event on its way to an endpoint. Times are milliseconds of virtual time since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// The name of the event.
    pub event: String,
    /// The message.
    pub message: String,
    /// The notification.
    pub notification: String,
    /// Whom the message goes to.
    pub recipient: String,
    /// `waiting`, `retrying`, `delivered`, `given_up` or `dropped`.
    pub status: String,
    /// When the event happens.
    pub at: i64,
    /// When it is tried next. None when it is settled, or waits for an earlier event of its message.
    pub due_at: Option<i64>,
    /// How many attempts were made.
    pub attempts: u32,
    /// The last attempt.
    pub last: Option<Attempt>,
    /// Why it was dropped.
    pub reason: Option<String>,
}

/// `GET /_simulator/webhooks/{id}`, and the answer to `replay` and `trigger`: one delivery with all there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    /// Virtual time of the answer, milliseconds since the Unix epoch.
    pub now: i64,
    /// The delivery.
    pub delivery: Delivery,
    /// What is posted, to the byte.
    pub payload: String,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
}

impl DeliveryDetail {
    /// Returns whether the last attempt failed.
    pub fn failed(&self) -> bool {
        self.attempts.last().is_none_or(|last| last.error.is_some())
    }
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it ended, milliseconds of virtual time since the Unix epoch.
    pub at: i64,
    /// The same in real time.
    pub real: i64,
    /// Where it went.
    pub url: String,
    /// The headers of the request that are particular to webhooks.
    pub headers: Vec<(String, String)>,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// The beginning of the answer's body, if one came.
    pub answer: Option<String>,
    /// Why there is no success.
    pub error: Option<String>,
    /// How long it took, milliseconds of real time.
    pub took: i64,
    /// Whether it was asked for by hand.
    pub replay: bool,
}

/// `POST /_simulator/webhooks/trigger`: send a made-up event to the endpoint now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerOrder {
    /// The name of the event, such as `delivery.bounced`.
    pub event: String,
    /// Whom the made-up message goes to; its form tells the channel.
    pub to: String,
}
