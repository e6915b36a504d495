//! Text about webhooks.

use std::time::Duration;

use serde_json::Value;

use super::table::{cut, table, whole};
use super::view::{BAD, BOLD, DIM, View};
use crate::api::signature::Scheme;
use crate::api::webhooks::{Attempt, DeliveriesResponse, Delivery, DeliveryDetail};
use crate::model::{MessageStatus, from_millis};
use crate::report::{MismatchHint, SignatureFault, Verification, WebhooksReport};
use crate::text;

/// What a check of a signature takes for granted.
pub const ASSUMED: &str =
    "the signed string is the header's time, a dot and the body; the key is the whole secret";

/// Returns a report about webhooks.
pub fn report(found: &WebhooksReport, view: &View) -> String {
    match found {
        WebhooksReport::List(list) => deliveries(list, view),
        WebhooksReport::Shown(detail) | WebhooksReport::Tried(detail) => delivery(detail, view),
        WebhooksReport::Verified(found) => verified(found, view),
    }
}

fn deliveries(list: &DeliveriesResponse, view: &View) -> String {
    let mut text = match &list.webhook {
        None => "No webhook endpoint is registered.\n".to_owned(),
        Some(endpoint) => {
            let off = if endpoint.is_active {
                ""
            } else {
                " (switched off)"
            };
            format!("endpoint {}{off}\n", view.outside(&endpoint.url))
        }
    };
    if list.deliveries.is_empty() {
        if list.webhook.is_some() {
            text.push_str("Nothing was sent to it, and nothing is planned.\n");
        }
        return text;
    }
    let columns = [
        whole("DELIVERY"),
        whole("EVENT"),
        cut("RECIPIENT", 12),
        whole("STATUS"),
        whole("TRIES"),
        whole("WHEN"),
        cut("ANSWER", 8),
    ];
    let rows: Vec<Vec<String>> = list.deliveries.iter().map(|one| row(one, view)).collect();
    text.push_str(&table(&columns, &rows, view, |index, cell| {
        (index == 3).then(|| colour(cell))
    }));
    if list.more {
        text.push_str(&view.paint("There are more: --limit N shows them.", DIM));
        text.push('\n');
    }
    text
}

/// Returns the status of a message that has the colour for the status of a delivery.
fn colour(status: &str) -> MessageStatus {
    MessageStatus::from_wire(match status {
        "given_up" => "failed",
        "dropped" => "suppressed",
        "retrying" | "waiting" => "queued",
        other => other,
    })
}

fn row(delivery: &Delivery, view: &View) -> Vec<String> {
    let last = delivery.last.as_ref();
    let when = match (delivery.due_at, last) {
        (Some(due), _) => format!("due {}", view.time(from_millis(due))),
        (None, Some(last)) => view.time(from_millis(last.at)),
        (None, None) => format!("of {}", view.time(from_millis(delivery.at))),
    };
    vec![
        delivery.id.clone(),
        view.outside(&delivery.event),
        view.recipient(&delivery.recipient),
        delivery.status.clone(),
        delivery.attempts.to_string(),
        when,
        match (&delivery.reason, last) {
            (Some(reason), _) => view.outside(reason),
            (None, Some(last)) => outcome(last, view),
            (None, None) => String::new(),
        },
    ]
}

fn outcome(attempt: &Attempt, view: &View) -> String {
    match (&attempt.error, attempt.status) {
        (Some(error), _) => view.outside(error),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => String::new(),
    }
}

fn delivery(detail: &DeliveryDetail, view: &View) -> String {
    let delivery = &detail.delivery;
    let mut text = format!(
        "{} {}\n{} to {}, {}\nmessage {} of notification {}\n",
        view.paint("delivery", BOLD),
        delivery.id,
        view.outside(&delivery.event),
        view.recipient(&delivery.recipient),
        goal_state(delivery, view),
        delivery.message,
        delivery.notification,
    );
    let pretty = serde_json::from_str::<Value>(&detail.payload)
        .and_then(|payload| serde_json::to_string_pretty(&payload))
        .unwrap_or_else(|_| detail.payload.clone());
    for line in pretty.lines() {
        text.push_str(&format!("  {}\n", view.outside(line)));
    }
    for attempt in &detail.attempts {
        text.push_str(&attempt_text(attempt, view));
    }
    text
}

fn goal_state(delivery: &Delivery, view: &View) -> String {
    let status = delivery.status.replace('_', " ");
    match (&delivery.reason, delivery.due_at) {
        (Some(reason), _) => format!("{status}: {}", view.outside(reason)),
        (None, Some(due)) => format!("{status}, due {}", view.time(from_millis(due))),
        (None, None) if delivery.status == "waiting" => {
            format!("{status} for an earlier event of its message")
        }
        (None, None) => status,
    }
}

fn attempt_text(attempt: &Attempt, view: &View) -> String {
    let number = format!("attempt {}", attempt.number);
    let took = Duration::from_millis(u64::try_from(attempt.took).unwrap_or(0));
    let by_hand = if attempt.replay { ", by hand" } else { "" };
    let mut text = format!(
        "{} {} to {}{by_hand}: {} ({})\n",
        view.paint(&number, BOLD),
        view.time(from_millis(attempt.at)),
        view.outside(&attempt.url),
        outcome(attempt, view),
        text::format_duration(took)
    );
    for (name, value) in &attempt.headers {
        text.push_str(&format!("  {name}: {}\n", view.outside(value)));
    }
    let answer = attempt.answer.as_deref().unwrap_or_default();
    for line in answer.lines().take(20) {
        text.push_str(&view.paint(&format!("  < {}", view.outside(line)), DIM));
        text.push('\n');
    }
    text
}

fn verified(found: &Verification, view: &View) -> String {
    let verdict = match &found.fault {
        None => "valid".to_owned(),
        Some(_) => view.paint("not valid", BAD),
    };
    let told = view.outside(&sentence(found));
    format!("{verdict}: {told}\nassumed: {ASSUMED}\n")
}

/// Returns what the check found as a sentence.
pub fn sentence(found: &Verification) -> String {
    let ago = match found.age {
        Some(age) => format!("{} ago", text::format_duration(age)),
        None => "in the future".to_owned(),
    };
    let tolerance = found
        .tolerance
        .map(text::format_duration)
        .unwrap_or_default();
    match &found.fault {
        None => format!("signed {ago}"),
        Some(SignatureFault::Missing) => "there is no header X-Sendivent-Signature".to_owned(),
        Some(SignatureFault::Malformed(reason)) => {
            format!("the header X-Sendivent-Signature cannot be read: {reason}")
        }
        Some(SignatureFault::TooOld) => {
            format!("the signature fits, but it was made {ago}; {tolerance} are allowed")
        }
        Some(SignatureFault::TooNew) => {
            "the signature fits, but it was made in the future: compare the clocks".to_owned()
        }
        Some(SignatureFault::Mismatch(near)) => {
            let usual = "the signature does not fit this body and this secret";
            match near {
                None => usual.to_owned(),
                Some(near) => format!("{usual}; {}", would_fit(*near)),
            }
        }
    }
}

fn would_fit(near: MismatchHint) -> &'static str {
    match near {
        MismatchHint::WithoutLineBreak => {
            "it fits the body without the line break at its end: save the body as it came"
        }
        MismatchHint::Scheme(Scheme::BareSecret) => {
            "it fits if the key is what follows `whsec_`: then the assumption below is wrong"
        }
        MismatchHint::Scheme(Scheme::BodyAlone | Scheme::Assumed) => {
            "it fits if the body alone is signed: then the assumption below is wrong"
        }
    }
}
