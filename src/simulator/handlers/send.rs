//! `POST /v1/send/{event}` and `/v1/send/{event}/{channel}`.

use http::HeaderMap;

use crate::model::Channel;
use crate::simulator::error_response::HandlerResult;
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::with_timestamp;
use crate::simulator::sending::{self, SendCommand};
use crate::simulator::store::Scope;
use crate::simulator::validate::{self, RawBody};

pub async fn send(
    scope: Scope,
    event: PathParams,
    headers: HeaderMap,
    body: RawBody,
) -> HandlerResult {
    let event = extract::path(event)?;
    accept(&scope, &event, None, &headers, body).await
}

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
        body: validate::send_body(validate::json_object(body)?)?,
        idempotency_key: validate::idempotency_key(headers)?,
    };
    let send = scope.write(move |writer| sending::send(writer, &command));
    let (now, response) = send.await?;
    Ok(with_timestamp(now, response))
}
