//! The bodies of `POST /v1/cancel/{event}` (assumed).

use serde::{Deserialize, Serialize};

use crate::model::Recipient;

/// The request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CancelRequest {
    /// The contact whose pending notifications are cancelled.
    pub to: Recipient,
}

/// The response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CancelResponse {
    /// The event, echoed.
    #[serde(default)]
    pub event: String,
    /// How many notifications were cancelled.
    #[serde(default)]
    pub cancelled: u64,
}
