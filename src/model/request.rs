//! A send, before it is a request on the wire.

use serde_json::{Map, Value};

use super::{Audience, Channel, EventName};

/// All that one send says, apart from its idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub struct SendRequest {
    /// The event to send.
    pub event: EventName,
    /// The channel, when it is forced rather than chosen by the event's order.
    pub channel: Option<Channel>,
    /// Whom it goes to.
    pub to: Audience,
    /// The values for the template.
    pub payload: Map<String, Value>,
    /// The language of the template.
    pub language: Option<String>,
    /// Changes to the template, per channel.
    pub overrides: Map<String, Value>,
    /// A sender other than the event's own; it must be verified.
    pub from: Option<Value>,
}
