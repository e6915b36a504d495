//! The endpoints of the API, each as one method.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, RequestError};
use crate::api::{self, CancelResponse, Decoded, IdempotencyKey, SendResponse, SerializedSend};
use crate::model::{EventName, Notification, Recipient};

impl Client<'_> {
    /// Sends a notification. Every attempt carries the same idempotency key.
    pub async fn send(
        &self,
        request: &SerializedSend,
        idempotency_key: &IdempotencyKey,
    ) -> Result<Decoded<SendResponse>, RequestError> {
        self.send_with_retry(request.to_http(idempotency_key, &self.key))
            .await
    }

    /// Reads a notification, with retries.
    pub async fn notification(&self, id: &str) -> Result<Decoded<Notification>, RequestError> {
        self.send_with_retry(api::notification(id, &self.key)?)
            .await
    }

    /// Reads a notification with a single attempt, for pollers that have an interval of their own.
    pub async fn notification_attempt(
        &self,
        id: &str,
    ) -> Result<Decoded<Notification>, RequestError> {
        let request = api::notification(id, &self.key)?;
        self.attempt(request, 1)
            .await
            .map_err(RequestError::of_read)
    }

    /// Cancels what is still pending of an event for a recipient.
    pub async fn cancel(
        &self,
        event: &EventName,
        to: &Recipient,
    ) -> Result<Decoded<CancelResponse>, RequestError> {
        self.send_with_retry(api::cancel(event, to, &self.key)?)
            .await
    }

    /// Reads from the simulator's control plane: path segments below `/_simulator/`, and a query; `()` for none.
    pub async fn control_get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &impl Serialize,
    ) -> Result<Decoded<T>, RequestError> {
        self.send_with_retry(api::control_get(segments, query, &self.key)?)
            .await
    }

    /// Sends a command to the simulator's control plane.
    pub async fn control_post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<Decoded<T>, RequestError> {
        self.send_with_retry(api::control_post(segments, body, &self.key)?)
            .await
    }
}
