//! The calls of the API, each as one method.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::retry::Decision;
use super::{Client, Failure};
use crate::api::{self, AcceptedBody, CancelledBody, Decoded, NotificationBody};
use crate::model::{EventName, Notification, Recipient, SendRequest};

impl Client<'_> {
    /// Sends a notification. Every try carries the same idempotency key.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(
        &self,
        request: &SendRequest,
        idempotency_key: &str,
    ) -> Result<Decoded<AcceptedBody>, Failure> {
        self.send_with_retry(api::send(request, idempotency_key, &self.key))
            .await
    }

    /// Looks at a notification, trying again as [`super::retry`] decides.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn notification(&self, id: &str) -> Result<Decoded<Notification>, Failure> {
        let found = self
            .send_with_retry::<NotificationBody>(api::notification(id, &self.key))
            .await?;
        Ok(of_model(found))
    }

    /// Looks at a notification once. Whoever follows it has a rhythm of tries of its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn notification_attempt(&self, id: &str) -> Result<Decoded<Notification>, Failure> {
        let request = api::notification(id, &self.key);
        let attempt_error = match self.attempt::<NotificationBody>(request, 1).await {
            Ok(found) => return Ok(of_model(found)),
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
    ) -> Result<Decoded<CancelledBody>, Failure> {
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

fn of_model(found: Decoded<NotificationBody>) -> Decoded<Notification> {
    Decoded {
        body: found.body.into(),
        replayed: found.replayed,
        simulated: found.simulated,
        answered_at: found.answered_at,
    }
}
