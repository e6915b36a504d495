//! `activity`: the messages that the simulator holds.

use std::collections::HashSet;
use std::time::Duration;

use super::{Context, connect};
use crate::api::Decoded;
use crate::api::control::{ClockState, MessageQuery, MessageRow, MessagesResponse, Statistics};
use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::intent::{Activity, Moment};
use crate::model::from_millis;
use crate::report::{ActivityList, ActivitySource, Audience, Report, Sink, Update};

/// The pause between two looks of `--follow`.
const PAUSE: Duration = Duration::from_millis(500);

/// How far back a look goes again, milliseconds of the service's time: longer than a write takes.
const LOOK_BACK: i64 = 5000;

/// Lists messages, and goes on with what happens if that is asked for.
pub async fn run(
    activity: Activity,
    context: Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    let host = context.host;
    let client = connect::client(context, None)?;
    let selection = select(&activity, &client).await?;
    let page = match activity.limit {
        0 => empty(&client).await?,
        _ => messages(&client, &selection).await?,
    };
    if activity.follow {
        return follow(&activity, selection, page, &client, host, sink).await;
    }
    let statistics = if activity.stats {
        let all = MessageQuery {
            limit: None,
            ..selection
        };
        let found = client
            .control_get::<Statistics>(&["statistics"], &all)
            .await
            .map_err(|error| Error::of_request("the activity", error))?;
        Some(found.body)
    } else {
        None
    };
    Ok(Report::Activity(ActivityList {
        at: from_millis(page.now),
        messages: page.messages,
        more: page.more,
        statistics,
        of: ActivitySource::Simulator,
    }))
}

async fn select(activity: &Activity, client: &Client<'_>) -> Result<MessageQuery, Error> {
    let list = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(","));
    let ago = [activity.since, activity.until]
        .iter()
        .any(|moment| matches!(moment, Some(Moment::Ago(_))));
    // "Two hours ago" is meant on the service's clock.
    let now = if ago { clock(client).await? } else { 0 };
    let time = |moment: Option<Moment>| {
        moment.map(|moment| match moment {
            Moment::At(time) => time.as_millisecond(),
            Moment::Ago(length) => {
                now.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
            }
        })
    };
    Ok(MessageQuery {
        limit: Some(activity.limit),
        since: time(activity.since),
        until: time(activity.until),
        status: list(
            activity
                .statuses
                .iter()
                .map(|status| status.as_str())
                .collect(),
        ),
        channel: list(
            activity
                .channels
                .iter()
                .map(|channel| channel.as_str())
                .collect(),
        ),
        event: activity.event.as_ref().map(ToString::to_string),
        to: activity.to.clone(),
        changed_after: None,
        at_end: None,
    })
}

/// Returns the service's time, milliseconds since the Unix epoch.
async fn clock(client: &Client<'_>) -> Result<i64, Error> {
    let clock: Decoded<ClockState> = client
        .control_get(&["clock"], &())
        .await
        .map_err(|error| Error::of_request("the activity", error))?;
    Ok(clock.body.now)
}

/// Returns the page of a list that nobody wants to see, as `--stats -n 0` does.
async fn empty(client: &Client<'_>) -> Result<MessagesResponse, Error> {
    Ok(MessagesResponse {
        now: clock(client).await?,
        changed_until: None,
        messages: Vec::new(),
        more: false,
    })
}

async fn messages(
    client: &Client<'_>,
    selection: &MessageQuery,
) -> Result<MessagesResponse, Error> {
    let found: Decoded<MessagesResponse> = client
        .control_get(&["messages"], selection)
        .await
        .map_err(|error| Error::of_request("the activity", error))?;
    Ok(found.body)
}

/// Hands on the newest messages, oldest first, and then every change.
async fn follow(
    activity: &Activity,
    mut selection: MessageQuery,
    page: MessagesResponse,
    client: &Client<'_>,
    host: &Host,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    /// How many changes are taken at a time.
    const MOST: u32 = 10_000;
    let mut now = page.now;
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for row in page.messages.into_iter().rev() {
        seen.insert(identity(&row));
        if sink.take(Update::Message(Box::new(row))) == Audience::Gone {
            return Ok(Report::Followed(None));
        }
    }
    selection.limit = Some(MOST);
    let start = now;
    let mut more = false;
    let mut idle = Duration::ZERO;
    loop {
        if let Err(interrupt) = host.wait(PAUSE).await {
            return Ok(Report::Followed(Some(interrupt)));
        }
        idle += PAUSE;
        // A little is looked at again, because another process may have written what it had begun before; what was told is
        // left out.
        let again = if more {
            now
        } else {
            (now - LOOK_BACK).max(start - 1)
        };
        selection.changed_after = Some(again);
        let page = match messages(client, &selection).await {
            Err(Error::Interrupted(interrupt)) => return Ok(Report::Followed(Some(interrupt))),
            page => page?,
        };
        let mut latest = HashSet::new();
        for row in page.messages {
            let identity = identity(&row);
            let new = !seen.contains(&identity);
            latest.insert(identity);
            if new {
                idle = Duration::ZERO;
                if sink.take(Update::Message(Box::new(row))) == Audience::Gone {
                    return Ok(Report::Followed(None));
                }
            }
        }
        more = page.more;
        now = page.changed_until.unwrap_or(page.now);
        seen = latest;
        if activity.idle_timeout.is_some_and(|limit| idle >= limit) {
            return Ok(Report::Followed(None));
        }
    }
}

/// What makes a change of a message one to tell only once: its status, and an error that came later.
fn identity(row: &MessageRow) -> (String, String) {
    let error = row.message.error.as_ref().map_or("", |error| &error.code);
    (
        row.message.id.clone(),
        format!("{} {error}", row.message.status),
    )
}
