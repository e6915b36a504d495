//! JSON documents of the simulator's own commands.

use serde_json::{Value, json};

use super::view::View;
use crate::api::control::TimelineResponse;
use crate::model::{from_millis, rfc3339};
use crate::report::Report;

/// Returns the document of a report of the simulator's own commands.
pub fn document(report: &Report, view: &View) -> Option<(&'static str, Value)> {
    Some(match report {
        Report::Recipients(rows) => {
            let all: Vec<Value> = rows
                .iter()
                .map(|row| {
                    json!({"recipient": row.pattern, "aliases": row.aliases, "scenario": row.scenario,
                           "reason": row.reason})
                })
                .collect();
            ("recipients", json!({ "recipients": all }))
        }
        Report::Clock(clock) => {
            let time = |millis| rfc3339(from_millis(millis));
            (
                "clock",
                json!({"virtual": time(clock.now), "real": time(clock.real), "rate": clock.rate}),
            )
        }
        Report::Suppressions(list) => {
            let all: Vec<Value> = list
                .iter()
                .map(|entry| {
                    json!({"channel": entry.channel, "recipient": view.label(&entry.recipient),
                           "reason": entry.reason, "since": rfc3339(from_millis(entry.since))})
                })
                .collect();
            ("suppressions", json!({ "suppressions": all }))
        }
        Report::SuppressionsChanged(changed) => ("changed", json!({ "changed": changed })),
        Report::Timeline(timeline) => ("timeline", timeline_json(timeline, view)),
        Report::Reset(reset) => {
            let forgotten = json!({"notifications": reset.notifications, "messages": reset.messages,
                                   "contacts": reset.contacts});
            ("reset", json!({ "forgotten": forgotten }))
        }
        _ => return None,
    })
}

fn timeline_json(timeline: &TimelineResponse, view: &View) -> Value {
    let messages: Vec<Value> = timeline
        .messages
        .iter()
        .map(|message| {
            let steps: Vec<Value> = message
                .steps
                .iter()
                .map(|step| {
                    json!({"at": rfc3339(from_millis(step.at)), "status": step.status,
                           "reason": step.reason, "due": step.at <= timeline.now})
                })
                .collect();
            json!({"message_id": message.id, "channel": message.channel,
                   "recipient": view.label(&message.recipient),
                   "decided_by": message.decided_by, "steps": steps})
        })
        .collect();
    json!({"id": timeline.id, "at": rfc3339(from_millis(timeline.now)), "messages": messages})
}
