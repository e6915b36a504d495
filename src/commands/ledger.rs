//! `activity` of the live service, which documents no listing: what this machine sent, looked at again until it has settled.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::rows::{Row, is_wanted};
use super::{Context, connect, counts};
use crate::api::control::MessageRow;
use crate::client::{AttemptError, Client, RequestError};
use crate::config;
use crate::error::Error;
use crate::intent::{Activity, Moment};
use crate::journal::{Journal, Listing};
use crate::model::from_millis;
use crate::report::{
    ActivityList, ActivitySource, Audience, Freshness, Report, Sink, StopReason, UnresolvedSend,
    Update,
};

/// How many notifications are looked through at most, the newest.
const MOST: u32 = 1000;
/// How many are followed at most: each that has not settled costs a request of every look.
const FOLLOWED: u32 = 100;
/// What is asked for, in words.
const ACTIVITY: &str = "the activity";
/// The pause between two looks of `--follow`. It grows while nothing happens.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Lists what this machine sent, and goes on with what happens if that is asked for.
pub async fn run(
    activity: Activity,
    context: Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    let mut ledger = Ledger::open(&activity, context)?;
    if activity.follow {
        return ledger.follow(sink).await;
    }
    ledger.list().await.map(Report::Activity)
}

struct Ledger<'c> {
    activity: &'c Activity,
    context: Context<'c>,
    /// None for nobody, offline.
    client: Option<Client<'c>>,
    journal: Journal,
    /// Which services the list is about; several offline, where no key tells which one.
    targets: Vec<String>,
    /// Where it was sent to, in words.
    place: String,
}

/// Why a list could not be brought up to date.
struct Stopped {
    ended: StopReason,
    /// How long the service asked to be left alone.
    pause: Duration,
}

impl<'c> Ledger<'c> {
    /// Opens the journal, and the way to the service unless nobody is to be asked, which needs no key.
    fn open(activity: &'c Activity, context: Context<'c>) -> Result<Self, Error> {
        let asked = match activity.offline {
            true => None,
            false => Some(connect::client(context, None)?),
        };
        let journal = connect::journal(context)?.ok_or_else(|| {
            Error::usage(
                "without the simulator, activity lists the journal, which is switched off",
                "Leave --no-journal out.",
            )
        })?;
        let (targets, client, place) = match asked {
            Some(client) => {
                let targets = vec![context.session.service_id(context.host)?];
                (targets, Some(client), connect::place(context)?)
            }
            None => {
                let (profile, _) = config::resolve_profile(&context.session.flags, context.host)?;
                let targets = journal.service_ids(&config::service_id_prefix(&profile));
                let place = format!("any address (profile {profile})");
                (targets.map_err(Error::Journal)?, None, place)
            }
        };
        Ok(Self {
            activity,
            context,
            client,
            journal,
            targets,
            place,
        })
    }
}

