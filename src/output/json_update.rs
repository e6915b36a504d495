//! JSON lines: one object for each update of a command that follows, and one at its end.

use serde_json::{Value, json};

use super::json;
use super::machine;
use super::view::View;
use crate::exit::Exit;
use crate::model::{Counts, Verdict, rfc3339};
use crate::report::{Change, StopReason, Update, Watched};

const KIND: &str = "update";

/// Returns the line of an update; none for one that machines need not know.
pub fn line(update: &Update, simulated: bool, view: &View) -> Option<String> {
    let (kind, body) = match update {
        Update::Sent(result) => ("receipt", json::result(result, view)),
        Update::Change(change) => ("change", change_json(change, view)),
        Update::Settled { found, counts } => {
            let body = match &found.notification {
                Some(notification) => json::notification_json(notification, *counts, view),
                None => json::found_json(found, view),
            };
            ("settled", body)
        }
        Update::Outage { reason } => ("outage", json!({"reason": view.line(reason)})),
        Update::Recovered { after } => ("recovered", json!({"after_ms": after.as_millis()})),
        Update::Warning(text) => ("warning", json!({"message": view.line(text)})),
        Update::Message(row) => ("message", json::row(row, view)),
        Update::Watching { .. } | Update::Tick(_) | Update::Ready(_) | Update::Requests(_) => {
            return None;
        }
    };
    Some(typed(kind, body, simulated))
}

/// Returns the last line of a command that followed. `resume` is the command that takes it up again.
pub fn end(
    watched: Option<&Watched>,
    resume: Option<String>,
    exit: Exit,
    simulated: bool,
    view: &View,
) -> String {
    let reason = watched.and_then(reason).map(|reason| view.line(&reason));
    let mut body = json!({
        "exit_code": exit.code(),
        "outcome": exit.name(),
        "reason": reason,
        "resume": resume,
    });
    if let (Some(watched), Value::Object(fields)) = (watched, &mut body) {
        let ended = match watched.ended {
            StopReason::Settled => "settled",
            StopReason::LookedOnce => "looked_once",
            StopReason::Deadline => "deadline",
            StopReason::Unavailable(_) => "unavailable",
            StopReason::Refused(_) => "refused",
            StopReason::Interrupted(_) => "interrupted",
            StopReason::NobodyReads => "nobody_reads",
        };
        fields.insert("ended".to_owned(), Value::from(ended));
        let counts = watched.counts;
        let counts = json!({"good": counts.good, "bad": counts.bad, "pending": counts.pending});
        fields.insert("counts".to_owned(), counts);
        fields.insert("verdict".to_owned(), Value::from(verdict(watched, exit)));
    }
    typed("end", body, simulated)
}

/// Returns why the watch has no better end, if the service or the way to it is to blame.
fn reason(watched: &Watched) -> Option<String> {
    match &watched.ended {
        StopReason::Refused(api_error) => Some(api_error.to_string()),
        StopReason::Unavailable(reason) => Some(reason.clone()),
        StopReason::Settled
        | StopReason::LookedOnce
        | StopReason::Deadline
        | StopReason::Interrupted(_)
        | StopReason::NobodyReads => watched.fault.clone(),
    }
}

/// Returns the word for what the watch came to. An id that the service does not know has no messages that could count.
fn verdict(watched: &Watched, exit: Exit) -> &'static str {
    let unknown = watched.found.iter().any(|found| found.missing);
    match watched.counts.verdict() {
        Verdict::Reached if watched.counts == Counts::default() => "not_found",
        Verdict::Reached if unknown && exit == Exit::Partial => machine::verdict(Verdict::Partial),
        verdict => machine::verdict(verdict),
    }
}

fn typed(kind: &str, mut body: Value, simulated: bool) -> String {
    if let Value::Object(fields) = &mut body {
        fields.insert("type".to_owned(), Value::from(kind));
    }
    json::write(KIND, simulated, body)
}

fn change_json(change: &Change, view: &View) -> Value {
    let error = change
        .error
        .as_ref()
        .map(|error| json!({"code": error.code, "message": view.line(&error.message)}));
    json!({
        "id": change.notification,
        "message_id": change.message,
        "event": change.event,
        "channel": change.channel,
        "recipient": if view.no_pii { crate::model::masked(&change.recipient) } else { change.recipient.clone() },
        "from": change.from.as_ref().map(|status| status.as_str().to_owned()),
        "status": change.to.as_str(),
        "at": rfc3339(change.at),
        "error": error,
    })
}
