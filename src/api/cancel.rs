//! The request body and the response body of `POST /v1/cancel/{event}` (both are assumed).

use serde::{Deserialize, Serialize};

use crate::model::Recipient;

/// The request body of `POST /v1/cancel/{event}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CancelRequest {
    /// The contact whose pending notifications of the event are cancelled.
    pub to: Recipient,
}

/// The response body of `POST /v1/cancel/{event}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CancelResponse {
    /// The event from the path of the request.
    #[serde(default)]
    pub event: String,
    /// The number of cancelled notifications.
    #[serde(default)]
    pub cancelled: u64,
}