impl Ledger<'_> {
    /// Lists what this machine sent.
    async fn list(&mut self) -> Result<ActivityList, Error> {
        let mut rows = self.rows(self.depth())?;
        let refreshed = match self.activity.offline {
            true => Freshness::Offline,
            false => match self.refresh(&mut rows).await? {
                None => Freshness::Yes,
                Some(stopped) => Freshness::Failed(stopped.ended),
            },
        };
        let (simulated, wanted): (Vec<bool>, Vec<_>) = rows
            .iter()
            .flat_map(|row| {
                let messages = row.messages().into_iter();
                messages.map(|message| (row.simulated(), message))
            })
            .filter(|(_, message)| is_wanted(message, self.activity))
            .unzip();
        let limit = usize::try_from(self.activity.limit).unwrap_or(usize::MAX);
        let shown = match self.activity.stats {
            true => usize::MAX,
            false => limit,
        };
        let statistics = self
            .activity
            .stats
            .then(|| counts::statistics(&wanted, self.context.host.clock.now()));
        Ok(ActivityList {
            at: from_millis(self.context.host.clock.now()),
            more: wanted.len() > limit || rows.len() == MOST as usize,
            messages: wanted.into_iter().take(limit).collect(),
            statistics,
            of: ActivitySource::Journal {
                place: self.place.clone(),
                simulated: !simulated.is_empty() && simulated.iter().take(shown).all(|row| *row),
                unknown: self.unknown()?,
                refreshed,
            },
        })
    }

    /// Returns how many notifications a list needs. Without a filter on what the service knows, that is one more than it
    /// shows, which tells whether there are more.
    fn depth(&self) -> u32 {
        let open = !self.activity.stats
            && self.activity.statuses.is_empty()
            && self.activity.channels.is_empty();
        match open {
            true => self.activity.limit.saturating_add(1).min(MOST),
            false => MOST,
        }
    }

    /// Returns what is in no list, because no answer to it was recorded.
    fn unknown(&self) -> Result<Vec<UnresolvedSend>, Error> {
        let sends = self
            .targets
            .iter()
            .map(|service_id| self.journal.unknown(service_id));
        let sends: Result<Vec<_>, _> = sends.collect();
        let mut sends = sends.map_err(Error::Journal)?.concat();
        sends.sort_by_key(|send| Reverse(send.started_at));
        let sends = sends.into_iter().map(|send| UnresolvedSend {
            event: send.event,
            recipient: send.recipient,
            idempotency_key: send.idempotency_key,
        });
        Ok(sends.collect())
    }

    /// Returns what the journal knows of so many notifications, the newest first.
    fn rows(&self, limit: u32) -> Result<Vec<Row>, Error> {
        let now = self.context.host.clock.now();
        let time = |moment: Option<Moment>| {
            moment.map(|moment| match moment {
                Moment::At(time) => time.as_millisecond(),
                Moment::Ago(length) => {
                    now.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
                }
            })
        };
        let listing = Listing {
            since: time(self.activity.since),
            until: time(self.activity.until),
            event: self.activity.event.as_ref().map(ToString::to_string),
            recipient: self.activity.to.clone(),
            limit,
        };
        let found = self.targets.iter();
        let found = found.map(|service_id| self.journal.accepted(service_id, &listing));
        let found: Result<Vec<_>, _> = found.collect();
        let mut found = found.map_err(Error::Journal)?.concat();
        if self.targets.len() > 1 {
            found.sort_by_key(|receipt| Reverse(receipt.started_at));
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(found.into_iter().map(Row::new).collect())
    }

    /// Looks at what has not settled, several at once. Returns why it stopped, if it could not look at all of it.
    async fn refresh(&mut self, rows: &mut [Row]) -> Result<Option<Stopped>, Error> {
        let Some(client) = &self.client else {
            return Ok(None);
        };
        // Whoever follows comes again anyway, at a pace of its own.
        let once = self.activity.follow;
        let no_pii = self.context.session.no_pii;
        let open: Vec<(usize, String)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.settled())
            .map(|(index, row)| (index, row.id().to_owned()))
            .collect();
        let mut seen = Vec::new();
        let mut stopped = None;
        {
            let looks = open.iter().map(async |(index, id)| match once {
                true => (*index, client.notification_attempt(id).await),
                false => (*index, client.notification(id).await),
            });
            let mut looks = pin!(stream::iter(looks).buffered(client.concurrency()));
            while let Some((index, outcome)) = looks.next().await {
                match outcome {
                    Ok(found) => seen.push(rows[index].record_snapshot(found.body, no_pii)),
                    // Forgotten by the service, or an id of an older kind: what is known stays.
                    Err(error) if error.is_rejected_with(404) => {}
                    Err(error) => {
                        stopped = Some(Stopped::of(error, once));
                        break;
                    }
                }
            }
        }
        if !seen.is_empty() {
            self.journal
                .record_snapshots(&seen)
                .map_err(Error::Journal)?;
        }
        Ok(stopped)
    }

    /// Hands on the newest messages, oldest first, and then every change, through outages.
    async fn follow(&mut self, sink: &mut dyn Sink) -> Result<Report, Error> {
        let mut told: Option<HashSet<(String, String)>> = None;
        let mut pause = FIRST_PAUSE;
        let mut outage: Option<(Duration, String)> = None;
        let mut idle = Duration::ZERO;
        let host = self.context.host;
        let depth = self.activity.limit.clamp(FOLLOWED, MOST);
        loop {
            let mut rows = self.rows(depth)?;
            let stopped = self.refresh(&mut rows).await?;
            let least = stopped.as_ref().map_or(Duration::ZERO, |stop| stop.pause);
            let now = host.clock.elapsed();
            match (stopped.map(|stop| stop.ended), &outage) {
                (Some(StopReason::Interrupted(interrupt)), _) => {
                    return Ok(Report::Followed(Some(interrupt)));
                }
                (Some(StopReason::Refused(api_error)), _) => {
                    return Err(Error::refused(ACTIVITY, api_error));
                }
                (Some(StopReason::Unavailable(reason)), None) => {
                    outage = Some((now, reason.clone()));
                    sink.take(Update::Outage { reason });
                }
                (None, Some((since, _))) => {
                    let after = now.saturating_sub(*since);
                    outage = None;
                    sink.take(Update::Recovered { after });
                }
                _ => {}
            }
            let news = self.news(&rows, &mut told);
            let quiet = news.is_empty();
            for message in news {
                if sink.take(Update::Message(Box::new(message))) == Audience::Gone {
                    return Ok(Report::Followed(None));
                }
            }
            (idle, pause) = match quiet {
                true => (idle, pause.mul_f64(1.5).min(LONGEST_PAUSE)),
                false => (Duration::ZERO, FIRST_PAUSE),
            };
            let limit = self.activity.idle_timeout;
            if limit.is_some_and(|limit| idle >= limit) {
                return idled(outage.map(|(_, reason)| reason));
            }
            // An end that was asked for is not waited past.
            let left = limit.map_or(Duration::MAX, |limit| limit.saturating_sub(idle));
            let length = pause.max(least).min(left);
            if let Err(interrupt) = host.wait(length).await {
                return Ok(Report::Followed(Some(interrupt)));
            }
            idle += length;
        }
    }

    /// Returns the messages that are new or have changed, oldest first. The first time these are the newest that a list
    /// would show.
    fn news(&self, rows: &[Row], told: &mut Option<HashSet<(String, String)>>) -> Vec<MessageRow> {
        let wanted = rows.iter().flat_map(Row::messages);
        let wanted = wanted.filter(|row| is_wanted(row, self.activity));
        let limit = match told {
            None => usize::try_from(self.activity.limit).unwrap_or(usize::MAX),
            Some(_) => usize::MAX,
        };
        let told = told.get_or_insert_default();
        let new = wanted.filter(|row| told.insert(Row::identity(row)));
        let mut news: Vec<MessageRow> = new.collect();
        news.truncate(limit);
        news.reverse();
        news
    }
}

