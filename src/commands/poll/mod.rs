//! Polling: the one loop that `watch` and `send --wait` share, and its parts that `activity --follow` uses, too.

mod change;
mod pacer;
mod report;
#[cfg(test)]
mod tests;
mod tracked;

use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};

pub use change::Change;
#[cfg(test)]
pub use pacer::{OutageStarted, Recovered};
pub use pacer::{Pacer, PollError};
#[cfg_attr(test, allow(unused_imports))]
pub use report::Settled;
pub use report::{EndJson, StopReason, WatchReport};
use tracked::Tracked;

use super::command::Context;
use crate::api::Decoded;
use crate::client::RequestError;
use crate::model::{Counts, Goal, Notification, Timestamp, from_millis};
use crate::redact::Pii;

/// How notifications are polled.
#[derive(Debug, Clone, PartialEq)]
pub struct PollOptions {
    /// What is waited for.
    pub goal: Goal,
    /// End with the first notification that settles.
    pub any: bool,
    /// End with the first one that ends badly.
    pub fail_fast: bool,
    /// A fixed pause between polls.
    pub interval: Option<Duration>,
    /// How many polls in a row may fail.
    pub max_errors: Option<u32>,
    /// How long to poll: none has no end, zero polls once.
    pub timeout: Option<Duration>,
    /// How long an id may be unknown to the service, because it was accepted just now.
    pub grace: Duration,
    /// Whether `--quiet` prints the id of a notification that settled. `send` has printed it before.
    pub prints_ids: bool,
}

/// Polls notifications until they settle, as the options say. `fetch` requests one of them once; up to `concurrency` requests
/// are in flight together.
pub async fn poll(
    ids: Vec<String>,
    options: &PollOptions,
    context: Context<'_>,
    concurrency: usize,
    fetch: impl AsyncFn(&str) -> Result<Decoded<Pii<Notification>>, RequestError>,
) -> WatchReport {
    let now = from_millis(context.host.clock.now());
    let pacer = Pacer::new(context, options.interval).with_max_errors(options.max_errors);
    let mut poller = Poller {
        options,
        context,
        concurrency,
        tracked: ids.into_iter().map(|id| Tracked::new(id, now)).collect(),
        start: context.host.clock.elapsed(),
        pacer: match options.timeout {
            Some(Duration::ZERO) => pacer.without_outage_reports(),
            Some(_) | None => pacer,
        },
        expired: None,
        warned_of_frozen_clock: false,
    };
    let stop_reason = poller.run(fetch).await;
    poller.report(stop_reason)
}

struct Poller<'a> {
    options: &'a PollOptions,
    context: Context<'a>,
    concurrency: usize,
    tracked: Vec<Tracked>,
    start: Duration,
    pacer: Pacer<'a>,
    /// Why a request failed whose time ran out: no failure of the service, but the best reason there is.
    expired: Option<String>,
    warned_of_frozen_clock: bool,
}

/// What one round of polls came to.
enum Round {
    Changed,
    Unchanged,
    Finished(StopReason),
}

