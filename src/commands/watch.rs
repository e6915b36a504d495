//! `watch`: follows notifications, given ones or those of the journal.

use std::time::Duration;

use super::addressee::{Addressees, addressed};
use super::{Context, connect, follow};
use crate::error::Error;
use crate::intent::Watch;
use crate::model::{Counts, Goal};
use crate::report::{Report, Sink, StopReason, Watched};

/// Follows notifications.
pub async fn run(watch: Watch, context: Context<'_>, sink: &mut dyn Sink) -> Result<Report, Error> {
    let Watch { ids, following } = watch;
    let host = context.host;
    let meant = connect::meant(ids, context, sink)?;
    let deadline = following
        .timeout
        .filter(|timeout| !timeout.is_zero())
        .map(|timeout| host.clock.elapsed() + timeout);
    let client = connect::client(context, deadline)?;
    let known = Addressees::new(context);
    let look = async |id: &str| {
        let found = client.notification_attempt(id).await;
        found.map(|found| addressed(found, |id| known.of(id)))
    };
    let watched = follow::follow(
        meant.ids,
        &following,
        host,
        client.concurrency(),
        look,
        sink,
    )
    .await;
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
        counts: Counts {
            pending: count,
            ..Counts::default()
        },
        unknown: 0,
        ended: StopReason::NobodyReads,
        fault: None,
        took: Duration::ZERO,
    }
}
