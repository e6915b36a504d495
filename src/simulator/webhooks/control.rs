//! `/_simulator/webhooks`: what was delivered, once more, and made-up events.

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use uuid::Uuid;

use super::events::UnknownEvent;
use super::{EventKind, WebhookState, delivery_pool, planned};
use crate::api::webhooks::{DeliveriesResponse, DeliveryDetail, TriggerRequest};
use crate::model::{Channel, RecipientKind};
use crate::simulator::error_codes::Reason;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::query_params::QueryParams;
use crate::simulator::respond::ok;
use crate::simulator::store::{ClaimedDelivery, Scope, StoredMessage};
use crate::simulator::timeline::{Scenario, Timeline};
use crate::simulator::validate::{self, RawBody};

/// How many deliveries a list has when nothing else is asked for, and at most.
const LIMITS: (usize, usize) = (50, 1000);
/// The event of notifications that a made-up webhook is about.
const MADE_UP: &str = "made-up";

type Shared = Extension<Arc<WebhookState>>;

/// What a made-up event is made of.
const TRIGGER_ORDER: &str = r#"{"event": EVENT, "to": RECIPIENT}"#;

/// Returns deliveries, newest first.
pub async fn list(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let (usual, most) = LIMITS;
    let limit = query_params.number("limit", 1..=most)?.unwrap_or(usual);
    let body = scope
        .read(move |reader| {
            let (deliveries, more) = reader.deliveries(limit)?;
            Ok(DeliveriesResponse {
                now: reader.now,
                webhook: reader.endpoint()?.map(|endpoint| endpoint.body(false)),
                deliveries,
                more,
            })
        })
        .await?;
    Ok(ok(body.now, &body))
}

/// Returns one delivery with its attempts.
pub async fn show(scope: Scope, id: PathParams) -> HandlerResult {
    let detail = find(&scope, named(id)?).await?;
    Ok(ok(detail.now, &detail))
}

fn named(id: PathParams) -> Result<Uuid, ApiErrorResponse> {
    let text = extract::path(id)?;
    Uuid::try_parse(&text).map_err(|_| missing(&text))
}

fn missing(id: &str) -> ApiErrorResponse {
    ApiErrorResponse::not_found(format!("Webhook delivery not found: {id}"))
}

async fn find(scope: &Scope, id: Uuid) -> Result<DeliveryDetail, ApiErrorResponse> {
    let found = scope.read(move |reader| reader.delivery(id)).await?;
    found.ok_or_else(|| missing(&id.to_string()))
}

fn conflict(error: &str) -> ApiErrorResponse {
    ApiErrorResponse::new(StatusCode::CONFLICT, "CONFLICT", error)
}

/// Attempts a delivery again, now.
pub async fn replay(
    scope: Scope,
    Extension(webhook_state): Shared,
    id: PathParams,
) -> HandlerResult {
    let id = named(id)?;
    let known = find(&scope, id).await?;
    if known.delivery.at > known.now {
        return Err(conflict("The event has not happened yet"));
    }
    let taken = scope
        .write(move |writer| writer.claim_delivery(id, false))
        .await?;
    let delivery = taken.ok_or_else(|| conflict("The endpoint of this delivery was deleted"))?;
    attempt(&scope, &webhook_state, delivery, true).await
}

/// Delivers a made-up event, now.
pub async fn trigger(
    scope: Scope,
    Extension(webhook_state): Shared,
    body: RawBody,
) -> HandlerResult {
    let TriggerRequest { event, to } = validate::parse_command(body, TRIGGER_ORDER)?;
    let kind: EventKind = event
        .parse()
        .map_err(|error: UnknownEvent| ApiErrorResponse::field("event", error.to_string()))?;
    let channel = channel_of(&to);
    if !kind.happens_on(&channel) {
        let error = format!("{kind} happens on email only, and `{to}` is reached by {channel}");
        return Err(ApiErrorResponse::field("to", error));
    }
    let taken = scope
        .write(move |writer| {
            let Some(endpoint) = writer.endpoint()?.filter(|endpoint| endpoint.is_active) else {
                return Ok(None);
            };
            let message = StoredMessage {
                notification: writer.new_uuid(),
                number: 0,
                event: MADE_UP.to_owned(),
                channel: channel.to_string(),
                recipient: to,
                timeline: ending_now(kind, &channel, writer.now),
                reason_text: None,
                decided_by: MADE_UP.to_owned(),
            };
            let events = planned(&message.timeline, &channel);
            let Some(event) = events.into_iter().find(|event| event.kind == kind) else {
                return Ok(None);
            };
            let place = (0, Some(writer.now));
            let id = writer.insert_webhook_event(endpoint.uuid, &message, &event, place)?;
            writer.claim_delivery(id, true)
        })
        .await?;
    let delivery = taken.ok_or_else(|| conflict("There is no webhook endpoint that is active"))?;
    attempt(&scope, &webhook_state, delivery, false).await
}

/// Returns a life in which an event happens now.
fn ending_now(kind: EventKind, channel: &Channel, now: i64) -> Timeline {
    let life = match kind {
        EventKind::Sent => Scenario::Sent,
        EventKind::Delivered => Scenario::ORDINARY,
        EventKind::Failed => Scenario::Bounced(Reason::ProviderRejected),
        EventKind::Bounced => Scenario::Bounced(Reason::HardBounce),
        EventKind::Complained => Scenario::PostDelivery {
            reason: Reason::Complaint,
            after: crate::simulator::timeline::COMPLAINT_AFTER,
        },
    };
    let took = planned(&Timeline::new(life, channel, 0), channel)
        .into_iter()
        .find(|event| event.kind == kind)
        .map_or(0, |event| event.at);
    Timeline::new(life, channel, now - took)
}

fn channel_of(recipient: &str) -> Channel {
    let identifier = RecipientKind::of(recipient).identifier();
    identifier.channel().unwrap_or(Channel::Email)
}

async fn attempt(
    scope: &Scope,
    webhook_state: &WebhookState,
    delivery: ClaimedDelivery,
    replay: bool,
) -> HandlerResult {
    let id = delivery.id;
    let outcome = delivery_pool::attempt(&webhook_state.rules, &delivery).await;
    scope
        .write(move |writer| writer.record_attempt(&delivery, &outcome, replay))
        .await?;
    let detail = find(scope, id).await?;
    Ok(ok(detail.now, &detail))
}
