//! JSON documents about webhooks.

use serde_json::{Map, Value, json};

use super::text_webhooks::{ASSUMED, sentence};
use super::view::View;
use crate::api::webhooks::{Attempt, Delivery};
use crate::exit::Exit;
use crate::model::{from_millis, rfc3339};
use crate::report::{Verification, WebhooksReport};

/// Returns the document of a report about webhooks.
pub fn document(found: &WebhooksReport, exit: Exit, view: &View) -> (&'static str, Value) {
    match found {
        WebhooksReport::List(list) => {
            let endpoint = list.webhook.as_ref().map(|endpoint| {
                json!({"id": endpoint.uuid, "url": endpoint.url, "enabled_events": endpoint.enabled_events,
                       "description": endpoint.description, "active": endpoint.is_active,
                       "created_at": endpoint.created_at})
            });
            let all: Vec<Value> = list
                .deliveries
                .iter()
                .map(|one| {
                    let mut fields = delivery(one, view);
                    let last = one.last.as_ref().map(|last| attempt(last, view));
                    fields.insert("last".to_owned(), json!(last));
                    Value::Object(fields)
                })
                .collect();
            let body = json!({"at": time(list.now), "endpoint": endpoint, "deliveries": all, "more": list.more});
            ("webhooks", body)
        }
        WebhooksReport::Shown(detail) | WebhooksReport::Tried(detail) => {
            let attempts: Vec<Value> = detail.attempts.iter().map(|a| attempt(a, view)).collect();
            let body = json!({"at": time(detail.now), "delivery": delivery(&detail.delivery, view),
                              "payload": detail.payload, "attempts": attempts,
                              "exit_code": exit.code(), "outcome": exit.name()});
            ("webhook", body)
        }
        WebhooksReport::Verified(found) => ("verified", verified(found, exit)),
    }
}

fn time(millis: i64) -> String {
    rfc3339(from_millis(millis))
}

fn delivery(one: &Delivery, view: &View) -> Map<String, Value> {
    let fields = json!({
        "id": one.id, "event": one.event, "message_id": one.message, "notification_id": one.notification,
        "recipient": view.label(&one.recipient), "status": one.status, "at": time(one.at),
        "due_at": one.due_at.map(time), "attempts": one.attempts, "reason": one.reason,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn attempt(one: &Attempt, view: &View) -> Value {
    let headers: Map<String, Value> = one
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    json!({
        "number": one.number, "at": time(one.at), "real": time(one.real), "url": one.url, "headers": headers,
        "http_status": one.status, "answer": one.answer.as_deref().map(|text| view.line(text)),
        "error": one.error.as_deref().map(|text| view.line(text)), "took_ms": one.took, "replay": one.replay,
    })
}

fn verified(found: &Verification, exit: Exit) -> Value {
    let seconds = |length: std::time::Duration| length.as_secs();
    json!({
        "valid": found.fault.is_none(),
        "reason": found.fault.as_ref().map(|fault| fault.word()),
        "message": sentence(found),
        "signed_at": found.signed_at.map(rfc3339),
        "age_seconds": found.age.map(seconds),
        "tolerance_seconds": found.tolerance.map(seconds),
        "assumed": ASSUMED,
        "exit_code": exit.code(),
        "outcome": exit.name(),
    })
}
