//! Pauses between polls, with backoff and jitter. Also tracks outages, and limits how many polls in a row may fail.

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

/// The pause after the first poll and after each change. While nothing changes, each pause is 1.5 times as long as the
/// previous pause, up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// The state of one polling loop: the pause between polls, and the current outage.
pub struct Pacer<'c> {
    context: Context<'c>,
    /// The fixed pause between polls; `None` for backoff.
    interval: Option<Duration>,
    /// Stop after this many failed polls in a row; `None` for no limit.
    pub(super) max_errors: Option<u32>,
    /// Whether the start of an outage is printed as an update.
    pub(super) reports_outages: bool,
    pause: Duration,
    /// The minimum length of the next pause: the `Retry-After` of the last failed poll, or zero.
    retry_after: Duration,
    errors: u32,
    outage: Option<Outage>,
}

struct Outage {
    /// When the first poll of the outage failed, as a value of `Clock::elapsed`.
    since: Duration,
    reason: String,
}

impl<'c> Pacer<'c> {
    /// Creates a pacer with the fixed pause `interval`, or with backoff from 0.5 s to 5 s if `interval` is `None`.
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

    /// Records a successful poll. If this ends an outage, prints an update.
    pub fn record_success(&mut self) {
        self.errors = 0;
        if let Some(outage) = self.outage.take() {
            let after = self.context.host.clock.elapsed();
            let after = after.saturating_sub(outage.since).as_millis();
            let after_ms = u64::try_from(after).unwrap_or(u64::MAX);
            // A closed stdout is detected when the next result is printed.
            let _ = self.context.reporter.update(&Recovered { after_ms });
        }
    }

    /// Records a failed poll. Breaks if another poll cannot succeed, or if too many polls in a row have failed.
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

    /// Returns why the last poll failed; `None` if it succeeded.
    pub fn outage(&self) -> Option<&str> {
        self.outage.as_ref().map(|outage| outage.reason.as_str())
    }

    /// Resets the pause to [`FIRST_PAUSE`], because another change may follow soon.
    pub fn record_change(&mut self) {
        self.pause = FIRST_PAUSE;
    }

    /// Waits before the next poll, at most for `limit` (`None` for no limit). Returns how long it waited, or the signal
    /// that ended the wait.
    pub async fn wait(&mut self, limit: Option<Duration>) -> Result<Duration, Interrupt> {
        let pause = match self.interval {
            Some(interval) => interval,
            // Jitter spreads the polls of processes that started together.
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

/// The first failed poll of an outage.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutageStarted {
    reason: Pii<String>,
}

impl Update for OutageStarted {
    const TYPE: Option<&'static str> = Some("outage");

    fn note(&self, out: &mut TextWriter<'_>) {
        let reason = out.style().sanitize(&self.reason);
        out.line(format_args!("polling failed, retrying: {reason}"));
    }
}

/// The first successful poll after an outage.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Recovered {
    /// How long the outage lasted, in milliseconds of real time.
    after_ms: u64,
}

impl Update for Recovered {
    const TYPE: Option<&'static str> = Some("recovered");

    fn note(&self, out: &mut TextWriter<'_>) {
        let after = text::format_duration(Duration::from_millis(self.after_ms));
        out.line(format_args!("responding again, after {after}"));
    }
}
