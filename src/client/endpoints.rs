//! One method for each API endpoint that the client uses.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, RequestError};
use crate::api::{self, CancelResponse, Decoded, IdempotencyKey, SendResponse, SerializedSend};
use crate::model::{EventName, Notification, Recipient};

impl Client<'_> {
    /// Sends a notification. All attempts have the same idempotency key, so a retry cannot send the notification twice.
    pub async fn send(
        &self,
        request: &SerializedSend,
        idempotency_key: &IdempotencyKey,
    ) -> Result<Decoded<SendResponse>, RequestError> {
        self.send_with_retry(request.to_http(idempotency_key, &self.key))
            .await
    }

    /// Reads a notification; retries if an attempt fails.
    pub async fn notification(&self, id: &str) -> Result<Decoded<Notification>, RequestError> {
        self.send_with_retry(api::notification(id, &self.key)?)
            .await
    }

    /// Reads a notification with a single attempt. Meant for polling, where the next poll takes the place of a retry.
    pub async fn notification_attempt(
        &self,
        id: &str,
    ) -> Result<Decoded<Notification>, RequestError> {
        let request = api::notification(id, &self.key)?;
        self.attempt(request, 1)
            .await
            .map_err(RequestError::of_read)
    }

    /// Cancels the messages of an event that are still pending for a recipient.
    pub async fn cancel(
        &self,
        event: &EventName,
        to: &Recipient,
    ) -> Result<Decoded<CancelResponse>, RequestError> {
        self.send_with_retry(api::cancel(event, to, &self.key)?)
            .await
    }

    /// Reads from the simulator's control plane. The path is `/_simulator/` followed by `segments`; pass `&()` for no
    /// query.
    pub async fn control_get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &impl Serialize,
    ) -> Result<Decoded<T>, RequestError> {
        self.send_with_retry(api::control_get(segments, query, &self.key)?)
            .await
    }

    /// Posts a command to the simulator's control plane. The path is `/_simulator/` followed by `segments`.
    pub async fn control_post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<Decoded<T>, RequestError> {
        self.send_with_retry(api::control_post(segments, body, &self.key)?)
            .await
    }
}
