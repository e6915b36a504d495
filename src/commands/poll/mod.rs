//! The polling loop of `watch` and `send --wait`. `activity --follow` uses only [`Pacer`] and [`StopReason`].

mod change;
mod pacer;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};

pub use change::Change;
pub use pacer::Pacer;
#[cfg(test)]
pub use pacer::{OutageStarted, Recovered};
#[cfg_attr(test, allow(unused_imports))]
pub use report::Settled;
pub use report::{EndJson, StopReason, WatchReport};

use super::command::Context;
use super::notification::Lookup;
use crate::api::Decoded;
use crate::client::RequestError;
use crate::model::{Counts, Goal, Notification, Timestamp, from_millis};
use crate::output::Update;
use crate::redact::Pii;

#[derive(Default)]
pub struct PollOptions {
    pub goal: Goal,
    /// Stop as soon as one notification has settled, rather than all of them.
    pub any: bool,
    /// Stop as soon as one message can no longer reach the goal.
    pub fail_fast: bool,
    /// The pause between polls; `None` for pauses that grow from 0.5 s to 5 s.
    pub interval: Option<Duration>,
    /// Stop after this many failed polls in a row; `None` for no limit.
    pub max_errors: Option<u32>,
    /// How long to poll, in real time. `None` for no limit; zero polls once.
    pub timeout: Option<Duration>,
    /// For this long after the start of polling, a 404 response counts as pending. After a send it is not zero,
    /// because the service may not yet find a notification that it has just accepted. Otherwise it is zero.
    pub grace: Duration,
    /// Whether `--quiet` prints the id of each notification that has settled. False for `send`, which has already
    /// printed the ids.
    pub prints_ids: bool,
}

/// Polls notifications until all have settled, or until an option ends the polling. `fetch` sends one request for one
/// id. Up to `concurrency` requests run at the same time.
pub async fn poll(
    ids: Vec<String>,
    options: &PollOptions,
    context: Context<'_>,
    concurrency: usize,
    fetch: impl AsyncFn(&str) -> Result<Decoded<Pii<Notification>>, RequestError>,
) -> WatchReport {
    let now = from_millis(context.host.clock.now());
    let mut pacer = Pacer::new(context, options.interval);
    pacer.max_errors = options.max_errors;
    // A single poll reports its failure only in the final report.
    pacer.reports_outages = options.timeout != Some(Duration::ZERO);
    let mut poller = Poller {
        options,
        context,
        concurrency,
        lookups: ids.into_iter().map(|id| Lookup::new(id, now)).collect(),
        not_found_in_grace: BTreeSet::new(),
        start: context.host.clock.elapsed(),
        pacer,
        deadline_error: None,
        warned_of_frozen_clock: false,
    };
    let stop_reason = poller.run(fetch).await;
    poller.report(stop_reason)
}

struct Poller<'a> {
    options: &'a PollOptions,
    context: Context<'a>,
    concurrency: usize,
    /// One lookup for each id, in the order in which the ids were given.
    lookups: Vec<Lookup>,
    /// The indexes in `lookups` of the ids for which the service returned 404 within the grace period.
    not_found_in_grace: BTreeSet<usize>,
    start: Duration,
    pacer: Pacer<'a>,
    /// The error of the first request during which the deadline passed. It is reported only if polling has no result
    /// and no other error.
    deadline_error: Option<String>,
    warned_of_frozen_clock: bool,
}

