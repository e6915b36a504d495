//! `activity` without the simulator: lists the notifications in the journal, because the service documents no endpoint
//! that lists notifications. Polls those that have not settled.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::pin::pin;

use futures_util::{StreamExt, stream};

use super::follow::{ACTIVITY, follow};
use super::input::Input;
use super::recorded::{Recorded, change_key, matches, statistics};
use super::report::{ActivityList, ActivityReport, Freshness, JournalSource, UnresolvedSend};
use crate::api::control::MessageRow;
use crate::client::{AttemptError, Client, RequestError};
use crate::commands::command::Context;
use crate::commands::poll::{Pacer, StopReason};
use crate::config;
use crate::error::Error;
use crate::host::Interrupt;
use crate::journal::{Journal, Listing};
use crate::model::from_millis;

/// The maximum number of notifications to read from the journal, newest first.
const MAX_READ: u32 = 1000;
/// The minimum number of notifications that `--follow` reads from the journal, even if `--limit` is smaller. It is low
/// because each notification that has not settled costs one request per poll.
const MIN_FOLLOWED: u32 = 100;

pub async fn run(input: &Input, context: Context<'_>) -> Result<ActivityReport, Error> {
    let mut activity = JournalActivity::open(input, context)?;
    match input.follow {
        true => activity.follow().await.map(ActivityReport::followed),
        false => activity.list().await.map(ActivityReport::List),
    }
}

struct JournalActivity<'c> {
    input: &'c Input,
    context: Context<'c>,
    /// `None` with `--offline`, which sends no requests.
    client: Option<Client<'c>>,
    journal: Journal,
    /// The ids under which the journal stores the listed services. With `--offline`, all services of the profile are
    /// listed.
    service_ids: Vec<String>,
    /// The text that identifies the services in the output, such as an address and the profile.
    service: String,
}

impl<'c> JournalActivity<'c> {
    /// Opens the journal, and creates a client unless `--offline` is given.
    fn open(input: &'c Input, context: Context<'c>) -> Result<Self, Error> {
        let client = match input.offline {
            true => None,
            false => Some(context.client(None)?),
        };
        let journal = context.journal()?.ok_or_else(|| {
            Error::usage(
                "without the simulator, activity lists the journal, which is switched off",
                "Leave out --no-journal.",
            )
        })?;
        let (service_ids, service) = match client {
            Some(_) => (
                vec![context.session.service_id(context.host)?],
                context.service_description()?,
            ),
            None => {
                let (profile, _) = config::resolve_profile(&context.session.flags, context.host)?;
                let prefix = config::service_id_prefix(&profile);
                let service_ids = journal.service_ids(&prefix)?;
                (service_ids, format!("any address (profile {profile})"))
            }
        };
        Ok(Self {
            input,
            context,
            client,
            journal,
            service_ids,
            service,
        })
    }
}

