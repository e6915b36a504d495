//! One method for each API endpoint that the client uses.

use http::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, RequestError};
use crate::api::{
    self, ApiKey, CancelRequest, CancelResponse, Decoded, EncodeError, IdempotencyKey,
    SendResponse, SerializedSend,
};
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
        let request = notification_request(id, &self.key)?;
        self.send_with_retry(request).await
    }

    /// Reads a notification with a single attempt. Used for polling, because the next poll takes the place of a retry.
    pub async fn notification_attempt(
        &self,
        id: &str,
    ) -> Result<Decoded<Notification>, RequestError> {
        let request = notification_request(id, &self.key)?;
        let response = self.attempt(request, 1).await;
        response.map_err(RequestError::of_read)
    }

    /// Cancels the notifications of an event that are still pending for a recipient.
    pub async fn cancel(
        &self,
        event: &EventName,
        to: &Recipient,
    ) -> Result<Decoded<CancelResponse>, RequestError> {
        let body = CancelRequest { to: to.clone() };
        let request = api::post(&["v1", "cancel", event.as_str()], &body, &self.key)?;
        self.send_with_retry(request).await
    }

    /// Reads from the simulator's control plane. The path is `/_simulator/` followed by `segments`; pass `&()` for no
    /// query.
    pub async fn control_get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &impl Serialize,
    ) -> Result<Decoded<T>, RequestError> {
        let segments = [&["_simulator"], segments].concat();
        self.send_with_retry(api::get(&segments, query, &self.key)?)
            .await
    }

    /// Posts a command to the simulator's control plane. The path is `/_simulator/` followed by `segments`.
    pub async fn control_post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<Decoded<T>, RequestError> {
        let segments = [&["_simulator"], segments].concat();
        self.send_with_retry(api::post(&segments, body, &self.key)?)
            .await
    }
}

/// Builds `GET /v1/notifications/{id}`.
pub(super) fn notification_request(
    id: &str,
    key: &ApiKey,
) -> Result<Request<Vec<u8>>, EncodeError> {
    api::get(&["v1", "notifications", id], &(), key)
}
