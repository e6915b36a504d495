//! A request to send an event.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Audience, Channel, EventName, to_json};

/// A send request, without its idempotency key. It is serialized as the body of `POST /v1/send/{event}[/{channel}]`.
/// The event and the channel are in the path, not in the body.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SendRequest {
    #[serde(skip)]
    pub event: EventName,
    /// The channel to use instead of the event's preferred channel; `None` to let the service choose.
    #[serde(skip)]
    pub channel: Option<Channel>,
    /// The recipients. Absent from the body to send to the event's listeners.
    #[serde(skip_serializing_if = "Audience::is_listeners")]
    pub to: Audience,
    /// The values for the placeholders of the template. The field is sent even if it is empty, as both official SDKs
    /// do.
    pub payload: Map<String, Value>,
    /// The language of the template, such as `sv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Changes to the template. The keys are the names of channels.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub overrides: Map<String, Value>,
    /// The sender to use instead of the event's sender. The service accepts only verified senders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
}

impl SendRequest {
    /// Serializes the request as JSON text. The keys of `payload` and `overrides` are sorted, so that equal requests
    /// have equal bodies.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}
