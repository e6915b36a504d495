//! What can be asked of the service, and what can come of it.

use std::time::Duration;

use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, Method, Request};
use serde::de::DeserializeOwned;

use super::missed::Missed;
use super::retry::{self, Decision, Outcome, Try};
use super::{Pace, Transport, TransportFault};
use crate::api::{Answer, ApiKey, IDEMPOTENCY_KEY, IN_BETWEEN, Refusal, Understood, Unreadable};
use crate::report::{Exchange, Witness};
use crate::world::{Interrupt, World};

/// How long one try of a request that changes something may take.
const TRY_LIMIT: Duration = Duration::from_secs(30);
/// How long one try of a look may take: another one costs nothing.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// How many requests are under way at once over the network; the rate is a matter of [`Pace`].
const AT_ONCE: usize = 8;

/// A client of the service for one run.
pub struct Client<'w> {
    transport: Transport,
    pub(super) key: ApiKey,
    /// Where the key was found, for errors about it; none for a key that guards nothing.
    key_source: Option<String>,
    pace: Pace,
    witness: &'w dyn Witness,
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

impl Failure {
    /// Returns what can be done about what the last try brought.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::GaveUp {
                last: LastTry::Fault(fault),
                ..
            } => fault.hint(),
            Self::GaveUp {
                last: LastTry::Refused(refusal),
                ..
            }
            | Self::Refused(refusal) => refusal.is_of_another().then_some(IN_BETWEEN),
            Self::NotUnderstood(unreadable) => unreadable.page.then_some(IN_BETWEEN),
            Self::Interrupted(_) => None,
        }
    }
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
        witness: &'w dyn Witness,
        deadline: Option<Duration>,
    ) -> Self {
        let pace = match &transport {
            Transport::Simulator(_) => Pace::unlimited(),
            Transport::Network(_) => Pace::per_second(key.environment().rate()),
        };
        Self {
            transport,
            key,
            key_source: None,
            pace,
            witness,
            world,
            deadline,
        }
    }

    /// Says where the key was found: an answer that refuses it names that.
    #[must_use]
    pub fn with_key_from(self, source: String) -> Self {
        Self {
            key_source: Some(source),
            ..self
        }
    }

    /// Returns how many requests may be under way at once.
    pub fn at_once(&self) -> usize {
        match self.transport {
            Transport::Simulator(_) => 1,
            Transport::Network(_) => AT_ONCE,
        }
    }

    /// Asks, and asks again as [`retry`] decides.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Understood<T>, Failure> {
        // Cancelling twice cancels nothing more, reading changes nothing: only a send needs a key to be repeated.
        let repeatable = request.method() == Method::GET
            || request.headers().contains_key(IDEMPOTENCY_KEY)
            || request.uri().path().starts_with("/v1/cancel/");
        let mut number = 1;
        let mut ambiguous = false;
        let mut earlier = None;
        loop {
            let missed = match self.once(request.clone(), number).await {
                Ok(found) => return Ok(found),
                Err(missed) => missed,
            };
            let before = ambiguous;
            ambiguous |= missed.is_ambiguous();
            let decision = self.judge(&missed, number, repeatable);
            // A try that only ran out of time tells less than what came of the one before it.
            let missed = match earlier.take() {
                Some(fault) if missed.is_late() && self.remaining() == Some(Duration::ZERO) => {
                    // One that was too late was not begun.
                    let tries = number - u32::from(matches!(missed, Missed::TooLate));
                    return Err(Missed::Fault(fault).given_up(tries, ambiguous));
                }
                _ => missed,
            };
            match decision {
                // What refuses this try says nothing of one before it that may have been taken.
                Decision::Take if !before => return Err(missed.taken()),
                Decision::Take | Decision::GiveUp => {
                    return Err(missed.given_up(number, ambiguous));
                }
                Decision::Again(pause) => {
                    self.witness.saw(Exchange::Again { pause });
                    self.world.wait(pause).await.map_err(Failure::Interrupted)?;
                    number += 1;
                    if let Missed::Fault(fault) = missed {
                        earlier = Some(fault);
                    }
                }
            }
        }
    }

    /// Sends a request once, when the rate budget has a moment for it, and reads what comes. An interrupt ends it at once,
    /// whatever it waits for.
    pub(super) async fn once<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
        number: u32,
    ) -> Result<Understood<T>, Missed> {
        let pause = self.pace.take(self.world.clock.elapsed());
        if !pause.is_zero() {
            let pause = self.remaining().map_or(pause, |left| left.min(pause));
            let waited = self.world.wait(pause).await;
            waited.map_err(Missed::Interrupted)?;
        }
        // What has no time left for its answer is not begun.
        if self.remaining() == Some(Duration::ZERO) {
            return Err(Missed::TooLate);
        }
        let sends = request.uri().path().starts_with("/v1/send/");
        let mut answer = self.exchange(request, number).await?;
        if answer.is_success() && !(sends && answer.says_no()) {
            return answer.understand().map_err(Missed::Unreadable);
        }
        let after = answer
            .header(RETRY_AFTER.as_str())
            .and_then(|text| retry::retry_after(text, self.world.clock.now()));
        let mut refusal = answer.refusal();
        answer.body.clear();
        if refusal.status == 401 {
            refusal.key_source.clone_from(&self.key_source);
        }
        refusal.retry_after = after.filter(|after| !after.is_zero());
        Err(Missed::Refused(Box::new(refusal), after))
    }

    /// Sends a request and tells the witness what comes.
    pub(super) async fn exchange(
        &self,
        request: Request<Vec<u8>>,
        number: u32,
    ) -> Result<Answer, Missed> {
        self.witness.saw(Exchange::Asked {
            number,
            method: request.method().as_str(),
            base: self.transport.base(),
            path: request.uri().path_and_query().map_or("/", |p| p.as_str()),
            headers: &shown(request.headers()),
            body: request.body(),
        });
        let begun = self.world.clock.elapsed();
        let most = match *request.method() {
            Method::GET => LOOK_LIMIT,
            _ => TRY_LIMIT,
        };
        let limit = self.remaining().unwrap_or(most).min(most);
        let call = self.transport.call(request, limit, &self.world.clock);
        let called = self.world.unless_interrupted(call).await;
        let took = self.world.clock.elapsed().saturating_sub(begun);
        let called = called.map_err(Missed::Interrupted)?;
        match called {
            Ok(answer) => {
                let simulated = answer.is_simulated();
                if simulated {
                    // The simulator keeps no count of requests.
                    self.pace.lift();
                }
                self.witness.saw(Exchange::Answered {
                    status: answer.status,
                    headers: &shown(&answer.headers),
                    body: &answer.body,
                    simulated,
                    took,
                });
                Ok(answer)
            }
            Err(fault) => {
                let reason = fault.to_string();
                self.witness.saw(Exchange::Failed {
                    reason: &reason,
                    took,
                });
                Err(Missed::Fault(fault))
            }
        }
    }

    /// Decides what follows from a try.
    pub(super) fn judge(&self, missed: &Missed, number: u32, repeatable: bool) -> Decision {
        let outcome = match missed {
            Missed::Refused(refusal, after) => Outcome::Status(refusal.status, *after),
            Missed::Unreadable(_) => Outcome::Unreadable,
            Missed::Fault(fault) => Outcome::Fault(fault),
            Missed::Interrupted(_) | Missed::TooLate => return Decision::Take,
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

/// Returns headers as they may be shown.
fn shown(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| match *name == AUTHORIZATION {
            true => (name.as_str(), "Bearer ***"),
            false => (name.as_str(), value.to_str().unwrap_or("(not text)")),
        })
        .collect()
}