impl JournalActivity<'_> {
    async fn list(&mut self) -> Result<ActivityList, Error> {
        let mut recorded = self.recorded(self.read_limit())?;
        let freshness = match self.refresh(&mut recorded).await? {
            None if self.input.offline => Freshness::Offline,
            None => Freshness::Refreshed,
            Some(failure) => self.not_refreshed(failure),
        };
        let (simulated, rows): (Vec<bool>, Vec<MessageRow>) = recorded
            .iter()
            .flat_map(|one| {
                one.rows()
                    .into_iter()
                    .map(|row| (one.receipt.simulated, row))
            })
            .filter(|(_, row)| matches(row, self.input))
            .unzip();
        let limit = usize::try_from(self.input.limit).unwrap_or(usize::MAX);
        let counted = match self.input.stats {
            true => usize::MAX,
            false => limit,
        };
        let now = self.context.host.clock.now();
        let statistics = self.input.stats.then(|| statistics(&rows));
        let redactor = self.context.redactor;
        let unresolved = self.unresolved()?;
        Ok(ActivityList {
            at: from_millis(now),
            more: rows.len() > limit || recorded.len() == MAX_READ as usize,
            of: "journal",
            refreshed: Some(matches!(freshness, Freshness::Refreshed)),
            unknown_outcomes: unresolved.len(),
            journal: Some(JournalSource {
                service: self.service.clone(),
                simulated: !simulated.is_empty() && simulated.iter().take(counted).all(|one| *one),
                unresolved,
                freshness,
            }),
            messages: rows
                .into_iter()
                .take(limit)
                .map(|row| redactor.message_row(row))
                .collect(),
            statistics,
        })
    }

    /// Returns how many notifications to read from the journal. This is one more than `--limit`, to detect whether the
    /// journal contains more. With `--stats`, or with a filter by status or channel, it is [`MAX_READ`].
    fn read_limit(&self) -> u32 {
        let is_unfiltered =
            !self.input.stats && self.input.statuses.is_empty() && self.input.channels.is_empty();
        match is_unfiltered {
            true => self.input.limit.saturating_add(1).min(MAX_READ),
            false => MAX_READ,
        }
    }

    /// Returns the sends without a recorded response, newest first. The list of messages cannot contain these sends,
    /// because they have no id.
    fn unresolved(&self) -> Result<Vec<UnresolvedSend>, Error> {
        let sends = self.service_ids.iter().map(|id| self.journal.unknown(id));
        let mut sends = sends.collect::<Result<Vec<_>, _>>()?.concat();
        sends.sort_by_key(|send| Reverse(send.started_at));
        let redactor = self.context.redactor;
        let sends = sends.into_iter().map(|send| UnresolvedSend {
            event: send.event,
            recipient: redactor.recipient(send.recipient),
            idempotency_key: redactor.text(send.idempotency_key.to_string()),
        });
        Ok(sends.collect())
    }

    /// Returns up to `limit` notifications from the journal, newest first.
    fn recorded(&self, limit: u32) -> Result<Vec<Recorded>, Error> {
        let now = self.context.host.clock.now();
        let listing = Listing {
            since: self.input.since.map(|moment| moment.to_millis(now)),
            until: self.input.until.map(|moment| moment.to_millis(now)),
            event: self.input.event.as_ref().map(ToString::to_string),
            recipient: self.input.recipient.clone(),
            limit,
        };
        let receipts = self.service_ids.iter();
        let receipts = receipts.map(|id| self.journal.accepted(id, &listing));
        let mut receipts = receipts.collect::<Result<Vec<_>, _>>()?.concat();
        if self.service_ids.len() > 1 {
            receipts.sort_by_key(|receipt| Reverse(receipt.started_at));
            receipts.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(receipts.into_iter().map(Recorded::new).collect())
    }

    /// Polls each notification that has not settled, several at a time. Stops at the first failed request and returns
    /// its error; `None` if no request failed. A 404 response does not count as a failure.
    async fn refresh(&mut self, recorded: &mut [Recorded]) -> Result<Option<RequestError>, Error> {
        let Some(client) = &self.client else {
            return Ok(None);
        };
        // `--follow` polls again anyway.
        let single_attempt = self.input.follow;
        let no_pii = self.context.redactor.is_enabled();
        let pending: Vec<(usize, String)> = recorded
            .iter()
            .enumerate()
            .filter(|(_, one)| !one.is_settled())
            .map(|(index, one)| (index, one.receipt.notification.clone()))
            .collect();
        let mut snapshots = Vec::new();
        let mut failure = None;
        let requests = pending
            .iter()
            .map(async |(index, id)| match single_attempt {
                true => (*index, client.notification_attempt(id).await),
                false => (*index, client.notification(id).await),
            });
        let mut responses = pin!(stream::iter(requests).buffered(client.concurrency()));
        while let Some((index, response)) = responses.next().await {
            match response {
                Ok(response) => snapshots.push(recorded[index].record(response.body, no_pii)),
                // The service no longer knows the notification, so its recorded state remains.
                Err(error) if error.is_rejected_with(404) => {}
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if !snapshots.is_empty() {
            let host = self.context.host;
            let record = self.journal.record_snapshots(&snapshots);
            let recorded = host.run_until_interrupted(record).await;
            recorded.map_err(Error::Interrupted)??;
        }
        Ok(failure)
    }

    fn not_refreshed(&self, error: RequestError) -> Freshness {
        let reason = self.context.redactor.text(error.to_string());
        let stop_reason = match (StopReason::of_permanent(&error), error.cause) {
            (Some(stop_reason), _) => stop_reason,
            // A list is not polled again, so the rate limit is its final result.
            (None, AttemptError::Api(response)) if response.status == 429 => {
                StopReason::Refused(response)
            }
            (None, _) => StopReason::Unavailable(reason.to_string()),
        };
        let error = stop_reason.into_error("the list is not up to date");
        Freshness::Failed(Box::new(error), reason)
    }

    async fn follow(&mut self) -> Result<Option<Interrupt>, Error> {
        let (input, context) = (self.input, self.context);
        let depth = input.limit.clamp(MIN_FOLLOWED, MAX_READ);
        let mut reported = None;
        let poll = async |pacer: &mut Pacer<'_>| {
            let mut recorded = self.recorded(depth)?;
            match self.refresh(&mut recorded).await? {
                None => pacer.record_success(),
                Some(error) => {
                    if let ControlFlow::Break(stop_reason) = pacer.record_failure(&error) {
                        return Err(stop_reason.into_error(ACTIVITY));
                    }
                }
            }
            Ok(self.changes(&recorded, &mut reported))
        };
        follow(input.idle_timeout, Pacer::new(context, None), context, poll).await
    }

    /// Returns the messages that are new or have changed since the previous call, oldest first. The first call returns
    /// the newest messages, up to `--limit`.
    fn changes(
        &self,
        recorded: &[Recorded],
        reported: &mut Option<HashSet<(String, String)>>,
    ) -> Vec<MessageRow> {
        let limit = match reported {
            None => usize::try_from(self.input.limit).unwrap_or(usize::MAX),
            Some(_) => usize::MAX,
        };
        let reported = reported.get_or_insert_default();
        let rows = recorded.iter().flat_map(Recorded::rows);
        let rows = rows.filter(|row| matches(row, self.input));
        let mut changes: Vec<MessageRow> = rows
            .filter(|row| reported.insert(change_key(row)))
            .collect();
        changes.truncate(limit);
        changes.reverse();
        changes
    }
}
