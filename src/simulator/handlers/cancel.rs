//! `POST /v1/cancel/{event}`, which cancels the queued messages of an event to one contact.

use serde_json::Value;

use crate::api::CancelResponse;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::recipient_spec::RecipientSpec;
use crate::simulator::respond::ok;
use crate::simulator::store::Scope;
use crate::simulator::validate::{self, RawBody};

pub async fn cancel(scope: Scope, event: PathParams, body: RawBody) -> HandlerResult {
    let event = extract::parse_event(&extract::path(event)?)?;
    let to = match validate::json_object(body)?.get("to") {
        Some(to) if *to != Value::Null => RecipientSpec::parse(to)?,
        _ => return Err(ApiErrorResponse::field("to", "`to` is missing")),
    };
    let name = event.to_string();
    let (now, cancelled) = scope.write(move |writer| writer.cancel(&event, to)).await?;
    let body = CancelResponse {
        event: name,
        cancelled,
    };
    Ok(ok(now, &body))
}
