//! A request to send an event.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Audience, Channel, EventName, to_json};

/// A send, without its idempotency key. It serializes to the body of `POST /v1/send/{event}[/{channel}]`; event and
/// channel are in the path.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SendRequest {
    /// The event to send.
    #[serde(skip)]
    pub event: EventName,
    /// A channel to use in place of the one that the event prefers.
    #[serde(skip)]
    pub channel: Option<Channel>,
    /// The recipients.
    #[serde(skip_serializing_if = "Audience::is_listeners")]
    pub to: Audience,
    /// The values for the template. Both SDKs always send it, also when it is empty.
    pub payload: Map<String, Value>,
    /// The language of the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Changes to the template, by channel.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub overrides: Map<String, Value>,
    /// A sender other than the event's own; it must be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
}

impl SendRequest {
    /// Returns the body as JSON text. The keys of payload and overrides are sorted, so that equal requests have equal
    /// bodies.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}
