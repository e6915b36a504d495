//! The calls of the API, each as one method.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::retry::Decision;
use super::{Client, Failure};
use crate::api::{self, CancelResponse, Decoded, SendResponse, SerializedSend};
use crate::model::{EventName, Notification, Recipient};

impl Client<'_> {
    /// Sends a notification. Every try carries the same idempotency key.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(
        &self,
        request: &SerializedSend,
        idempotency_key: &str,
    ) -> Result<Decoded<SendResponse>, Failure> {
        self.send_with_retry(request.to_http(idempotency_key, &self.key))
            .await
    }

    /// Looks at a notification, trying again as [`super::retry`] decides.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn notification(&self, id: &str) -> Result<Decoded<Notification>, Failure> {
        self.send_with_retry(api::notification(id, &self.key)).await
    }

    /// Looks at a notification once. Whoever follows it has a rhythm of tries of its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn notification_attempt(&self, id: &str) -> Result<Decoded<Notification>, Failure> {
        let request = api::notification(id, &self.key);
        let attempt_error = match self.attempt(request, 1).await {
            Ok(found) => return Ok(found),
            Err(attempt_error) => attempt_error,
        };
        Err(match self.judge(&attempt_error, 1, false) {
            Decision::Take => attempt_error.into_failure(),
            Decision::Retry(_) | Decision::GiveUp => attempt_error.exhausted(1, false),
        })
    }

    /// Cancels what is still pending of an event for a recipient.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn cancel(
        &self,
        event: &EventName,
        to: &Recipient,
    ) -> Result<Decoded<CancelResponse>, Failure> {
        self.send_with_retry(api::cancel(event, to, &self.key))
            .await
    }

    /// Asks the simulator's control plane.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn control_get<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Decoded<T>, Failure> {
        self.send_with_retry(api::control_get(path, &self.key))
            .await
    }

    /// Gives an order to the simulator's control plane.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn control_post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Decoded<T>, Failure> {
        self.send_with_retry(api::control_post(path, body, &self.key))
            .await
    }
}
