//! The handlers of requests. Each handler parses the request, runs one transaction, and returns a response. The
//! handlers for webhooks are in `webhooks`.

pub mod cancel;
pub mod clock;
pub mod contacts;
pub mod control;
pub mod events;
pub mod messages;
pub mod notifications;
pub mod send;
pub mod suppressions;

use http::StatusCode;
use serde::Serialize;

use super::error_response::ApiErrorResponse;
use super::store::StoreError;

// Not in `error_response`, because `store` depends on modules that depend on it: the dependencies would form a cycle.
impl From<StoreError> for ApiErrorResponse {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::Unfinished => StatusCode::INTERNAL_SERVER_ERROR,
            _ if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self::new(status, "STORAGE", error.to_string())
    }
}

/// The envelope of responses about events, and of the list of contacts: `{"success": true, "data": …}`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "{T}Envelope"))]
pub struct Data<T> {
    /// Always true, because errors have another body.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    success: bool,
    /// The content of the response.
    data: T,
}

impl<T> Data<T> {
    pub fn new(data: T) -> Self {
        let success = true;
        Self { success, data }
    }
}

#[cfg(test)]
mod tests {
    use super::ApiErrorResponse;
    use crate::simulator::store::StoreError;

    #[test]
    fn storage_errors_have_a_status() {
        for (error, status) in [(StoreError::for_test(), 507), (StoreError::Unfinished, 500)] {
            let response = ApiErrorResponse::from(error);
            assert_eq!(response.status.as_u16(), status);
            assert_eq!(response.body.code.as_deref(), Some("STORAGE"));
        }
    }
}
