//! What `watch` and the wait of `send` do: one loop over all notifications, until they settle.

use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::changes::changes;
use super::track::Track;
use crate::api::{ApiError, Decoded};
use crate::client::{AttemptError, RequestError};
use crate::host::Host;
use crate::intent::Following;
use crate::model::{Counts, Notification, Timestamp, from_millis};
use crate::report::{Audience, Sink, StopReason, Update, Watched};

/// The pause after the first look. It grows by half each time nothing changed.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Follows notifications until they settle as `following` says. `look` looks at one of them, once; so many looks may be
/// under way `concurrency`.
pub async fn follow(
    ids: Vec<String>,
    following: &Following,
    host: &Host,
    concurrency: usize,
    look: impl AsyncFn(&str) -> Result<Decoded<Notification>, RequestError>,
    sink: &mut dyn Sink,
) -> Watched {
    let now = from_millis(host.clock.now());
    sink.take(Update::Watching { ids: ids.clone() });
    let mut watch = Loop {
        following,
        host,
        concurrency,
        sink,
        tracks: ids.into_iter().map(|id| Track::new(id, now)).collect(),
        start: host.clock.elapsed(),
        errors: 0,
        outage: None,
        failure: None,
        asked: Duration::ZERO,
        warned: false,
    };
    let ended = watch.run(look).await;
    watch.report(ended)
}

struct Loop<'a> {
    following: &'a Following,
    host: &'a Host,
    concurrency: usize,
    sink: &'a mut dyn Sink,
    tracks: Vec<Track>,
    start: Duration,
    /// Looks in a row that failed.
    errors: u32,
    /// When the service stopped answering, on the run's clock.
    outage: Option<Duration>,
    /// Why the last look failed that did.
    failure: Option<String>,
    /// How long the service asked to be left alone.
    asked: Duration,
    /// Whether it was said that the simulator's clock stands.
    warned: bool,
}

/// What one round of looks came to.
enum Round {
    /// Something changed, so that the next look should come soon.
    Changed,
    /// All as before.
    Same,
    /// The watch is over.
    StopReason(StopReason),
}

