//! The control plane, below `/_simulator/`: what a test wants to know and to change. It needs no key; the key of
//! a run makes it that run's.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::StatusCode;
use serde::Serialize;

use super::error_codes::Reason;
use super::error_response::{ApiErrorResponse, json, json_text};
use super::metrics::metrics;
use super::openapi;
use super::query_params::QueryParams;
use super::routes::{at, channel_named, find};
use super::store::{Filter, Reader, Scope, Store, StoredNotification};
use super::validate;
use super::webhooks::{self, WebhookState};
use crate::api::control::{
    ChangedResponse, ClockRequest, ClockState, MessagePlan, MessagesResponse, PlanResponse,
    PlanStep, Statistics, Suppression, SuppressionRequest, SuppressionsResponse,
};
use crate::model::{Channel, MessageStatus};
use crate::words;

/// How many messages a list has when nothing else is asked for.
const USUAL_LIMIT: usize = 50;
/// How many messages a list can have.
const HIGHEST_LIMIT: usize = 10_000;

type HandlerResult = Result<Response, ApiErrorResponse>;
type Body = Result<Bytes, BytesRejection>;

/// `GET ready`.
#[derive(Serialize)]
struct ReadyBody {
    ready: bool,
}

/// The orders that the clock takes.
const CLOCK_ORDERS: &str = r#""freeze", "resume", {"advance": MILLISECONDS} and {"speed": FACTOR}"#;
/// The orders that the suppression list takes.
const SUPPRESSION_ORDERS: &str = r#"{"add": {"channel": CHANNEL, "recipient": RECIPIENT, "reason": CODE}} and {"remove": RECIPIENT}"#;

/// Returns the routes of the control plane.
pub fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/_simulator/messages", get(messages))
        .route("/_simulator/statistics", get(statistics))
        .route("/_simulator/metrics", get(metrics))
        .route("/_simulator/notifications/{id}/plan", get(plan))
        .route("/_simulator/clock", get(clock).post(order_clock))
        .route(
            "/_simulator/suppressions",
            get(suppressions).post(order_suppression),
        )
        .route("/_simulator/reset", post(reset))
        .route("/_simulator/ready", get(ready))
        .route("/_simulator/openapi.json", get(description))
}

/// Returns a good answer.
pub fn ok<T: Serialize>(now: i64, body: &T) -> HandlerResult {
    Ok(at(now, json(StatusCode::OK, body)))
}

async fn messages(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let (filter, limit, at_end) = selected(&query_params)?;
    let body = scope
        .read_in_background(move |reader| {
            let page = moment(reader, at_end).messages(&filter, limit)?;
            Ok(MessagesResponse {
                now: reader.now,
                messages: page.rows,
                more: page.more,
                changed_until: page.changed_until,
            })
        })
        .await?;
    ok(body.now, &body)
}

async fn statistics(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let (filter, _, at_end) = selected(&query_params)?;
    let body = scope
        .read_in_background(move |reader| {
            Ok(Statistics {
                now: reader.now,
                ..moment(reader, at_end).statistics(&filter)?
            })
        })
        .await?;
    ok(body.now, &body)
}

fn moment<'a>(reader: &Reader<'a>, at_end: bool) -> Reader<'a> {
    match at_end {
        true => reader.at_end_of_time(),
        false => *reader,
    }
}

async fn plan(scope: Scope, id: Result<Path<String>, PathRejection>) -> HandlerResult {
    let (now, found) = find(&scope, id).await?;
    ok(now, &plan_body(&found, now))
}

fn plan_body(notification: &StoredNotification, now: i64) -> PlanResponse {
    let messages = notification.messages.iter().map(|message| MessagePlan {
        id: message.id().to_string(),
        channel: Channel::from_wire(&message.channel),
        recipient: message.recipient.clone(),
        decided_by: message.decided_by.clone(),
        steps: message
            .timeline
            .steps()
            .into_iter()
            .map(|step| PlanStep {
                at: step.at,
                status: step.status,
                reason: step.reason.map(|reason| reason.code().to_owned()),
            })
            .collect(),
    });
    PlanResponse {
        id: notification.id.to_string(),
        now,
        messages: messages.collect(),
    }
}

async fn clock(scope: Scope) -> HandlerResult {
    let body = scope.read(|reader| Ok(clock_body(reader))).await?;
    ok(body.now, &body)
}

fn clock_body(reader: &Reader<'_>) -> ClockState {
    ClockState {
        now: reader.now,
        real: reader.real,
        rate: reader.clock.rate,
    }
}