impl Poller<'_> {
    async fn run(
        &mut self,
        fetch: impl AsyncFn(&str) -> Result<Decoded<Pii<Notification>>, RequestError>,
    ) -> StopReason {
        loop {
            match self.round(&fetch).await {
                ControlFlow::Break(reason) => return reason,
                ControlFlow::Continue(true) => self.pacer.record_change(),
                ControlFlow::Continue(false) => {}
            }
            if self.options.timeout == Some(Duration::ZERO) {
                // Without a successful poll there is no verdict.
                return match self.pacer.outage() {
                    Some(reason) => StopReason::Unavailable(reason.to_owned()),
                    None => StopReason::PolledOnce,
                };
            }
            let remaining = self.remaining();
            if remaining == Some(Duration::ZERO) {
                return self.deadline_passed();
            }
            if let Err(interrupt) = self.pacer.wait(remaining).await {
                return StopReason::Interrupted(interrupt);
            }
        }
    }

    /// Returns why polling ends at the deadline: `Deadline`, or `Unavailable` with an error if nothing is known about
    /// any id.
    fn deadline_passed(&mut self) -> StopReason {
        let unknown = self.not_found_in_grace.iter();
        let unknown: Vec<String> = unknown
            .map(|index| &self.lookups[*index].id)
            .map(|id| format!("the service does not know {id} yet (HTTP 404)"))
            .collect();
        let mut lookups = self.lookups.iter();
        let nothing_known = lookups.all(|lookup| lookup.notification.is_none() && !lookup.missing);
        let reason = unknown.first().map(String::as_str);
        let reason = reason
            .or(self.pacer.outage())
            .or(self.deadline_error.as_deref());
        match reason {
            Some(reason) if nothing_known => StopReason::Unavailable(reason.to_owned()),
            Some(_) | None => {
                for warning in unknown {
                    self.context.warn(warning);
                }
                StopReason::Deadline
            }
        }
    }

    /// Returns the time until the deadline; `None` if there is no deadline. A single poll has no deadline, because its
    /// requests have their own timeout.
    fn remaining(&self) -> Option<Duration> {
        let timeout = self.options.timeout.filter(|timeout| !timeout.is_zero())?;
        let passed = self.context.host.clock.elapsed().saturating_sub(self.start);
        Some(timeout.saturating_sub(passed))
    }

    /// Sends one request for each notification that has not settled. Returns whether anything changed, or breaks with
    /// the reason to stop.
    async fn round(
        &mut self,
        fetch: &impl AsyncFn(&str) -> Result<Decoded<Pii<Notification>>, RequestError>,
    ) -> ControlFlow<StopReason, bool> {
        let pending = self.lookups.iter().enumerate();
        let pending: Vec<(usize, String)> = pending
            .filter(|(_, lookup)| !lookup.is_settled())
            .map(|(index, lookup)| (index, lookup.id.clone()))
            .collect();
        let requests = pending
            .iter()
            .map(async |(index, id)| (*index, fetch(id).await));
        let mut responses = pin!(stream::iter(requests).buffered(self.concurrency));
        let mut changed = false;
        while let Some((index, result)) = responses.next().await {
            match result {
                Ok(response) => {
                    self.pacer.record_success();
                    changed |= self.record(index, response)?;
                }
                // The deadline passed during the request. This is not a failure of the service.
                Err(error) if error.has_given_up() && self.remaining() == Some(Duration::ZERO) => {
                    self.deadline_error.get_or_insert_with(|| error.to_string());
                    return ControlFlow::Continue(false);
                }
                Err(error) if error.is_rejected_with(404) => self.record_not_found(index)?,
                Err(error) => {
                    self.pacer.record_failure(&error)?;
                    // The other requests would fail in the same way.
                    return ControlFlow::Continue(false);
                }
            }
            if self.is_finished_by(index) {
                return ControlFlow::Break(StopReason::Settled);
            }
        }
        match self.lookups.iter().all(Lookup::is_settled) {
            true => ControlFlow::Break(StopReason::Settled),
            false => ControlFlow::Continue(changed),
        }
    }

    /// Records a response for the id at `index`, and prints the changes as updates. Returns whether there were any
    /// changes.
    fn record(
        &mut self,
        index: usize,
        response: Decoded<Pii<Notification>>,
    ) -> ControlFlow<StopReason, bool> {
        let at = response
            .server_time
            .unwrap_or_else(|| from_millis(self.context.host.clock.now()));
        self.warn_of_frozen_clock(index, response.simulated, at);
        self.not_found_in_grace.remove(&index);
        let lookup = &mut self.lookups[index];
        let changes = Change::between(lookup.notification.as_deref(), &response.body, at);
        lookup.record(response.body, at, self.options.goal);
        for change in &changes {
            self.update(change)?;
        }
        if self.lookups[index].is_settled() {
            self.report_settled(index)?;
        }
        ControlFlow::Continue(!changes.is_empty())
    }

    /// If the simulator's clock is frozen, warns once that no message will change.
    fn warn_of_frozen_clock(&mut self, index: usize, simulated: bool, at: Timestamp) {
        let last = &self.lookups[index];
        let is_frozen = simulated && last.notification.is_some() && last.at == at;
        if is_frozen && !std::mem::replace(&mut self.warned_of_frozen_clock, true) {
            self.context.warn(
                "the simulator's clock is frozen, so nothing will change: `sendivent simulator clock resume`",
            );
        }
    }

    fn record_not_found(&mut self, index: usize) -> ControlFlow<StopReason> {
        let passed = self.context.host.clock.elapsed().saturating_sub(self.start);
        if passed < self.options.grace {
            self.not_found_in_grace.insert(index);
            return ControlFlow::Continue(());
        }
        self.not_found_in_grace.remove(&index);
        self.lookups[index].record_not_found();
        self.report_settled(index)
    }

    fn report_settled(&self, index: usize) -> ControlFlow<StopReason> {
        self.update(&Settled {
            lookup: self.lookups[index].clone(),
            prints_id: self.options.prints_ids,
        })
    }

    fn update(&self, update: &impl Update) -> ControlFlow<StopReason> {
        let flow = self.context.reporter.update(update);
        flow.map_break(|()| StopReason::OutputClosed)
    }

    /// Returns whether the notification at `index` ends polling, because of `any` or `fail_fast`.
    fn is_finished_by(&self, index: usize) -> bool {
        let lookup = &self.lookups[index];
        (self.options.any && lookup.is_settled())
            || (self.options.fail_fast && lookup.counts.bad > 0)
    }

    fn report(self, stop_reason: StopReason) -> WatchReport {
        // With `--any`, only the notifications that have settled count for the verdict.
        let settled_only = self.options.any && stop_reason == StopReason::Settled;
        let counted = self.lookups.iter();
        let counted = counted.filter(|lookup| !settled_only || lookup.is_settled());
        let counts = counted.map(|lookup| lookup.counts);
        let counts = counts.fold(Counts::default(), Counts::merge);
        let took = self.context.host.clock.elapsed().saturating_sub(self.start);
        let reason = stop_reason.reason();
        let reason = reason.or_else(|| self.pacer.outage().map(ToOwned::to_owned));
        let mut report = WatchReport {
            goal: self.options.goal,
            lookups: self.lookups,
            counts,
            unresolved: 0,
            stop_reason,
            reason: reason.map(|reason| self.context.redactor.text(reason)),
            resume: None,
            took,
        };
        report.resume = report.resume_command(self.context.program);
        report
    }
}
