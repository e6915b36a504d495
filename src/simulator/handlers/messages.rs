//! Control-plane handlers that list messages, count them, and return the timelines of a notification's messages.

use crate::api::control::{MessageTimeline, MessagesResponse, TimelineResponse, TimelineStep};
use crate::model::{MessageStatus, from_millis};
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams, QueryParams};
use crate::simulator::handlers::notifications;
use crate::simulator::respond::ok;
use crate::simulator::store::{Filter, Reader, Scope};
use crate::text;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 10_000;

/// The query parameters of the list of messages and of the statistics.
struct Selection {
    filter: Filter,
    limit: usize,
    /// Whether to return the messages as they will be at the end of their timelines, instead of as they are now.
    at_end: bool,
}

pub async fn list(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let selection = Selection::parse(&query_params)?;
    let (now, body) = scope
        .read_in_background(move |reader| {
            Ok(MessagesResponse {
                at: from_millis(reader.now),
                ..selection
                    .reader(reader)
                    .messages(&selection.filter, selection.limit)?
            })
        })
        .await?;
    Ok(ok(now, &body))
}

pub async fn statistics(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let selection = Selection::parse(&query_params)?;
    let (now, body) = scope
        .read_in_background(move |reader| selection.reader(reader).statistics(&selection.filter))
        .await?;
    Ok(ok(now, &body))
}

pub async fn timeline(scope: Scope, id: PathParams) -> HandlerResult {
    let (now, (message, _)) = notifications::find(&scope, id).await?;
    let steps = message.timeline.steps().into_iter();
    let steps = steps.map(|step| TimelineStep {
        at: from_millis(step.at),
        status: step.status,
        reason: step.reason.map(|reason| reason.code().to_owned()),
        due: step.at <= now,
    });
    let body = TimelineResponse {
        id: message.notification.to_string(),
        at: from_millis(now),
        messages: vec![MessageTimeline {
            message_id: message.id().to_string(),
            channel: message.channel,
            recipient: message.recipient,
            decided_by: message.decided_by,
            steps: steps.collect(),
        }],
    };
    Ok(ok(now, &body))
}

impl Selection {
    fn parse(query_params: &QueryParams) -> Result<Self, ApiErrorResponse> {
        let limit = query_params.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?;
        let at_end = query_params.flag("at_end")?;
        let changed_after = query_params.time("changed_after")?;
        if at_end && changed_after.is_some() {
            // `changed_after` selects by past changes, while `at_end` shows future ones.
            let error = "`at_end` and `changed_after` cannot be combined";
            return Err(ApiErrorResponse::field("at_end", error));
        }
        let filter = Filter {
            since: query_params.time("since")?,
            until: query_params.time("until")?,
            statuses: parse_list(query_params.text("status")?, parse_status)?,
            channels: parse_list(query_params.text("channel")?, extract::parse_channel)?,
            event: query_params.text("event")?.map(str::to_owned),
            recipient: query_params.text("to")?.map(str::to_owned),
            changed_after,
        };
        Ok(Self {
            filter,
            limit,
            at_end,
        })
    }

    fn reader<'a>(&self, reader: &Reader<'a>) -> Reader<'a> {
        if self.at_end {
            reader.at_end_of_time()
        } else {
            *reader
        }
    }
}

/// Parses a comma-separated list. Sorts the entries and removes duplicates.
fn parse_list<T: Ord>(
    list: Option<&str>,
    parse: impl Fn(&str) -> Result<T, ApiErrorResponse>,
) -> Result<Vec<T>, ApiErrorResponse> {
    let entries = list.unwrap_or_default().split(',').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty()).map(parse);
    let mut entries = entries.collect::<Result<Vec<T>, _>>()?;
    entries.sort_unstable();
    entries.dedup();
    Ok(entries)
}

fn parse_status(name: &str) -> Result<MessageStatus, ApiErrorResponse> {
    match MessageStatus::from_wire(name) {
        MessageStatus::Other(_) => {
            let known: Vec<&str> = MessageStatus::ALL
                .iter()
                .map(MessageStatus::as_str)
                .collect();
            let error = format!(
                "`{name}` is not a status; the statuses are {}",
                text::join_and(&known)
            );
            Err(ApiErrorResponse::field("status", error))
        }
        status => Ok(status),
    }
}
