//! Pauses between polls with backoff and jitter, outages, and the limit of consecutive errors.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use super::report::StopReason;
use crate::client::RequestError;
use crate::commands::command::Context;
use crate::host::Interrupt;
use crate::output::{TextWriter, Update};
use crate::redact::Pii;
use crate::text;

/// The pause after the first poll, and after each change. It grows by half while nothing changes.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Paces the polls of `watch`, `send --wait` and `activity --follow`.
pub struct Pacer<'c> {
    context: Context<'c>,
    /// A fixed pause instead of backoff.
    interval: Option<Duration>,
    /// How many polls in a row may fail; none for any number.
    pub(super) max_errors: Option<u32>,
    /// Whether an outage is reported when it begins.
    pub(super) reports_outages: bool,
    pause: Duration,
    /// The shortest next pause, as the service requested.
    retry_after: Duration,
    errors: u32,
    outage: Option<Outage>,
}

struct Outage {
    /// On the run's clock.
    since: Duration,
    reason: String,
}

impl<'c> Pacer<'c> {
    /// Returns a pacer with backoff from 0.5 s to 5 s, or with a fixed pause.
    pub fn new(context: Context<'c>, interval: Option<Duration>) -> Self {
        Self {
            context,
            interval,
            max_errors: None,
            reports_outages: true,
            pause: FIRST_PAUSE,
            retry_after: Duration::ZERO,
            errors: 0,
            outage: None,
        }
    }

    /// Records a successful poll. It ends an outage.
    pub fn record_success(&mut self) {
        self.errors = 0;
        if let Some(outage) = self.outage.take() {
            let after = self.context.host.clock.elapsed();
            let after = after.saturating_sub(outage.since).as_millis();
            let after_ms = u64::try_from(after).unwrap_or(u64::MAX);
            // A closed stdout is noticed at the next result.
            let _ = self.context.reporter.update(&Recovered { after_ms });
        }
    }

    /// Records a failed poll. Breaks when another poll cannot help, or when too many in a row have failed.
    pub fn record_failure(&mut self, error: &RequestError) -> ControlFlow<StopReason> {
        if let Some(stop_reason) = StopReason::of_permanent(error) {
            return ControlFlow::Break(stop_reason);
        }
        let reason = error.to_string();
        self.errors += 1;
        self.retry_after = error.retry_after().unwrap_or_default();
        if self.max_errors == Some(self.errors) {
            return ControlFlow::Break(StopReason::Unavailable(reason));
        }
        match &mut self.outage {
            Some(outage) => outage.reason = reason,
            None => {
                if self.reports_outages {
                    let reason = self.context.redactor.text(reason.clone());
                    let _ = self.context.reporter.update(&OutageStarted { reason });
                }
                self.outage = Some(Outage {
                    since: self.context.host.clock.elapsed(),
                    reason,
                });
            }
        }
        ControlFlow::Continue(())
    }

    /// Returns why the last poll failed, if no later one succeeded.
    pub fn outage(&self) -> Option<&str> {
        self.outage.as_ref().map(|outage| outage.reason.as_str())
    }

    /// Goes back to short pauses: after one change, another may follow soon.
    pub fn record_change(&mut self) {
        self.pause = FIRST_PAUSE;
    }

    /// Waits before the next poll, at most for `limit`, and returns how long it waited.
    pub async fn wait(&mut self, limit: Option<Duration>) -> Result<Duration, Interrupt> {
        let pause = match self.interval {
            Some(interval) => interval,
            // Jitter: watches that began together must not poll in step.
            None => self
                .pause
                .mul_f64(0.9 + 0.2 * self.context.host.entropy.next_f64()),
        };
        let pause = pause.max(std::mem::take(&mut self.retry_after));
        let pause = limit.map_or(pause, |limit| limit.min(pause));
        self.context.host.wait(pause).await?;
        self.pause = self.pause.mul_f64(1.5).min(MAX_PAUSE);
        Ok(pause)
    }
}

/// The first of several polls that fail.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutageStarted {
    reason: Pii<String>,
}

impl Update for OutageStarted {
    const TYPE: Option<&'static str> = Some("outage");

    fn note(&self, out: &mut TextWriter<'_>) {
        let reason = out.style().sanitize(&self.reason);
        out.line(format_args!("no response, retrying: {reason}"));
    }
}

/// The first successful poll after an outage.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Recovered {
    after_ms: u64,
}

impl Update for Recovered {
    const TYPE: Option<&'static str> = Some("recovered");

    fn note(&self, out: &mut TextWriter<'_>) {
        let after = text::format_duration(Duration::from_millis(self.after_ms));
        out.line(format_args!("responding again, after {after}"));
    }
}
