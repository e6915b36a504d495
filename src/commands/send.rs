//! `send`: one request after the other, each with a row in the journal before it and an answer after it.

use std::time::Duration;

use super::addressee::addressed;
use super::outcomes::{accepted, accepted_outcome, error_of, ids_of, recipient_of, stops_the_run};
use super::{Context, connect, follow, preview, watch};
use crate::api::{IdempotencyKey, SerializedSend};
use crate::client::{AttemptError, Client, RequestError};
use crate::error::Error;
use crate::host::Interrupt;
use crate::intent::{Following, Send};
use crate::journal::{Entry, Journal, JournalError, SendState};
use crate::model::{Audience, Goal, SendRequest, masked};
use crate::report::{
    Audience as Listener, Report, SendOutcome, SendResult, Sent, Sink, Update, Watched,
};

/// How long an id that was just accepted may be unknown to the service.
const GRACE: Duration = Duration::from_secs(10);

/// Sends, and follows what was accepted if that is asked for.
pub async fn run(send: Send, context: Context<'_>, sink: &mut dyn Sink) -> Result<Report, Error> {
    let Send {
        requests,
        wait,
        timeout,
        preview,
    } = send;
    if let Some(form) = preview {
        return preview::previews(&requests, form, context).map(Report::Preview);
    }
    let deadline = timeout.map(|timeout| context.host.clock.elapsed() + timeout);
    let client = connect::client(context, deadline)?;
    let service_id = context.session.service_id(context.host)?;
    let journal = connect::journal(context)?;
    let mut sender = Sender {
        client,
        journal,
        service_id,
        context,
        deadline,
        interrupted: None,
        command: None,
    };
    let (results, listener) = sender.all(requests, sink).await?;
    let ids = accepted(&results);
    let watched = match wait {
        Some(goal)
            if !ids.is_empty()
                && sender.interrupted.is_none()
                && listener == Listener::Listening =>
        {
            Some(sender.follow(ids, &results, goal, sink).await)
        }
        // Nobody reads: what was accepted is not followed, and so it is pending.
        Some(goal) if !ids.is_empty() && sender.interrupted.is_none() => {
            Some(watch::not_followed(ids.len(), goal))
        }
        Some(_) | None => None,
    };
    Ok(Report::Sent(Sent {
        results,
        watched,
        interrupted: sender.interrupted,
    }))
}

/// Returns the result of a request that was not begun.
fn unsent(request: &SendRequest, idempotency_key: IdempotencyKey) -> SendResult {
    SendResult {
        event: request.event.to_string(),
        recipient: request.to.label(),
        idempotency_key,
        outcome: SendOutcome::Unsent,
    }
}

struct Sender<'w> {
    client: Client<'w>,
    journal: Option<Journal>,
    /// Which service the rows of the journal are about.
    service_id: String,
    context: Context<'w>,
    deadline: Option<Duration>,
    interrupted: Option<Interrupt>,
    /// The number of this command in the journal, once its first row is written.
    command: Option<i64>,
}