impl Loop<'_> {
    async fn run(
        &mut self,
        look: impl AsyncFn(&str) -> Result<Decoded<Notification>, RequestError>,
    ) -> StopReason {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.round(&look).await {
                Round::StopReason(ended) => return ended,
                Round::Changed => pause = FIRST_PAUSE,
                Round::Same => {}
            }
            if self.following.timeout == Some(Duration::ZERO) {
                return match self.failure.take() {
                    // No look succeeded: that is no verdict.
                    Some(reason) if self.outage.is_some() => StopReason::Unavailable(reason),
                    Some(_) | None => StopReason::LookedOnce,
                };
            }
            let remaining = self.remaining();
            if remaining == Some(Duration::ZERO) {
                return self.too_late();
            }
            let chosen = match self.following.interval {
                Some(interval) => interval,
                None => pause.mul_f64(0.9 + 0.2 * self.host.entropy.next_f64()),
            };
            let chosen = chosen.max(std::mem::take(&mut self.asked));
            let wait = remaining.map_or(chosen, |remaining| remaining.min(chosen));
            if let Err(interrupt) = self.host.wait(wait).await {
                return StopReason::Interrupted(interrupt);
            }
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    /// Returns the end of a watch whose time is up. Without one look that succeeded there is no verdict to wait for.
    fn too_late(&mut self) -> StopReason {
        let unknown = |track: &Track| {
            let told = track.unknown_yet.then(|| track.id.clone());
            told.map(|id| format!("the service does not know {id} yet (HTTP 404)"))
        };
        let unknown: Vec<String> = self.tracks.iter().filter_map(unknown).collect();
        let nothing = self
            .tracks
            .iter()
            .all(|track| track.last.is_none() && !track.missing);
        let reason = unknown.first().or(self.failure.as_ref());
        match reason {
            Some(reason) if nothing => StopReason::Unavailable(reason.clone()),
            Some(_) | None => {
                for text in unknown {
                    self.sink.take(Update::Warning(text));
                }
                StopReason::Deadline
            }
        }
    }

    /// Returns how much time is left; none for no end. A watch that looks once has the time of its one look.
    fn remaining(&self) -> Option<Duration> {
        let timeout = self
            .following
            .timeout
            .filter(|timeout| !timeout.is_zero())?;
        let passed = self.host.clock.elapsed().saturating_sub(self.start);
        Some(timeout.saturating_sub(passed))
    }

    /// Looks once at everything that has not settled.
    async fn round(
        &mut self,
        look: &impl AsyncFn(&str) -> Result<Decoded<Notification>, RequestError>,
    ) -> Round {
        let mut changed = false;
        let open = self.tracks.iter().enumerate();
        let open: Vec<(usize, String)> = open
            .filter(|(_, track)| !track.settled)
            .map(|(index, track)| (index, track.id.clone()))
            .collect();
        let looks = open
            .iter()
            .map(async |(index, id)| (*index, look(id).await));
        let mut looks = pin!(stream::iter(looks).buffered(self.concurrency));
        while let Some((index, outcome)) = looks.next().await {
            let audience = match outcome {
                Ok(found) => {
                    self.recovered();
                    let (audience, news) = self.observe(index, found);
                    changed |= news;
                    audience
                }
                // Time ran out in the middle: that says nothing of the service.
                Err(error) if error.has_given_up() && self.remaining() == Some(Duration::ZERO) => {
                    self.failure.get_or_insert_with(|| error.to_string());
                    return Round::Same;
                }
                Err(error) => match self.failed(index, error) {
                    // The others would fail the same way: leave the service alone until the next round.
                    Ok(Some(audience)) => audience,
                    Ok(None) => return Round::Same,
                    Err(ended) => return Round::StopReason(ended),
                },
            };
            if audience == Audience::Gone {
                return Round::StopReason(StopReason::NobodyReads);
            }
            if self.over(index) {
                return Round::StopReason(StopReason::Settled);
            }
        }
        if let Some(latest) = self.tracks.iter().map(|track| track.at).max() {
            self.sink.take(Update::Tick(latest));
        }
        if self.tracks.iter().all(|track| track.settled) {
            Round::StopReason(StopReason::Settled)
        } else if changed {
            Round::Changed
        } else {
            Round::Same
        }
    }

    /// Takes in a look: tells what changed, and whether anything did.
    fn observe(&mut self, index: usize, found: Decoded<Notification>) -> (Audience, bool) {
        let at = found
            .answered_at
            .unwrap_or_else(|| from_millis(self.host.clock.now()));
        self.clock_stands(index, found.simulated, at);
        let track = &mut self.tracks[index];
        let changes = changes(track.last.as_ref(), &found.body, at);
        track.counts = Counts::of(&found.body, self.following.goal);
        track.settled = track.counts.is_settled();
        track.at = at;
        track.unknown_yet = false;
        track.last = Some(found.body);
        let news = !changes.is_empty();
        let mut audience = Audience::Listening;
        for change in changes {
            audience = self.sink.take(Update::Change(change));
        }
        if self.tracks[index].settled {
            audience = self.settled(index);
        }
        (audience, news)
    }

    /// Warns once when the simulator's clock stands, for then nothing will ever change.
    fn clock_stands(&mut self, index: usize, simulated: bool, at: Timestamp) {
        let track = &self.tracks[index];
        if simulated && track.last.is_some() && track.at == at && !self.warned {
            self.warned = true;
            self.sink.take(Update::Warning(
                "the simulator's clock stands, so nothing will change: `sendivent simulator clock resume`"
                    .to_owned(),
            ));
        }
    }

    fn settled(&mut self, index: usize) -> Audience {
        let track = &self.tracks[index];
        self.sink.take(Update::Settled {
            found: track.found(),
            counts: track.counts,
        })
    }

    /// Takes in a look that failed: the audience if the watch goes on with the next id, none if the round is over.
    fn failed(
        &mut self,
        index: usize,
        error: RequestError,
    ) -> Result<Option<Audience>, StopReason> {
        let reason = error.to_string();
        let retry_after = error.retry_after();
        let is_rejection = error.rejection().is_some();
        match error.cause {
            AttemptError::Interrupted(interrupt) => Err(StopReason::Interrupted(interrupt)),
            // A network that requires a login comes and goes.
            AttemptError::Api(api_error) if is_rejection && !api_error.is_from_intermediary() => {
                self.refused(index, api_error).map(Some)
            }
            AttemptError::Encode(_) => Err(StopReason::Unavailable(reason)),
            AttemptError::Api(_)
            | AttemptError::Decode(_)
            | AttemptError::Transport(_)
            | AttemptError::DeadlineExceeded => self.outage(reason, retry_after),
        }
    }

    fn refused(&mut self, index: usize, api_error: Box<ApiError>) -> Result<Audience, StopReason> {
        if api_error.status != 404 {
            return Err(StopReason::Refused(api_error));
        }
        let passed = self.host.clock.elapsed().saturating_sub(self.start);
        let track = &mut self.tracks[index];
        track.unknown_yet = passed < self.following.grace;
        if track.unknown_yet {
            return Ok(Audience::Listening);
        }
        track.settled = true;
        track.missing = true;
        track.counts = Counts::default();
        Ok(self.settled(index))
    }

    fn outage(
        &mut self,
        reason: String,
        retry_after: Option<Duration>,
    ) -> Result<Option<Audience>, StopReason> {
        self.errors += 1;
        self.failure = Some(reason.clone());
        self.asked = retry_after.unwrap_or_default();
        if self.following.max_errors == Some(self.errors) {
            return Err(StopReason::Unavailable(reason));
        }
        if self.outage.is_none() {
            self.outage = Some(self.host.clock.elapsed());
            // A watch that looks once tells it as its end.
            if self.following.timeout != Some(Duration::ZERO) {
                self.sink.take(Update::Outage { reason });
            }
        }
        Ok(None)
    }

    fn recovered(&mut self) {
        self.errors = 0;
        if let Some(since) = self.outage.take() {
            let after = self.host.clock.elapsed().saturating_sub(since);
            self.sink.take(Update::Recovered { after });
        }
    }

    /// Returns whether what this notification came to ends the whole watch.
    fn over(&self, index: usize) -> bool {
        let track = &self.tracks[index];
        (self.following.any && track.settled) || (self.following.fail_fast && track.counts.bad > 0)
    }

    fn report(self, ended: StopReason) -> Watched {
        let counted =
            |track: &&Track| !self.following.any || ended != StopReason::Settled || track.settled;
        let counts = self
            .tracks
            .iter()
            .filter(counted)
            .fold(Counts::default(), |sum, track| sum.merge(track.counts));
        Watched {
            goal: self.following.goal,
            counts,
            unknown: 0,
            fault: self.failure.filter(|_| self.outage.is_some()),
            took: self.host.clock.elapsed().saturating_sub(self.start),
            found: self.tracks.iter().map(Track::found).collect(),
            ended,
        }
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
