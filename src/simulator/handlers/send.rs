//! `POST /v1/send/{event}` and `/v1/send/{event}/{channel}`.

use axum::response::IntoResponse;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::api::IDEMPOTENT_REPLAY;
use crate::model::Channel;
use crate::simulator::error_response::HandlerResult;
use crate::simulator::extract::{self, PathParams};
use crate::simulator::faults::{Fault, ResponseFault};
use crate::simulator::respond::{json_bytes, with_timestamp};
use crate::simulator::routing::Rejection;
use crate::simulator::sending::{self, SendCommand, SendOutcome};
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
    let command = SendCommand {
        event: extract::parse_event(event)?,
        channel,
        body: validate::send_body(&validate::json_object(body)?)?,
        idempotency_key: validate::idempotency_key(headers)?,
    };
    let (now, outcome) = scope
        .write(move |writer| sending::send(writer, &command))
        .await?;
    let accepted = |body: String| json_bytes(StatusCode::OK, body.into_bytes());
    let response = match outcome {
        SendOutcome::Accepted { body, fault: None } => accepted(body),
        SendOutcome::Accepted {
            body,
            fault: Some(ResponseFault::Body(broken)),
        } => broken.response(&body),
        SendOutcome::Accepted {
            fault: Some(ResponseFault::Lost),
            ..
        } => Fault::LostAnswer.into_response(),
        SendOutcome::Replayed(body) => {
            let mut response = accepted(body);
            let replay = HeaderValue::from_static("true");
            response.headers_mut().insert(IDEMPOTENT_REPLAY, replay);
            response
        }
        SendOutcome::Rejected(Rejection::Invalid(error)) => error.into_response(),
        SendOutcome::Rejected(Rejection::Http(fault)) => fault.into_response(),
        SendOutcome::Rejected(Rejection::Fault(fault)) => fault.into_response(),
    };
    Ok(with_timestamp(now, response))
}
