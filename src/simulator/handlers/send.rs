//! `POST /v1/send/{event}` and `/v1/send/{event}/{channel}`.

use axum::response::IntoResponse;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::api::IDEMPOTENT_REPLAY;
use crate::model::Channel;
use crate::simulator::error_response::HandlerResult;
use crate::simulator::extract::{self, PathParams};
use crate::simulator::faults::Fault;
use crate::simulator::respond::{json_bytes, with_timestamp};
use crate::simulator::sending::{self, Order, ResponseFault, Verdict};
use crate::simulator::store::Scope;
use crate::simulator::validate::{self, RawBody};

/// Sends an event over the channels that its recipient can be reached on.
pub async fn send(
    scope: Scope,
    event: PathParams,
    headers: HeaderMap,
    body: RawBody,
) -> HandlerResult {
    let event = extract::path(event)?;
    accept(&scope, &event, None, &headers, body).await
}

/// Sends an event over one channel.
pub async fn send_over_channel(
    scope: Scope,
    params: PathParams<(String, String)>,
    headers: HeaderMap,
    body: RawBody,
) -> HandlerResult {
    let (event, channel) = extract::path(params)?;
    let channel = extract::parse_channel(&channel)?;
    accept(&scope, &event, Some(channel), &headers, body).await
}

async fn accept(
    scope: &Scope,
    event: &str,
    channel: Option<Channel>,
    headers: &HeaderMap,
    body: RawBody,
) -> HandlerResult {
    let order = Order {
        event: extract::parse_event(event)?,
        channel,
        body: validate::send_body(&validate::json_object(body)?)?,
        key: validate::idempotency_key(headers)?,
    };
    let (now, verdict) = scope
        .write(move |writer| Ok((writer.now, sending::send(writer, &order)?)))
        .await?;
    let accepted = |body: String| json_bytes(StatusCode::OK, body.into_bytes());
    let response = match verdict {
        Verdict::Accepted(body, None) => accepted(body),
        Verdict::Accepted(body, Some(ResponseFault::Body(broken))) => broken.answer(&body),
        Verdict::Accepted(_, Some(ResponseFault::Lost)) => Fault::LostAnswer.answer(),
        Verdict::Replayed(body) => {
            let mut response = accepted(body);
            let replay = HeaderValue::from_static("true");
            response.headers_mut().insert(IDEMPOTENT_REPLAY, replay);
            response
        }
        Verdict::Refused(error) => error.into_response(),
        Verdict::Answered(error) => error.answer(),
        Verdict::UnresolvedSend(fault) => fault.answer(),
    };
    Ok(with_timestamp(now, response))
}
