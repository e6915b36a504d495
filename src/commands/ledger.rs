//! `activity` of the live service, for which no listing is documented: what this machine sent, each notification that has
//! not settled looked at again.

use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::rows::{Row, is_wanted};
use super::{Context, connect, tally};
use crate::client::{Client, Failure};
use crate::error::Error;
use crate::intent::{Activity, Moment};
use crate::journal::{Journal, Listing};
use crate::model::from_millis;
use crate::report::{ActivityList, Audience, Ended, Of, Refreshed, Report, Sink, Update};

/// How many notifications are looked through at most, the newest.
const MOST: u32 = 1000;
/// The pause between two looks of `--follow`. It grows while nothing happens.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Lists what this machine sent, and goes on with what happens if that is asked for.
pub async fn run(
    activity: Activity,
    context: Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    let target = context.session.target(context.world)?;
    let journal = connect::journal(context)?.ok_or_else(|| {
        Error::usage(
            "without the simulator, activity lists the journal, which is switched off",
            "Leave --no-journal out.",
        )
    })?;
    let mut ledger = Ledger {
        activity: &activity,
        context,
        client: connect::client(context, None)?,
        journal,
        target,
    };
    if activity.follow {
        return ledger.follow(sink).await;
    }
    let mut rows = ledger.rows()?;
    let refreshed = match activity.offline {
        true => Refreshed::Offline,
        false => match ledger.refresh(&mut rows).await? {
            None => Refreshed::Yes,
            Some(ended) => Refreshed::Failed(ended),
        },
    };
    let wanted: Vec<_> = rows
        .iter()
        .flat_map(Row::messages)
        .filter(|row| is_wanted(row, &activity))
        .collect();
    let limit = usize::try_from(activity.limit).unwrap_or(usize::MAX);
    let statistics = activity
        .stats
        .then(|| tally::statistics(&wanted, context.world.clock.now()));
    Ok(Report::Activity(ActivityList {
        at: from_millis(context.world.clock.now()),
        more: wanted.len() > limit || rows.len() == MOST as usize,
        messages: wanted.into_iter().take(limit).collect(),
        statistics,
        of: Of::Journal {
            unknown: ledger
                .journal
                .unknown(&ledger.target)
                .map_err(Error::Journal)?,
            refreshed,
        },
    }))
}

struct Ledger<'c> {
    activity: &'c Activity,
    context: Context<'c>,
    client: Client<'c>,
    journal: Journal,
    target: String,
}

impl Ledger<'_> {
    /// Returns what the journal knows, the newest first.
    fn rows(&self) -> Result<Vec<Row>, Error> {
        let now = self.context.world.clock.now();
        let time = |moment: Option<Moment>| {
            moment.map(|moment| match moment {
                Moment::At(time) => time.as_millisecond(),
                Moment::Ago(length) => {
                    now.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
                }
            })
        };
        // Without a filter on what the service knows, more than the list shows need not be looked at.
        let open = !self.activity.stats
            && self.activity.statuses.is_empty()
            && self.activity.channels.is_empty();
        let listing = Listing {
            since: time(self.activity.since),
            until: time(self.activity.until),
            event: self.activity.event.as_ref().map(ToString::to_string),
            recipient: self.activity.to.clone(),
            limit: if open {
                self.activity.limit.saturating_add(1).min(MOST)
            } else {
                MOST
            },
        };
        let found = self
            .journal
            .accepted(&self.target, &listing)
            .map_err(Error::Journal)?;
        Ok(found.into_iter().map(Row::new).collect())
    }

    /// Looks at what has not settled, several at once. Returns why it stopped, if it could not look at all of it.
    async fn refresh(&mut self, rows: &mut [Row]) -> Result<Option<Ended>, Error> {
        let client = &self.client;
        let open: Vec<(usize, String)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.settled())
            .map(|(index, row)| (index, row.id().to_owned()))
            .collect();
        let mut seen = Vec::new();
        let mut stopped = None;
        {
            let looks = open
                .iter()
                .map(async |(index, id)| (*index, client.notification_once(id).await));
            let mut looks = pin!(stream::iter(looks).buffered(client.at_once()));
            while let Some((index, outcome)) = looks.next().await {
                match outcome {
                    Ok(found) => seen.push(rows[index].saw(found.body)),
                    // Forgotten by the service, or an id of an older kind: what is known stays.
                    Err(Failure::Refused(refusal)) if refusal.status == 404 => {}
                    Err(failure) => {
                        stopped = Some(end_of(failure));
                        break;
                    }
                }
            }
        }
        if !seen.is_empty() {
            self.journal.saw(&seen).map_err(Error::Journal)?;
        }
        Ok(stopped)
    }

    /// Hands on the newest messages, oldest first, and then every change, through outages.
    async fn follow(&mut self, sink: &mut dyn Sink) -> Result<Report, Error> {
        let mut told: HashSet<(String, String)> = HashSet::new();
        let mut pause = FIRST_PAUSE;
        let mut outage: Option<Duration> = None;
        let mut idle = Duration::ZERO;
        let world = self.context.world;
        loop {
            let mut rows = self.rows()?;
            let refreshed = match self.activity.offline {
                true => None,
                false => self.refresh(&mut rows).await?,
            };
            match (refreshed, outage) {
                (Some(Ended::Interrupted(interrupt)), _) => {
                    return Ok(Report::Followed(Some(interrupt)));
                }
                (Some(Ended::Refused(refusal)), _) => {
                    let what = "the activity".to_owned();
                    return Err(Error::Refused { what, refusal });
                }
                (Some(Ended::Unavailable(reason)), None) => {
                    outage = Some(world.clock.elapsed());
                    sink.take(Update::Outage { reason });
                }
                (None, Some(since)) => {
                    outage = None;
                    let after = world.clock.elapsed().saturating_sub(since);
                    sink.take(Update::Recovered { after });
                }
                _ => {}
            }
            let mut news = false;
            for row in rows.iter().rev() {
                for message in row.messages() {
                    if is_wanted(&message, self.activity) && told.insert(Row::identity(&message)) {
                        news = true;
                        if sink.take(Update::Message(Box::new(message))) == Audience::Gone {
                            return Ok(Report::Followed(None));
                        }
                    }
                }
            }
            idle = if news { Duration::ZERO } else { idle };
            pause = match news {
                true => FIRST_PAUSE,
                false => pause.mul_f64(1.5).min(LONGEST_PAUSE),
            };
            if self
                .activity
                .idle_timeout
                .is_some_and(|limit| idle >= limit)
            {
                return Ok(Report::Followed(None));
            }
            if let Err(interrupt) = world.wait(pause).await {
                return Ok(Report::Followed(Some(interrupt)));
            }
            idle += pause;
        }
    }
}

fn end_of(failure: Failure) -> Ended {
    match failure {
        Failure::Refused(refusal) if refusal.is_of_another() => {
            Ended::Unavailable(refusal.to_string())
        }
        Failure::Refused(refusal) => Ended::Refused(refusal),
        Failure::Interrupted(interrupt) => Ended::Interrupted(interrupt),
        Failure::NotUnderstood(_) | Failure::GaveUp { .. } => {
            Ended::Unavailable(failure.to_string())
        }
    }
}
