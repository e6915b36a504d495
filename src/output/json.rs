//! JSON documents. Every document names its schema; notifications and messages have the form that they have on the wire.

use serde::Serialize;
use serde_json::{Value, json};

use super::json_account;
use super::json_simulator;
use super::json_webhooks;
use super::machine;
use super::view::View;
use crate::api::control::MessageRow;
use crate::exit::Exit;
use crate::model::{Counts, Goal, Message, Notification, rfc3339, to_json};
use crate::report::{
    ActivityList, ActivitySource, Advice, Explanation, Freshness, Lookup, PreviewedRequest, Report,
    SendOutcome, SendResult,
};

/// What every document begins with.
#[derive(Serialize)]
struct Document<T: Serialize> {
    schema: String,
    simulated: bool,
    #[serde(flatten)]
    body: T,
}

/// A notification that was found, with what this program adds to it.
#[derive(Serialize)]
struct NotificationJson {
    found: bool,
    recipient: Option<String>,
    verdict: &'static str,
    #[serde(flatten)]
    notification: Notification,
}

/// Returns the document of a report; none for one whose lines were printed on the way, or that is a text.
pub fn document(report: &Report, exit: Exit, simulated: bool, view: &View) -> Option<String> {
    let end = json!({"exit_code": exit.code(), "outcome": exit.name()});
    let with_end = |mut body: Value| {
        if let (Value::Object(body), Value::Object(end)) = (&mut body, end.clone()) {
            body.extend(end);
        }
        body
    };
    let (kind, body) = match report {
        Report::Sent(sent) if sent.watched.is_none() => {
            let results: Vec<Value> = sent.results.iter().map(|r| result(r, view)).collect();
            ("send", with_end(json!({ "results": results })))
        }
        Report::Looked(looked) => {
            let all = looked.found.iter().map(|found| found_json(found, view));
            let body = json!({"notifications": all.collect::<Vec<_>>()});
            ("status", with_end(body))
        }
        Report::Sent(_) | Report::Watched(_) | Report::Followed(_) => return None,
        Report::Activity(list) => ("activity", activity(list, view)),
        Report::Preview(requests) => {
            let all: Vec<Value> = requests.iter().map(|r| preview(r, view)).collect();
            ("preview", json!({ "requests": all }))
        }
        Report::Cancelled(done) => {
            let all: Vec<Value> = done
                .iter()
                .map(|one| {
                    json!({"event": one.event, "recipient": view.label(one.recipient.label()),
                           "cancelled": one.cancelled})
                })
                .collect();
            ("cancel", json!({ "results": all }))
        }
        Report::Topics(help_topics) => ("explain", json!({ "topics": help_topics })),
        Report::Explained(found) => ("explain", json!({"topics": [found]})),
        Report::ExplainedNotification(found) => ("explain", explanation(found, view)),
        Report::Webhooks(found) => json_webhooks::document(found, exit, view),
        report => json_account::document(report, exit)
            .or_else(|| json_simulator::document(report, view))?,
    };
    Some(write(kind, simulated, body))
}

/// Returns one line with its schema and whether the service was simulated.
pub fn write<T: Serialize>(kind: &str, simulated: bool, body: T) -> String {
    let document = Document {
        schema: format!("sendivent.{kind}/1"),
        simulated,
        body,
    };
    line(&document)
}

fn line<T: Serialize>(value: &T) -> String {
    let mut text = to_json(value);
    text.push('\n');
    text
}

/// Returns what became of one request.
pub fn result(result: &SendResult, view: &View) -> Value {
    let receipts: Vec<Value> = machine::receipts(result)
        .iter()
        .map(|(id, to)| json!({"id": id, "recipient": view.label(to)}))
        .collect();
    let (status, code) = match &result.outcome {
        SendOutcome::Refused(api_error)
        | SendOutcome::RateLimited { api_error, .. }
        | SendOutcome::Unknown {
            api_error: Some(api_error),
            ..
        } => (Some(api_error.status), api_error.code.clone()),
        _ => (None, None),
    };
    let error = machine::reason(&result.outcome).map(
        |message| json!({"message": view.line(&message), "http_status": status, "code": code}),
    );
    json!({
        "id": machine::receipts(result).first().map(|(id, _)| id),
        "event": result.event,
        "recipient": view.label(&result.recipient),
        "outcome": machine::outcome(&result.outcome),
        "idempotency_key": view.line(result.idempotency_key.as_str()),
        "replayed": matches!(result.outcome, SendOutcome::Accepted { replayed: true, .. }),
        "receipts": receipts,
        "error": error,
    })
}