async fn order_clock(
    State(store): State<Arc<Store>>,
    Extension(webhook_state): Extension<Arc<WebhookState>>,
    scope: Scope,
    body: Body,
) -> HandlerResult {
    let order: ClockRequest = validate::order(body, CLOCK_ORDERS)?;
    if let ClockRequest::Advance(ahead) = order {
        let moved = webhooks::advance(store, &webhook_state, ahead).await?;
        let body = moved.map_err(|error| ApiErrorResponse::invalid(error.to_string()))?;
        return ok(body.now, &body);
    }
    let body = scope
        .write(move |writer| {
            let clock = match writer.clock.after(&order, writer.real) {
                Ok(clock) => clock,
                Err(error) => return Ok(Err(ApiErrorResponse::invalid(error.to_string()))),
            };
            writer.set_clock(&clock)?;
            Ok(Ok(ClockState {
                now: clock.now(writer.real),
                real: writer.real,
                rate: clock.rate,
            }))
        })
        .await??;
    ok(body.now, &body)
}

async fn suppressions(scope: Scope) -> HandlerResult {
    let (now, suppressions) = scope
        .read(|reader| Ok((reader.now, reader.suppressions()?)))
        .await?;
    ok(now, &SuppressionsResponse { suppressions })
}

async fn order_suppression(scope: Scope, body: Body) -> HandlerResult {
    let order: SuppressionRequest = validate::order(body, SUPPRESSION_ORDERS)?;
    let (now, changed) = match order {
        SuppressionRequest::Add(entry) => {
            let (channel, reason) = (channel_named(&entry.channel)?, reason_of(&entry)?);
            scope
                .write(move |writer| {
                    let new = writer.suppress_now(&entry.recipient, channel.as_str(), reason)?;
                    Ok((writer.now, u64::from(new)))
                })
                .await?
        }
        SuppressionRequest::Remove(recipient) => {
            scope
                .write(move |writer| Ok((writer.now, writer.unsuppress(&recipient)?)))
                .await?
        }
    };
    ok(now, &ChangedResponse { changed })
}

fn reason_of(entry: &Suppression) -> Result<Reason, ApiErrorResponse> {
    if entry.recipient.is_empty() {
        return Err(ApiErrorResponse::field("recipient", "`recipient` is empty"));
    }
    Reason::from_code(&entry.reason).ok_or_else(|| {
        let nearest = words::nearest(&entry.reason, Reason::all().map(Reason::code));
        let hint = nearest.map_or(String::new(), |code| format!("; did you mean `{code}`?"));
        ApiErrorResponse::field(
            "reason",
            format!("`{}` is not a reason{hint}", entry.reason),
        )
    })
}

/// Forgets what the run has, or with `all` everything of every run.
async fn reset(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let all = query_params.flag("all")?;
    // The clock is everybody's: a run among others leaves it alone.
    let clock_too = all || scope.is_main();
    let (now, body) = scope
        .write(move |writer| {
            let body = writer.reset(all)?;
            if !clock_too {
                return Ok((writer.now, body));
            }
            writer.clear_clock()?;
            Ok((writer.real, body))
        })
        .await?;
    ok(now, &body)
}

async fn ready(scope: Scope) -> HandlerResult {
    let now = scope.read(|reader| Ok(reader.now)).await?;
    ok(now, &ReadyBody { ready: true })
}

/// The description of all that is answered, which tests hold against what is answered.
async fn description() -> Response {
    json_text(StatusCode::OK, openapi::TEXT.into())
}

fn selected(query_params: &QueryParams) -> Result<(Filter, usize, bool), ApiErrorResponse> {
    let limit = query_params.number("limit", 1..=HIGHEST_LIMIT)?;
    let at_end = query_params.flag("at_end")?;
    let changed_after = query_params.time("changed_after")?;
    if at_end && changed_after.is_some() {
        let error = "`at_end` is about what has not happened yet, `changed_after` about what has";
        return Err(ApiErrorResponse::field("at_end", error));
    }
    let filter = Filter {
        since: query_params.time("since")?,
        until: query_params.time("until")?,
        statuses: listed(query_params.text("status")?, status_named)?,
        channels: listed(query_params.text("channel")?, channel_named)?,
        event: query_params.text("event")?.map(str::to_owned),
        recipient: query_params.text("to")?.map(str::to_owned),
        changed_after,
    };
    Ok((filter, limit.unwrap_or(USUAL_LIMIT), at_end))
}

/// Reads a list that is separated by commas, each entry once.
fn listed<T: Ord>(
    list: Option<&str>,
    read: impl Fn(&str) -> Result<T, ApiErrorResponse>,
) -> Result<Vec<T>, ApiErrorResponse> {
    let entries = list.unwrap_or_default().split(',').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty()).map(read);
    let mut entries = entries.collect::<Result<Vec<T>, _>>()?;
    entries.sort_unstable();
    entries.dedup();
    Ok(entries)
}

fn status_named(name: &str) -> Result<MessageStatus, ApiErrorResponse> {
    match MessageStatus::from_wire(name) {
        MessageStatus::Other(_) => {
            let known: Vec<&str> = MessageStatus::ALL
                .iter()
                .map(MessageStatus::as_str)
                .collect();
            let error = format!(
                "`{name}` is not a status; the statuses are {}",
                words::all(&known)
            );
            Err(ApiErrorResponse::field("status", error))
        }
        status => Ok(status),
    }
}