impl Poller<'_> {
    async fn run(
        &mut self,
        fetch: impl AsyncFn(&str) -> Result<Decoded<Pii<Notification>>, RequestError>,
    ) -> StopReason {
        loop {
            match self.round(&fetch).await {
                Round::Finished(reason) => return reason,
                Round::Changed => self.pacer.record_change(),
                Round::Unchanged => {}
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

    /// Returns the end of a watch whose time is up. Without one successful poll there is no verdict.
    fn deadline_passed(&mut self) -> StopReason {
        let unknown = self.tracked.iter().filter(|tracked| tracked.unknown_yet);
        let unknown: Vec<String> = unknown
            .map(|tracked| format!("the service does not know {} yet (HTTP 404)", tracked.id))
            .collect();
        let nothing_known = self
            .tracked
            .iter()
            .all(|tracked| tracked.last.is_none() && !tracked.missing);
        let reason = unknown.first().map(String::as_str);
        let reason = reason.or(self.pacer.outage()).or(self.expired.as_deref());
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

    /// Returns how much time is left; none for no end. A single poll is bounded by its own timeout.
    fn remaining(&self) -> Option<Duration> {
        let timeout = self.options.timeout.filter(|timeout| !timeout.is_zero())?;
        let passed = self.context.host.clock.elapsed().saturating_sub(self.start);
        Some(timeout.saturating_sub(passed))
    }

    /// Polls everything once that has not settled.
    async fn round(
        &mut self,
        fetch: &impl AsyncFn(&str) -> Result<Decoded<Pii<Notification>>, RequestError>,
    ) -> Round {
        let pending = self.tracked.iter().enumerate();
        let pending: Vec<(usize, String)> = pending
            .filter(|(_, tracked)| !tracked.settled)
            .map(|(index, tracked)| (index, tracked.id.clone()))
            .collect();
        let requests = pending
            .iter()
            .map(async |(index, id)| (*index, fetch(id).await));
        let mut responses = pin!(stream::iter(requests).buffered(self.concurrency));
        let mut changed = false;
        while let Some((index, result)) = responses.next().await {
            let flow = match result {
                Ok(response) => {
                    self.pacer.record_success();
                    let (flow, is_change) = self.record(index, response);
                    changed |= is_change;
                    flow
                }
                // The deadline passed during the request: that says nothing about the service.
                Err(error) if error.has_given_up() && self.remaining() == Some(Duration::ZERO) => {
                    self.expired.get_or_insert_with(|| error.to_string());
                    return Round::Unchanged;
                }
                Err(error) => match self.record_failure(index, error) {
                    Ok(Some(flow)) => flow,
                    // The other requests would fail in the same way.
                    Ok(None) => return Round::Unchanged,
                    Err(reason) => return Round::Finished(reason),
                },
            };
            if flow.is_break() {
                return Round::Finished(StopReason::OutputClosed);
            }
            if self.is_finished_by(index) {
                return Round::Finished(StopReason::Settled);
            }
        }
        if self.tracked.iter().all(|tracked| tracked.settled) {
            Round::Finished(StopReason::Settled)
        } else if changed {
            Round::Changed
        } else {
            Round::Unchanged
        }
    }

    /// Records a response: reports what changed, and returns whether anything did.
    fn record(
        &mut self,
        index: usize,
        response: Decoded<Pii<Notification>>,
    ) -> (ControlFlow<()>, bool) {
        let at = response
            .server_time
            .unwrap_or_else(|| from_millis(self.context.host.clock.now()));
        self.warn_of_frozen_clock(index, response.simulated, at);
        let tracked = &mut self.tracked[index];
        let changes = Change::between(tracked.last.as_deref(), &response.body, at);
        tracked.counts = Counts::of(&response.body, self.options.goal);
        tracked.settled = tracked.counts.is_settled();
        tracked.at = at;
        tracked.unknown_yet = false;
        tracked.last = Some(response.body);
        let mut flow = ControlFlow::Continue(());
        for change in &changes {
            flow = self.context.reporter.update(change);
        }
        if self.tracked[index].settled {
            flow = self.report_settled(index);
        }
        (flow, !changes.is_empty())
    }

    /// Warns once when the simulator's clock does not move, because then nothing will ever change.
    fn warn_of_frozen_clock(&mut self, index: usize, simulated: bool, at: Timestamp) {
        let tracked = &self.tracked[index];
        let is_frozen = simulated && tracked.last.is_some() && tracked.at == at;
        if is_frozen && !std::mem::replace(&mut self.warned_of_frozen_clock, true) {
            self.context.warn(
                "the simulator's clock is frozen, so nothing will change: `sendivent simulator clock resume`",
            );
        }
    }

    fn report_settled(&self, index: usize) -> ControlFlow<()> {
        self.context.reporter.update(&Settled {
            lookup: self.tracked[index].lookup(),
            prints_id: self.options.prints_ids,
        })
    }

    /// Records a failed request. `Some`: go on with the next id. `None`: end the round. `Err`: end the watch.
    fn record_failure(
        &mut self,
        index: usize,
        error: RequestError,
    ) -> Result<Option<ControlFlow<()>>, StopReason> {
        match PollError::from(error) {
            PollError::Fatal(reason) => Err(reason),
            PollError::NotFound => Ok(Some(self.record_not_found(index))),
            PollError::Transient {
                reason,
                retry_after,
            } => self
                .pacer
                .record_failure(reason, retry_after)
                .map(|()| None),
        }
    }

    fn record_not_found(&mut self, index: usize) -> ControlFlow<()> {
        let passed = self.context.host.clock.elapsed().saturating_sub(self.start);
        let tracked = &mut self.tracked[index];
        tracked.unknown_yet = passed < self.options.grace;
        if tracked.unknown_yet {
            return ControlFlow::Continue(());
        }
        tracked.settled = true;
        tracked.missing = true;
        tracked.counts = Counts::default();
        self.report_settled(index)
    }

    /// Returns whether the end of this notification ends the whole watch.
    fn is_finished_by(&self, index: usize) -> bool {
        let tracked = &self.tracked[index];
        (self.options.any && tracked.settled) || (self.options.fail_fast && tracked.counts.bad > 0)
    }

    fn report(self, stop_reason: StopReason) -> WatchReport {
        let is_counted = |tracked: &&Tracked| {
            !self.options.any || stop_reason != StopReason::Settled || tracked.settled
        };
        let counts = self
            .tracked
            .iter()
            .filter(is_counted)
            .fold(Counts::default(), |sum, tracked| sum.merge(tracked.counts));
        let redactor = self.context.redactor;
        WatchReport {
            goal: self.options.goal,
            counts,
            unresolved: 0,
            outage: self.pacer.outage().map(|reason| redactor.text(reason)),
            took: self.context.host.clock.elapsed().saturating_sub(self.start),
            lookups: self.tracked.iter().map(Tracked::lookup).collect(),
            stop_reason,
            program: self.context.program.to_owned(),
            redactor: std::rc::Rc::clone(redactor),
        }
    }
}