/// Returns one id that was looked up.
pub fn found_json(found: &Lookup, view: &View) -> Value {
    let Some(notification) = &found.notification else {
        return json!({"id": found.id, "found": false, "verdict": "not_found"});
    };
    let counts = Counts::of(notification, Goal::Settled);
    notification_json(notification, counts, view)
}

/// Returns a notification with the verdict of its counts.
pub fn notification_json(notification: &Notification, counts: Counts, view: &View) -> Value {
    json!(NotificationJson {
        found: true,
        recipient: notification.recipient().map(|label| view.label(label)),
        verdict: machine::verdict(counts.verdict()),
        notification: Notification {
            contact: contact(&notification.contact, view),
            messages: notification
                .messages
                .iter()
                .map(|message| masked_message(message, view))
                .collect(),
            ..notification.clone()
        },
    })
}

/// Returns the fields of a contact, or null: a contact in another form than documented is none.
fn contact(contact: &Value, view: &View) -> Value {
    if contact.is_object() {
        view.masked_value(contact)
    } else {
        Value::Null
    }
}

/// The text of an error may repeat an address.
fn masked_message(message: &Message, view: &View) -> Message {
    let mut message = message.clone();
    if let Some(error) = &mut message.error {
        error.message = view.line(&error.message);
    }
    message
}

/// Returns one message of `activity`.
pub fn row(row: &MessageRow, view: &View) -> Value {
    json!(MessageRow {
        recipient: view.label(&row.recipient),
        message: masked_message(&row.message, view),
        ..row.clone()
    })
}

fn activity(list: &ActivityList, view: &View) -> Value {
    let statistics = list.statistics.as_ref().map(|found| {
        let latencies: Vec<Value> = found
            .latencies
            .iter()
            .map(|(millis, count)| json!({"milliseconds": millis, "count": count}))
            .collect();
        let counts: Vec<Value> = found
            .counts
            .iter()
            .map(|of| json!({"channel": of.channel, "status": of.status, "count": of.count}))
            .collect();
        let reasons: Vec<Value> = found
            .reasons
            .iter()
            .map(|of| json!({"code": of.code, "count": of.count}))
            .collect();
        json!({"counts": counts, "reasons": reasons, "latencies": latencies})
    });
    let (of, refreshed, unknown) = match &list.of {
        ActivitySource::Simulator => ("simulator", None, 0),
        ActivitySource::Journal {
            unknown, refreshed, ..
        } => ("journal", Some(*refreshed == Freshness::Yes), unknown.len()),
    };
    json!({
        "at": rfc3339(list.at),
        "of": of,
        "refreshed": refreshed,
        "unknown_outcomes": unknown,
        "more": list.more,
        "messages": list.messages.iter().map(|message| row(message, view)).collect::<Vec<_>>(),
        "statistics": statistics,
    })
}

fn preview(request: &PreviewedRequest, view: &View) -> Value {
    let headers: serde_json::Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    json!({
        "method": request.method,
        "url": format!("{}{}", request.base, request.path),
        "headers": headers,
        "body": view.masked_value(&request.body),
    })
}

fn explanation(found: &Explanation, view: &View) -> Value {
    let advice: Vec<Value> = found
        .advice
        .iter()
        .map(
            |Advice {
                 message,
                 status,
                 error,
             }| { json!({"message_id": message, "status": status, "error": error}) },
        )
        .collect();
    json!({"notification": found_json(&found.found, view), "advice": advice})
}

impl View {
    /// Returns a recipient for a machine: as it is, or masked.
    pub fn label(&self, label: &str) -> String {
        if self.no_pii {
            crate::model::masked(label)
        } else {
            label.to_owned()
        }
    }

    /// Returns a text for a machine: as it is, or with what identifies people masked.
    pub fn line(&self, text: &str) -> String {
        if self.no_pii {
            self.masker.apply(text)
        } else {
            text.to_owned()
        }
    }
}
