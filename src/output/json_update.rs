//! JSON lines: one object for each update of a command that follows, and one at its end.

use serde_json::{Value, json};

use super::json;
use super::machine;
use super::view::View;
use crate::exit::Exit;
use crate::model::{Tally, Verdict, rfc3339};
use crate::report::{Change, Ended, Update, Watched};

const KIND: &str = "update";

/// Returns the line of an update; none for one that machines need not know.
pub fn line(update: &Update, simulated: bool, view: &View) -> Option<String> {
    let (kind, body) = match update {
        Update::Sent(result) => ("receipt", json::result(result, view)),
        Update::Change(change) => ("change", change_json(change, view)),
        Update::Settled { found, tally } => {
            let body = match &found.notification {
                Some(notification) => json::notification_json(notification, *tally, view),
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
        "outcome": exit.word(),
        "reason": reason,
        "resume": resume,
    });
    if let (Some(watched), Value::Object(fields)) = (watched, &mut body) {
        let ended = match watched.ended {
            Ended::Settled => "settled",
            Ended::LookedOnce => "looked_once",
            Ended::Deadline => "deadline",
            Ended::Unavailable(_) => "unavailable",
            Ended::Refused(_) => "refused",
            Ended::Interrupted(_) => "interrupted",
            Ended::NobodyReads => "nobody_reads",
        };
        fields.insert("ended".to_owned(), Value::from(ended));
        let tally = watched.tally;
        let counts = json!({"good": tally.good, "bad": tally.bad, "pending": tally.pending});
        fields.insert("counts".to_owned(), counts);
        fields.insert("verdict".to_owned(), Value::from(verdict(watched, exit)));
    }
    typed("end", body, simulated)
}

/// Returns why the watch has no better end, if the service or the way to it is to blame.
fn reason(watched: &Watched) -> Option<String> {
    match &watched.ended {
        Ended::Refused(refusal) => Some(refusal.to_string()),
        Ended::Unavailable(reason) => Some(reason.clone()),
        Ended::Settled
        | Ended::LookedOnce
        | Ended::Deadline
        | Ended::Interrupted(_)
        | Ended::NobodyReads => watched.fault.clone(),
    }
}

/// Returns the word for what the watch came to. An id that the service does not know has no messages that could count.
fn verdict(watched: &Watched, exit: Exit) -> &'static str {
    let unknown = watched.found.iter().any(|found| found.missing);
    match watched.tally.verdict() {
        Verdict::Reached if watched.tally == Tally::default() => "not_found",
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