/// Returns what a list ends with that nothing was added to for long. In an outage nobody knows whether nothing happened.
fn idled(outage: Option<String>) -> Result<Report, Error> {
    match outage {
        None => Ok(Report::Followed(None)),
        Some(reason) => Err(Error::Unavailable {
            what: ACTIVITY.to_owned(),
            reason,
            advice: None,
        }),
    }
}

impl Stopped {
    /// A rate that stays limited is trouble that passes to whoever comes again, and the end for who does not.
    fn of(error: RequestError, comes_again: bool) -> Self {
        let pause = error.retry_after().unwrap_or_default();
        let reason = error.to_string();
        let is_rejection = error.rejection().is_some();
        let ended = match error.cause {
            AttemptError::Api(api_error) if api_error.is_from_intermediary() => {
                StopReason::Unavailable(reason)
            }
            AttemptError::Api(api_error)
                if is_rejection || (api_error.status == 429 && !comes_again) =>
            {
                StopReason::Refused(api_error)
            }
            AttemptError::Interrupted(interrupt) => StopReason::Interrupted(interrupt),
            AttemptError::Api(_)
            | AttemptError::Decode(_)
            | AttemptError::Transport(_)
            | AttemptError::DeadlineExceeded
            | AttemptError::Encode(_) => StopReason::Unavailable(reason),
        };
        Self { ended, pause }
    }
}
