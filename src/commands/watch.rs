//! `watch`: follows notifications, given ones or those of the journal.

use std::time::Duration;

use super::addressee::{Addressees, addressed};
use super::{Context, connect, follow};
use crate::error::Error;
use crate::intent::Watch;
use crate::model::{Goal, Tally};
use crate::report::{Ended, Report, Sink, Watched};

/// Follows notifications.
pub async fn run(watch: Watch, context: Context<'_>, sink: &mut dyn Sink) -> Result<Report, Error> {
    let Watch { ids, following } = watch;
    let world = context.world;
    let meant = connect::meant(ids, context, sink)?;
    let deadline = following
        .timeout
        .filter(|timeout| !timeout.is_zero())
        .map(|timeout| world.clock.elapsed() + timeout);
    let client = connect::client(context, deadline)?;
    let known = Addressees::new(context);
    let look = async |id: &str| {
        let found = client.notification_once(id).await;
        found.map(|found| addressed(found, |id| known.of(id)))
    };
    let watched = follow::follow(meant.ids, &following, world, client.at_once(), look, sink).await;
    connect::warn_of_others(&watched.found, context, sink);
    Ok(Report::Watched(Watched {
        unknown: meant.unknown,
        ..watched
    }))
}

/// Returns what a watch found that was not begun, because nobody reads what it would tell.
pub fn not_followed(count: usize, goal: Goal) -> Watched {
    Watched {
        goal,
        found: Vec::new(),
        tally: Tally {
            pending: count,
            ..Tally::default()
        },
        unknown: 0,
        ended: Ended::NobodyReads,
        fault: None,
        took: Duration::ZERO,
    }
}
