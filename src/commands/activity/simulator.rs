//! `activity --simulate`: lists the messages of the simulator, with requests to its control plane.

use std::collections::HashSet;
use std::time::Duration;

use super::follow::{ACTIVITY, follow};
use super::input::Input;
use super::recorded::change_key;
use super::report::{ActivityList, ActivityReport};
use crate::api::control::{ClockState, MessageQuery, MessagesResponse, Statistics};
use crate::client::Client;
use crate::commands::args::values::Moment;
use crate::commands::command::Context;
use crate::commands::poll::Pacer;
use crate::error::Error;
use crate::host::Interrupt;
use crate::model::Timestamp;

/// The pause between polls of `--follow`, in real time. It can be short because these polls do not use the network.
const PAUSE: Duration = Duration::from_millis(500);

/// How far each poll of `--follow` overlaps with the previous poll, in milliseconds of virtual time. Without this
/// overlap, polls would miss changes that another process was still writing during the previous poll.
const OVERLAP: i64 = 5000;

/// The maximum number of changes that one poll of `--follow` returns.
const MAX_CHANGES: u32 = 10_000;

pub async fn run(input: &Input, context: Context<'_>) -> Result<ActivityReport, Error> {
    let client = context.client(None)?;
    let query = query(input, &client).await?;
    let page = match input.limit {
        // `--stats -n 0` lists nothing.
        0 => MessagesResponse {
            at: virtual_time(&client).await?,
            changed_until: None,
            messages: Vec::new(),
            more: false,
        },
        _ => get(&client, "messages", &query).await?,
    };
    if input.follow {
        let interrupted = follow_changes(input, query, page, &client, context).await?;
        return Ok(ActivityReport::followed(interrupted));
    }
    let statistics = match input.stats {
        true => {
            let all = MessageQuery {
                limit: None,
                ..query
            };
            Some(get::<Statistics>(&client, "statistics", &all).await?)
        }
        false => None,
    };
    let redactor = context.redactor;
    let messages = page.messages.into_iter();
    Ok(ActivityReport::List(ActivityList {
        at: page.at,
        messages: messages.map(|row| redactor.message_row(row)).collect(),
        more: page.more,
        statistics,
        of: "simulator",
        refreshed: None,
        unknown_outcomes: 0,
        journal: None,
    }))
}

async fn query(input: &Input, client: &Client<'_>) -> Result<MessageQuery, Error> {
    let is_relative = |moment: &Option<Moment>| matches!(moment, Some(Moment::Ago(_)));
    // A relative time such as `2h` counts from the simulator's clock.
    let now = match is_relative(&input.since) || is_relative(&input.until) {
        true => virtual_time(client).await?.as_millisecond(),
        false => 0,
    };
    let list = |names: Vec<&str>| (!names.is_empty()).then(|| names.join(","));
    let statuses = input.statuses.iter().map(|status| status.as_str());
    let channels = input.channels.iter().map(|channel| channel.as_str());
    Ok(MessageQuery {
        limit: Some(input.limit),
        since: input.since.map(|moment| moment.to_millis(now)),
        until: input.until.map(|moment| moment.to_millis(now)),
        status: list(statuses.collect()),
        channel: list(channels.collect()),
        event: input.event.as_ref().map(ToString::to_string),
        to: input.recipient.clone(),
        changed_after: None,
        at_end: None,
    })
}

async fn virtual_time(client: &Client<'_>) -> Result<Timestamp, Error> {
    let clock: ClockState = get(client, "clock", &()).await?;
    Ok(clock.virtual_time)
}

async fn get<T: serde::de::DeserializeOwned>(
    client: &Client<'_>,
    path: &str,
    query: &impl serde::Serialize,
) -> Result<T, Error> {
    let response = client.control_get(&[path], query).await;
    let response = response.map_err(|failure| Error::of_request(ACTIVITY, failure))?;
    Ok(response.body)
}

async fn follow_changes(
    input: &Input,
    mut query: MessageQuery,
    page: MessagesResponse,
    client: &Client<'_>,
    context: Context<'_>,
) -> Result<Option<Interrupt>, Error> {
    query.limit = Some(MAX_CHANGES);
    let start = page.at.as_millisecond();
    let mut latest = start;
    let mut has_more = false;
    let mut reported = HashSet::new();
    let mut first = Some(page.messages);
    let poll = async |_: &mut Pacer<'_>| {
        if let Some(mut newest) = first.take() {
            newest.reverse();
            reported = newest.iter().map(change_key).collect();
            return Ok(newest);
        }
        query.changed_after = Some(match has_more {
            true => latest,
            false => (latest - OVERLAP).max(start - 1),
        });
        let page: MessagesResponse = get(client, "messages", &query).await?;
        has_more = page.more;
        latest = page.changed_until.unwrap_or(page.at.as_millisecond());
        let mut keys = HashSet::new();
        let mut changes = page.messages;
        changes.retain(|row| {
            let key = change_key(row);
            let is_new = !reported.contains(&key);
            keys.insert(key);
            is_new
        });
        // The next poll returns no changes older than these, so older keys are not needed.
        reported = keys;
        Ok(changes)
    };
    let pacer = Pacer::new(context, Some(PAUSE));
    follow(input.idle_timeout, pacer, context, poll).await
}
