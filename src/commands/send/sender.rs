//! Sends requests one after the other. The journal records each request before it is sent, and its outcome afterwards.

use std::time::Duration;

use super::outcome::SendResult;
use super::report::Sent;
use crate::api::{IdempotencyKey, SerializedSend};
use crate::client::{AttemptError, Client};
use crate::commands::args::ids::unique;
use crate::commands::command::Context;
use crate::commands::notification::complete;
use crate::commands::poll::{PollOptions, WatchReport, poll};
use crate::error::{Error, Repeat};
use crate::host::Interrupt;
use crate::journal::{Entry, Journal};
use crate::model::{Audience, Goal, SendRequest};

/// For this long after the start of polling, a 404 response counts as pending, because the service may not yet find a
/// notification that it has just accepted.
const GRACE: Duration = Duration::from_secs(10);

/// Sends the requests of one command.
pub struct Sender<'c> {
    client: Client<'c>,
    journal: Option<Journal>,
    /// The id under which the journal stores the service that receives the requests.
    service_id: String,
    context: Context<'c>,
    /// The deadline of the command, as a value of `Clock::elapsed`. `None` for no limit.
    deadline: Option<Duration>,
    /// The number of this `send` command in the journal. `None` until the journal has recorded the first request.
    command: Option<i64>,
    /// The signal that stopped the sending early; `None` if there was none.
    interrupted: Option<Interrupt>,
}

impl<'c> Sender<'c> {
    pub fn open(context: Context<'c>, timeout: Option<Duration>) -> Result<Self, Error> {
        let deadline = timeout.map(|timeout| context.host.clock.elapsed() + timeout);
        Ok(Self {
            client: context.client(deadline)?,
            journal: context.journal()?,
            service_id: context.session.service_id(context.host)?,
            context,
            deadline,
            command: None,
            interrupted: None,
        })
    }

    /// Sends the requests in order, and prints each result as an update. Fails if the first request cannot be
    /// attempted, or if there is only one request and it fails. Any other failure becomes a result.
    pub async fn send_all(
        &mut self,
        requests: Vec<(SendRequest, Option<IdempotencyKey>)>,
    ) -> Result<Sent, Error> {
        let is_single = requests.len() == 1;
        let mut results = Vec::with_capacity(requests.len());
        let mut output_closed = false;
        let mut stopped = false;
        for (request, given_key) in requests {
            let repeat = match given_key {
                Some(_) => Repeat::Unchanged,
                None => Repeat::WithKey,
            };
            let now = self.context.host.clock.now();
            let key = given_key.unwrap_or_else(|| self.context.host.entropy.uuid_v7(now).into());
            let redactor = self.context.redactor;
            let result = || SendResult::new(&request, &key, redactor);
            let time = self.context.host.clock.elapsed();
            let mut result = if stopped {
                result().after_stop(self.interrupted, redactor)
            } else if self.deadline.is_some_and(|deadline| time >= deadline) {
                result().after_deadline(redactor)
            } else {
                match self.send(&request, &key, repeat, now).await {
                    Ok(result) => result,
                    Err(error) if results.is_empty() => return Err(error),
                    // An error would discard the results of earlier requests.
                    Err(error) => {
                        let reason = error.to_single_line();
                        let (event, to) = (&request.event, request.to.label());
                        self.context.warn(format!("{event} to {to}: {reason}"));
                        result().without_attempt(&reason, Some(error.exit()), redactor)
                    }
                }
            };
            stopped = stopped || result.stops_command() || self.interrupted.is_some();
            if is_single && self.interrupted.is_none() {
                result = result.into_single(&key)?;
            }
            output_closed = self.context.reporter.update(&result).is_break();
            results.push(result);
        }
        Ok(Sent {
            results,
            interrupted: self.interrupted,
            output_closed,
        })
    }

    /// Records a request in the journal, sends it, and records its outcome.
    async fn send(
        &mut self,
        request: &SendRequest,
        key: &IdempotencyKey,
        repeat: Repeat,
        now: i64,
    ) -> Result<SendResult, Error> {
        let serialized = SerializedSend::new(request)?;
        let (host, redactor) = (self.context.host, self.context.redactor);
        let result = SendResult::new(request, key, redactor);
        // While the journal waits for another process, a signal may stop the command: nothing is sent yet.
        let begin = self.begin(request, &serialized, key, now);
        let row = match host.run_until_interrupted(begin).await {
            Ok(row) => row?,
            Err(interrupt) => {
                self.interrupted = Some(interrupt);
                return Ok(result.after_stop(self.interrupted, redactor));
            }
        };
        let (simulated, result) = match self.client.send(&serialized, key).await {
            Ok(response) => (
                response.simulated,
                result.with_response(response, &request.to, redactor),
            ),
            Err(error) => {
                if let AttemptError::Interrupted(interrupt) = error.cause {
                    self.interrupted = Some(interrupt);
                }
                (false, result.with_error(error, repeat, redactor))
            }
        };
        if let (Some(journal), Some(row)) = (&mut self.journal, row) {
            // The response matters more than its row: if this write fails, repeating with the key resolves the send.
            let state = result.state(simulated);
            if let Err(error) = journal.close(row, &state, self.context.host.clock.now()) {
                self.context.warn(format!(
                    "the response could not be recorded ({error}); the idempotency key is {key}"
                ));
            }
        }
        Ok(result)
    }

    async fn begin(
        &mut self,
        request: &SendRequest,
        serialized: &SerializedSend,
        key: &IdempotencyKey,
        now: i64,
    ) -> Result<Option<i64>, Error> {
        let Some(journal) = &mut self.journal else {
            return Ok(None);
        };
        let redactor = self.context.redactor;
        let entry = Entry {
            service_id: self.service_id.clone(),
            started_at: now,
            event: request.event.to_string(),
            recipient: match &request.to {
                Audience::Listeners => String::new(),
                to if redactor.is_enabled() => redactor.recipient(to.label()).to_string(),
                to => to.to_text(),
            },
            channel: request.channel.as_ref().map(ToString::to_string),
            command: self.command,
            idempotency_key: key.clone(),
            fingerprint: serialized.fingerprint(),
        };
        let row = journal.begin(&entry).await?;
        self.command = Some(row.command);
        Ok(Some(row.row))
    }

    /// Polls the accepted notifications until each message has reached the goal or can no longer reach it, or until the
    /// command's deadline.
    pub async fn wait(&self, results: &[SendResult], goal: Goal) -> WatchReport {
        let now = self.context.host.clock.elapsed();
        let options = PollOptions {
            goal,
            timeout: self.deadline.map(|deadline| deadline.saturating_sub(now)),
            grace: GRACE,
            ..PollOptions::default()
        };
        let receipts = || results.iter().flat_map(|result| &result.receipts);
        let recipient = |id: &str| {
            let receipt = receipts().find(|one| one.id == id && !one.recipient.is_empty())?;
            Some(receipt.recipient.to_string())
        };
        let fetch = async |id: &str| {
            let response = self.client.notification_attempt(id).await?;
            Ok(complete(response, recipient, self.context))
        };
        let ids = unique(receipts().map(|receipt| receipt.id.clone()).collect());
        let concurrency = self.client.concurrency();
        poll(ids, &options, self.context, concurrency, fetch).await
    }
}
