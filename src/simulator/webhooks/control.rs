//! Handlers for `/_simulator/webhooks`: they list and replay deliveries, and trigger synthetic events.

use std::sync::Arc;

use axum::Extension;
use uuid::Uuid;

use super::endpoints::endpoint_body;
use super::sender::WebhookSender;
use super::state::WebhookState;
use super::synthetic::claim_synthetic;
use crate::api::webhooks::{DeliveriesResponse, DeliveryDetail, TriggerRequest};
use crate::model::{Channel, Identifier, from_millis};
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams, QueryParams};
use crate::simulator::respond::ok;
use crate::simulator::store::{ClaimedDelivery, Scope};
use crate::simulator::validate::{self, RawBody};
use crate::simulator::webhook_events::{EventKind, UnknownEvent};

const KIND: &str = "Webhook delivery";
const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 1000;

const TRIGGER_FORM: &str = r#"{"event": EVENT, "to": RECIPIENT}"#;

pub async fn list(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let limit = query_params.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?;
    let (now, body) = scope
        .read(move |reader| {
            let (deliveries, more) = reader.deliveries(limit)?;
            Ok(DeliveriesResponse {
                at: from_millis(reader.now),
                endpoint: reader.endpoint()?.as_ref().map(endpoint_body),
                deliveries,
                more,
            })
        })
        .await?;
    Ok(ok(now, &body))
}

pub async fn show(scope: Scope, id: PathParams) -> HandlerResult {
    let detail = find(&scope, extract::path_uuid(id, KIND)?).await?;
    Ok(ok(detail.at.as_millisecond(), &detail))
}

pub async fn replay(
    scope: Scope,
    Extension(webhook_state): Extension<Arc<WebhookState>>,
    id: PathParams,
) -> HandlerResult {
    let id = extract::path_uuid(id, KIND)?;
    let found = find(&scope, id).await?;
    if found.delivery.at > found.at {
        return Err(ApiErrorResponse::conflict("The event has not happened yet"));
    }
    // Without a lease, so that an attempt of the dispatcher in flight keeps its lease.
    let claim = scope.write(move |writer| writer.claim_delivery(id, false));
    let (_, claimed) = claim.await?;
    let delivery = claimed
        .ok_or_else(|| ApiErrorResponse::conflict("The endpoint of this delivery was deleted"))?;
    let is_replay = true;
    attempt(&scope, &webhook_state, delivery, is_replay).await
}

pub async fn trigger(
    scope: Scope,
    Extension(webhook_state): Extension<Arc<WebhookState>>,
    body: RawBody,
) -> HandlerResult {
    let TriggerRequest { event, to } = validate::parse_command(body, TRIGGER_FORM)?;
    let kind: EventKind = event
        .parse()
        .map_err(|error: UnknownEvent| ApiErrorResponse::field("event", error.to_string()))?;
    let channel = channel_of(&to);
    if !kind.is_possible_on(&channel) {
        let error = format!("{kind} happens on email only, and the channel of `{to}` is {channel}");
        return Err(ApiErrorResponse::field("to", error));
    }
    let claim = scope.write(move |writer| claim_synthetic(writer, kind, &channel, to));
    let (_, claimed) = claim.await?;
    let delivery =
        claimed.ok_or_else(|| ApiErrorResponse::conflict("There is no active webhook endpoint"))?;
    let is_replay = false;
    attempt(&scope, &webhook_state, delivery, is_replay).await
}

fn channel_of(recipient: &str) -> Channel {
    let channel = Identifier::of_text(recipient).channel();
    channel.unwrap_or(Channel::Email)
}

/// Makes one attempt at a claimed delivery, records the result, and responds with the details of the delivery.
async fn attempt(
    scope: &Scope,
    webhook_state: &WebhookState,
    delivery: ClaimedDelivery,
    is_replay: bool,
) -> HandlerResult {
    let id = delivery.id;
    let sender = WebhookSender::new(webhook_state.rules.clone());
    let outcome = sender.attempt(&delivery).await;
    scope
        .write(move |writer| writer.record_attempt(&delivery, &outcome, is_replay))
        .await?;
    let detail = find(scope, id).await?;
    Ok(ok(detail.at.as_millisecond(), &detail))
}

async fn find(scope: &Scope, id: Uuid) -> Result<DeliveryDetail, ApiErrorResponse> {
    let (_, found) = scope.read(move |reader| reader.delivery(id)).await?;
    found.ok_or_else(|| extract::not_found(KIND, id))
}
