//! `POST /v1/send/{event}` and `POST /v1/send/{event}/{channel}`, which send an event.

use http::HeaderMap;
use serde::Deserialize;

use crate::simulator::error_response::HandlerResult;
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::with_timestamp;
use crate::simulator::sending::{self, SendCommand};
use crate::simulator::store::Scope;
use crate::simulator::validate::{self, RawBody};

#[derive(Deserialize)]
pub struct SendPath {
    event: String,
    /// The channel in the path. `None` if the path ends with the event. Each recipient's channel then depends on its
    /// identifiers.
    channel: Option<String>,
}

pub async fn send(
    scope: Scope,
    params: PathParams<SendPath>,
    headers: HeaderMap,
    body: RawBody,
) -> HandlerResult {
    let SendPath { event, channel } = extract::path(params)?;
    let channel = channel.as_deref().map(extract::parse_channel);
    let command = SendCommand {
        channel: channel.transpose()?,
        event: extract::parse_event(&event)?,
        body: validate::send_body(validate::json_object(body)?)?,
        idempotency_key: validate::idempotency_key(&headers)?,
    };
    let send = scope.write(move |writer| sending::send(writer, &command));
    let (now, response) = send.await?;
    Ok(with_timestamp(now, response))
}
