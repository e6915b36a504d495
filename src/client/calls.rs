//! The calls of the API, each as one method.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::retry::Decision;
use super::{Client, Failure};
use crate::api::{self, AcceptedBody, CancelledBody, NotificationBody, Understood};
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
    ) -> Result<Understood<AcceptedBody>, Failure> {
        self.ask(api::send(request, idempotency_key, &self.key))
            .await
    }

    /// Looks at a notification, trying again as [`super::retry`] decides.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn notification(&self, id: &str) -> Result<Understood<Notification>, Failure> {
        let found = self
            .ask::<NotificationBody>(api::notification(id, &self.key))
            .await?;
        Ok(of_model(found))
    }

    /// Looks at a notification once. Whoever follows it has a rhythm of tries of its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn notification_once(&self, id: &str) -> Result<Understood<Notification>, Failure> {
        let request = api::notification(id, &self.key);
        let missed = match self.once::<NotificationBody>(request, 1).await {
            Ok(found) => return Ok(of_model(found)),
            Err(missed) => missed,
        };
        Err(match self.judge(&missed, 1, false) {
            Decision::Take => missed.taken(),
            Decision::Again(_) | Decision::GiveUp => missed.given_up(1, false),
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
    ) -> Result<Understood<CancelledBody>, Failure> {
        self.ask(api::cancel(event, to, &self.key)).await
    }

    /// Asks the simulator's control plane.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn control_get<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Understood<T>, Failure> {
        self.ask(api::control_get(path, &self.key)).await
    }

    /// Gives an order to the simulator's control plane.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn control_post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Understood<T>, Failure> {
        self.ask(api::control_post(path, body, &self.key)).await
    }
}

fn of_model(found: Understood<NotificationBody>) -> Understood<Notification> {
    Understood {
        body: found.body.into(),
        replayed: found.replayed,
        simulated: found.simulated,
        answered_at: found.answered_at,
    }
}
