//! Text output for a webhook delivery and its attempts.

use std::time::Duration;

use serde_json::Value;

use crate::api::webhooks::{Attempt, Delivery, DeliveryDetail};
use crate::output::{BOLD, DIM, TextStyle, TextWriter};
use crate::text;

fn state(delivery: &Delivery, style: &TextStyle) -> String {
    let status = delivery.status.replace('_', " ");
    match (&delivery.reason, delivery.due_at) {
        (Some(reason), _) => format!("{status}: {}", style.sanitize(reason)),
        (None, Some(due)) => format!("{status}, due {}", style.time(due)),
        (None, None) if delivery.status == "waiting" => {
            format!("{status} for an earlier event of its message")
        }
        (None, None) => status,
    }
}

/// Describes the result of an attempt: its error, or the HTTP status of a success.
pub fn result(attempt: &Attempt, style: &TextStyle) -> String {
    match (&attempt.error, attempt.http_status) {
        (Some(error), _) => style.sanitize(error),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => String::new(),
    }
}

fn write_attempt(attempt: &Attempt, out: &mut TextWriter<'_>) {
    /// The maximum number of lines of the response body that are printed.
    const MAX_LINES: usize = 20;
    let style = out.style();
    let duration = Duration::from_millis(u64::try_from(attempt.duration_ms).unwrap_or(0));
    let manual = if attempt.replay { ", manual" } else { "" };
    out.line(format_args!(
        "{} {} to {}{manual}: {} ({})",
        style.paint(&format!("attempt {}", attempt.number), BOLD),
        style.time(attempt.at),
        style.sanitize(&attempt.url),
        result(attempt, style),
        text::format_duration(duration)
    ));
    for (name, value) in &attempt.headers {
        out.line(format_args!("  {name}: {}", style.sanitize(value)));
    }
    let body = attempt.response_body.as_deref().unwrap_or_default();
    for line in body.lines().take(MAX_LINES) {
        out.line(style.paint(&format!("  < {}", style.sanitize(line)), DIM));
    }
}

/// Writes a delivery, its payload and its attempts as text.
pub fn write(detail: &DeliveryDetail, out: &mut TextWriter<'_>) {
    let style = out.style();
    let delivery = &detail.delivery;
    out.line(format_args!(
        "{} {}\n{} to {}, {}\nmessage {} of notification {}",
        style.paint("delivery", BOLD),
        delivery.id,
        style.sanitize(&delivery.event),
        style.sanitize(&delivery.recipient),
        state(delivery, style),
        delivery.message_id,
        delivery.notification_id,
    ));
    let pretty = serde_json::from_str::<Value>(&detail.payload)
        .and_then(|payload| serde_json::to_string_pretty(&payload));
    // A payload that is no JSON is printed as it is.
    let payload = pretty.unwrap_or_else(|_| detail.payload.clone());
    for line in payload.lines() {
        let line = style.redactor.text(line);
        out.line(format_args!("  {}", style.sanitize(&line)));
    }
    for attempt in &detail.attempts {
        write_attempt(attempt, out);
    }
}
