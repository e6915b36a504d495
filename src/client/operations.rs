//! What can be asked of the service, and what can come of it.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::retry::{self, Decision, Outcome, Try};
use super::{Transport, TransportFault};
use crate::api::{
    self, AcceptedBody, ApiKey, CancelledBody, IDEMPOTENCY_KEY, NotificationBody, Refusal,
    Understood, Unreadable,
};
use crate::model::{EventName, Notification, Recipient, SendRequest};
use crate::world::{Interrupt, World};

/// How long one try may take.
const TRY_LIMIT: Duration = Duration::from_secs(30);

/// A client of the service for one run.
pub struct Client<'w> {
    transport: Transport,
    key: ApiKey,
    world: &'w World,
    deadline: Option<Duration>,
}

/// A request that brought nothing usable.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service answered, and the answer is no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The service took the request, but its answer cannot be understood.
    #[error("{0}")]
    NotUnderstood(#[from] Unreadable),
    /// It kept failing; tries or time are used up, or repeating is not safe.
    #[error("{last} ({})", crate::words::tries(*tries))]
    GaveUp {
        /// What the last try brought.
        last: LastTry,
        /// How many tries there were.
        tries: u32,
        /// How long the service asked to be left alone, if it did.
        retry_after: Option<Duration>,
        /// Whether some try may have been taken by the service without our knowing.
        ambiguous: bool,
    },
    /// The run was interrupted during a pause between tries.
    #[error("interrupted")]
    Interrupted(Interrupt),
}

/// What the last of several tries brought.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LastTry {
    /// An answer that says "not now".
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No answer.
    #[error("{0}")]
    Fault(TransportFault),
}

impl<'w> Client<'w> {
    /// Returns a client. All that it does ends at `deadline` on the world's clock, if one is given.
    pub fn new(
        transport: Transport,
        key: ApiKey,
        world: &'w World,
        deadline: Option<Duration>,
    ) -> Self {
        Self {
            transport,
            key,
            world,
            deadline,
        }
    }

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

    /// Looks at a notification, trying again as [`retry`] decides.
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
        let missed = match self.once::<NotificationBody>(request).await {
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

    async fn ask<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Understood<T>, Failure> {
        // Cancelling twice cancels nothing more, reading changes nothing: only a send needs a key to be repeated.
        let repeatable = request.method() == Method::GET
            || request.headers().contains_key(IDEMPOTENCY_KEY)
            || request.uri().path().starts_with("/v1/cancel/");
        let mut number = 1;
        let mut ambiguous = false;
        loop {
            let missed = match self.once(request.clone()).await {
                Ok(found) => return Ok(found),
                Err(missed) => missed,
            };
            let before = ambiguous;
            ambiguous |= missed.is_ambiguous();
            match self.judge(&missed, number, repeatable) {
                // What refuses this try says nothing of one before it that may have been taken.
                Decision::Take if !before => return Err(missed.taken()),
                Decision::Take | Decision::GiveUp => {
                    return Err(missed.given_up(number, ambiguous));
                }
                Decision::Again(pause) => {
                    self.world.wait(pause).await.map_err(Failure::Interrupted)?;
                    number += 1;
                }
            }
        }
    }

    /// Sends a request once and reads what comes. An interrupt ends it at once, whatever it waits for.
    async fn once<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Understood<T>, Missed> {
        let limit = self.remaining().unwrap_or(TRY_LIMIT).min(TRY_LIMIT);
        let call = self.transport.call(request, limit, &self.world.clock);
        let called = self.world.unless_interrupted(call).await;
        let answer = called
            .map_err(Missed::Interrupted)?
            .map_err(Missed::Fault)?;
        if answer.is_success() {
            return answer.understand().map_err(Missed::Unreadable);
        }
        let after = answer
            .header(RETRY_AFTER.as_str())
            .and_then(|text| retry::retry_after(text, self.world.clock.now()));
        Err(Missed::Refused(Box::new(answer.refusal()), after))
    }

    fn judge(&self, missed: &Missed, number: u32, repeatable: bool) -> Decision {
        let outcome = match missed {
            Missed::Refused(refusal, after) => Outcome::Status(refusal.status, *after),
            Missed::Unreadable(_) => Outcome::Unreadable,
            Missed::Fault(fault) => Outcome::Fault(*fault),
            Missed::Interrupted(_) => return Decision::Take,
        };
        let last = Try {
            number,
            repeatable,
            remaining: self.remaining(),
            chance: self.world.entropy.fraction(),
        };
        retry::decide(outcome, last)
    }

    fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_sub(self.world.clock.elapsed()))
    }
}

/// A try that brought no usable success.
enum Missed {
    /// An answer that is no success, and what it said in `Retry-After`.
    Refused(Box<Refusal>, Option<Duration>),
    /// A success that cannot be understood.
    Unreadable(Unreadable),
    /// No answer.
    Fault(TransportFault),
    /// The run was interrupted.
    Interrupted(Interrupt),
}

impl Missed {
    /// Returns the failure of a try that is taken as it is.
    fn taken(self) -> Failure {
        match self {
            Self::Refused(refusal, _) => Failure::Refused(refusal),
            other => other.given_up(1, true),
        }
    }

    /// Returns whether the service may have taken the request all the same.
    fn is_ambiguous(&self) -> bool {
        match self {
            Self::Refused(refusal, _) => refusal.status >= 500,
            Self::Unreadable(_) | Self::Fault(_) | Self::Interrupted(_) => true,
        }
    }

    /// Returns the failure after the last of several tries.
    fn given_up(self, tries: u32, ambiguous: bool) -> Failure {
        let (last, retry_after) = match self {
            Self::Refused(refusal, after) => (LastTry::Refused(refusal), after),
            Self::Fault(fault) => (LastTry::Fault(fault), None),
            Self::Unreadable(unreadable) => return Failure::NotUnderstood(unreadable),
            Self::Interrupted(interrupt) => return Failure::Interrupted(interrupt),
        };
        Failure::GaveUp {
            last,
            tries,
            retry_after,
            ambiguous,
        }
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