impl Sender<'_> {
    /// Sends one request after the other, and tells each result.
    async fn all(
        &mut self,
        requests: Vec<(SendRequest, Option<IdempotencyKey>)>,
        sink: &mut dyn Sink,
    ) -> Result<(Vec<SendResult>, Listener), Error> {
        let single = requests.len() == 1;
        let mut results = Vec::with_capacity(requests.len());
        let mut listener = Listener::Listening;
        let mut stopped = false;
        for (request, key) in requests {
            let given = key.is_some();
            let now = self.context.host.clock.now();
            let key = key.unwrap_or_else(|| self.context.host.entropy.uuid_v7(now).into());
            let result = match self.one(&request, &key, stopped, sink).await {
                Ok(result) => result,
                Err(error) if results.is_empty() => return Err(error),
                // What was accepted before is told all the same.
                Err(error) => {
                    let told = error.to_single_line();
                    sink.take(Update::Warning(format!(
                        "{} to {}: {told}",
                        request.event,
                        request.to.label()
                    )));
                    stopped = true;
                    unsent(&request, key)
                }
            };
            if single && self.interrupted.is_none() {
                error_of(&result, given)?;
            }
            stopped = stopped || stops_the_run(&result.outcome) || self.interrupted.is_some();
            listener = sink.take(Update::Sent(result.clone()));
            results.push(result);
        }
        Ok((results, listener))
    }

    /// Sends one request: row, request, answer, row.
    async fn one(
        &mut self,
        request: &SendRequest,
        key: &IdempotencyKey,
        stopped: bool,
        sink: &mut dyn Sink,
    ) -> Result<SendResult, Error> {
        let now = self.context.host.clock.now();
        let late = self
            .deadline
            .is_some_and(|deadline| self.context.host.clock.elapsed() >= deadline);
        let mut result = unsent(request, key.clone());
        if stopped || late {
            if !stopped {
                result.outcome = SendOutcome::TooLate;
            }
            return Ok(result);
        }
        let serialized = SerializedSend::new(request)?;
        let host = self.context.host;
        let begin = self.begin(request, serialized.fingerprint(), key, now);
        let row = match host.run_until_interrupted(begin).await {
            Ok(row) => row?,
            Err(interrupt) => {
                self.interrupted = Some(interrupt);
                return Ok(result);
            }
        };
        let (outcome, state) = match self.client.send(&serialized, key).await {
            Ok(answer) => {
                let simulated = answer.simulated;
                let outcome = accepted_outcome(answer, &request.to);
                let ids = ids_of(&outcome);
                match simulated {
                    true => (outcome, SendState::Simulated(ids)),
                    false => (outcome, SendState::Accepted(ids)),
                }
            }
            Err(error) => self.failed(error),
        };
        if let (Some(journal), Some(row)) = (&mut self.journal, row) {
            // The answer counts more than its row: what is not closed is found again by its key.
            if let Err(error) = journal.close(row, &state, self.context.host.clock.now()) {
                sink.take(Update::Warning(format!(
                    "the answer could not be recorded ({error}); the idempotency key is {key}"
                )));
            }
        }
        result.outcome = outcome;
        Ok(result)
    }

    /// Follows what was accepted, for as long as the command may take.
    async fn follow(
        &self,
        ids: Vec<String>,
        results: &[SendResult],
        goal: Goal,
        sink: &mut dyn Sink,
    ) -> Watched {
        let left = |deadline: Duration| deadline.saturating_sub(self.context.host.clock.elapsed());
        let following = Following {
            goal,
            any: false,
            fail_fast: false,
            interval: None,
            max_errors: None,
            timeout: self.deadline.map(left),
            grace: GRACE,
        };
        let sent_to = |id: &str| recipient_of(id, results);
        let look = async |id: &str| {
            let found = self.client.notification_attempt(id).await;
            found.map(|found| addressed(found, sent_to))
        };
        follow::follow(
            ids,
            &following,
            self.context.host,
            self.client.concurrency(),
            look,
            sink,
        )
        .await
    }

    async fn begin(
        &mut self,
        request: &SendRequest,
        fingerprint: [u8; 32],
        key: &IdempotencyKey,
        now: i64,
    ) -> Result<Option<i64>, Error> {
        let Some(journal) = &mut self.journal else {
            return Ok(None);
        };
        let entry = Entry {
            service_id: self.service_id.clone(),
            started_at: now,
            event: request.event.to_string(),
            recipient: match &request.to {
                Audience::Listeners => String::new(),
                to if self.context.session.no_pii => masked(&to.label()),
                to => to.to_text(),
            },
            channel: request.channel.as_ref().map(ToString::to_string),
            command: self.command,
            idempotency_key: key.clone(),
            fingerprint,
        };
        let begun = journal.begin(&entry).await.map_err(|error| match error {
            JournalError::KeyReused { .. } => Error::KeyReused(error),
            JournalError::Sqlite(_) => Error::Journal(error),
        })?;
        self.command = Some(begun.command);
        Ok(Some(begun.row))
    }

    /// Returns the outcome of a failed request, and what the journal records of it.
    fn failed(&mut self, error: RequestError) -> (SendOutcome, SendState) {
        let reason = error.to_string();
        let advice = error.hint();
        let is_rejection = error.rejection().is_some();
        let unknown = |api_error| {
            let outcome = SendOutcome::Unknown {
                reason: reason.clone(),
                api_error,
                advice,
            };
            (outcome, SendState::Unknown)
        };
        match error.cause {
            AttemptError::Api(api_error) if api_error.is_from_intermediary() => {
                unknown(Some(*api_error))
            }
            AttemptError::Api(api_error) if is_rejection => {
                (SendOutcome::Refused(*api_error), SendState::Refused)
            }
            // The service limits before it accepts anything: a 429 rejects the request.
            AttemptError::Api(api_error) if api_error.status == 429 && !error.ambiguous => {
                let outcome = SendOutcome::RateLimited {
                    api_error: *api_error,
                    attempts: error.attempts,
                };
                (outcome, SendState::Refused)
            }
            AttemptError::Api(api_error) => unknown(Some(*api_error)),
            // The service sends no pages: an intermediary responded.
            AttemptError::Decode(decode_error) if decode_error.page => unknown(None),
            AttemptError::Decode(_) => (SendOutcome::NotUnderstood { reason }, SendState::Unknown),
            AttemptError::Transport(_) | AttemptError::DeadlineExceeded => unknown(None),
            AttemptError::Interrupted(interrupt) => {
                self.interrupted = Some(interrupt);
                unknown(None)
            }
            AttemptError::Encode(_) => (SendOutcome::Unsent, SendState::Refused),
        }
    }
}
