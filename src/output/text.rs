//! Text for people: short, aligned, readable without colour.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::escape::json_for_terminal;
use super::machine;
use super::text_account;
use super::text_activity;
use super::text_explain;
use super::text_simulator;
use super::text_status;
use super::text_webhooks;
use super::view::{BAD, DIM, HINT, View, style_of};
use crate::error::Error;
use crate::model::{Counts, Message, MessageStatus, Notification, NotificationStatus, Timestamp};
use crate::report::{Change, Lookup, PreviewedRequest, Report, SendOutcome, SendResult};
use crate::text;

/// Returns a report as text. What was printed on the way is not repeated.
pub fn report(report: &Report, view: &View) -> String {
    match report {
        Report::Sent(_) | Report::Watched(_) | Report::Followed(_) | Report::Ran(_) => {
            String::new()
        }
        Report::Looked(looked) => text_status::looked(looked, view),
        Report::Activity(list) => text_activity::list(list, view),
        Report::Preview(requests) => requests.iter().map(|r| preview(r, view)).collect(),
        Report::Cancelled(done) => done
            .iter()
            .map(|one| {
                let number = usize::try_from(one.cancelled).unwrap_or(usize::MAX);
                let what = match number {
                    0 => "nothing was pending".to_owned(),
                    number => format!("{} cancelled", text::count_noun(number, "notification")),
                };
                let who = view.recipient(one.recipient.label());
                format!("{}  {who}  {what}\n", one.event)
            })
            .collect(),
        Report::Topics(topics) => text_explain::topics(topics, view),
        Report::Explained(found) => text_explain::explained(found, None, view),
        Report::ExplainedNotification(found) => text_explain::explanation(found, view),
        Report::LoggedIn(login) => text_account::logged_in(login, view),
        Report::LoggedOut(profile) => {
            format!("Forgot the key of the profile {}.\n", view.outside(profile))
        }
        Report::WhoAmI(who) => text_account::who_am_i(who, view),
        Report::Diagnosis(checks) => text_account::diagnosis(checks, view),
        Report::JournalPath(path) => format!("{}\n", view.outside(path)),
        Report::Pruned(sends, profile) => text_account::pruned(*sends, profile.as_deref(), view),
        Report::Recipients(rows) => text_simulator::recipients(rows, view),
        Report::Clock(clock) => text_simulator::clock(clock, view),
        Report::Suppressions(list) => text_simulator::suppressions(list, view),
        Report::SuppressionsChanged(changed) => text_simulator::suppressions_changed(*changed),
        Report::Timeline(timeline) => text_simulator::timeline(timeline, view),
        Report::Reset(reset) => text_simulator::reset(reset),
        Report::Stopped(stopped) => super::serve::stopped(stopped),
        Report::Webhooks(found) => text_webhooks::report(found, view),
        Report::Text(text) => text.clone(),
    }
}

/// Returns an error: what, why, and what to do.
pub fn error(error: &Error, view: &View) -> String {
    let mut text = format!(
        "{} {}\n",
        view.paint("error:", BAD),
        view.outside(&error.to_string())
    );
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let because = cause.to_string();
        // SQLite's errors say the same twice, the second time with a number.
        if !because.ends_with(&said) {
            text.push_str(&format!("  because {}\n", view.outside(&because)));
        }
        said = because;
        source = cause.source();
    }
    let request = error
        .api_error()
        .and_then(|api_error| api_error.request_id.as_deref());
    if let Some(id) = request {
        text.push_str(&format!("  request id: {}\n", view.outside(id)));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!(
            "{} {}\n",
            view.paint("hint:", HINT),
            view.hint(&view.pasteable(&hint, None))
        ));
    }
    text
}

/// Returns what is wrong and the fix, in the form of an error, where the result was shown all the same.
pub fn problem(what: &str, fix: &str, view: &View) -> String {
    format!(
        "{} {}\n{} {}",
        view.paint("error:", BAD),
        view.outside(what),
        view.paint("hint:", HINT),
        view.hint(&view.pasteable(fix, None))
    )
}

/// The width of the word that begins a line.
const WORD: usize = 10;

/// Returns the line of a request that has its result.
pub fn sent(result: &SendResult, view: &View) -> String {
    let word = match &result.outcome {
        SendOutcome::Accepted { .. } => "accepted",
        SendOutcome::NotUnderstood { .. } => "no receipt",
        SendOutcome::Refused(_) => "refused",
        SendOutcome::RateLimited { .. } => "limited",
        SendOutcome::Unknown { .. } => "unknown",
        SendOutcome::Unsent | SendOutcome::TooLate => "unsent",
    };
    let good = matches!(result.outcome, SendOutcome::Accepted { .. });
    let style = if good {
        style_of(&MessageStatus::Delivered)
    } else {
        style_of(&MessageStatus::Failed)
    };
    let word = view.paint(&format!("{word:<WORD$}"), style);
    // What was typed as a key may name a recipient.
    let key = format!("key {}", view.outside(result.idempotency_key.as_str()));
    let line = |rest: String| {
        // On a terminal that is too narrow the key has a line of its own.
        let width = WORD + 2 + rest.width() + 2 + key.width();
        let gap = match view.width {
            Some(limit) if width > limit => format!("\n{}", " ".repeat(WORD)),
            Some(_) | None => String::new(),
        };
        format!("{word}  {rest}{gap}  {}\n", view.paint(&key, DIM))
    };
    match &result.outcome {
        SendOutcome::Accepted { receipts, replayed } => {
            let again = if *replayed { "  (accepted before)" } else { "" };
            receipts
                .iter()
                .map(|(id, to)| line(format!("{id}  {}{again}", view.recipient(to))))
                .collect()
        }
        outcome => {
            let reason = machine::reason(outcome).unwrap_or_default();
            let who = view.recipient(&result.recipient);
            let rest = format!("{who}  {}", view.outside(&reason));
            match outcome {
                // What was never begun has no key that means anything.
                SendOutcome::Unsent | SendOutcome::TooLate => format!("{word}  {rest}\n"),
                _ => line(rest),
            }
        }
    }
}

/// Returns the line of a message that entered a status.
pub fn change(change: &Change, view: &View) -> String {
    let error = match &change.error {
        Some(error) => format!("  {}", error_line(&error.code, &error.message, view)),
        None => String::new(),
    };
    format!(
        "{}  {}  {}  {:<8}  {}{error}\n",
        view.time(change.at),
        view.status(&change.to),
        change.notification,
        view.outside(&change.channel),
        view.addressee(Some(&change.recipient)),
    )
}

/// Returns the last line of a notification that has settled.
pub fn settled(found: &Lookup, counts: Counts, view: &View) -> String {
    let Some(notification) = &found.notification else {
        let word = view.paint(&format!("{:<10}", "not found"), BAD);
        return format!("{word}  {}\n", found.id);
    };
    let mut text = String::new();
    for message in &notification.messages {
        text.push_str(&settled_message(notification, message, counts, view));
    }
    if notification.messages.is_empty() && counts.bad > 0 {
        text.push_str(&format!(
            "{:<10}  {}  ended without a message\n",
            view.notification_status(&notification.status),
            notification.id
        ));
    }
    text
}

/// Returns the status of a message as people should see it: one that was cancelled before it moved is cancelled.
pub fn shown_status(message: &Message, notification: &NotificationStatus) -> MessageStatus {
    let cancelled = *notification == NotificationStatus::Cancelled;
    if cancelled && message.status == MessageStatus::Queued {
        MessageStatus::Other(notification.as_str().to_owned())
    } else {
        message.status.clone()
    }
}

/// Returns the line of a message as it was seen last.
pub fn settled_message(
    notification: &Notification,
    message: &Message,
    counts: Counts,
    view: &View,
) -> String {
    let took = match (message.queued_at, message.since()) {
        (Some(from), Some(to)) if message.status != MessageStatus::Queued => {
            format!("  after {}", between(from, to))
        }
        _ => String::new(),
    };
    let error = match &message.error {
        Some(error) => format!("  {}", error_line(&error.code, &error.message, view)),
        None => String::new(),
    };
    let shown = shown_status(message, &notification.status);
    // Bad, and yet no failure: it was to be delivered, and the channel never tells.
    let silent = message.status == MessageStatus::Sent && counts.bad > 0;
    let silent = if silent {
        "  this channel does not report delivery"
    } else {
        ""
    };
    format!(
        "{}  {}  {:<8}  {}{took}{silent}{error}\n",
        view.status(&shown),
        notification.id,
        view.outside(message.channel.as_str()),
        view.addressee(notification.recipient()),
    )
}

/// Returns how long it is from one time to another.
pub fn between(from: Timestamp, to: Timestamp) -> String {
    let millis = to.as_millisecond() - from.as_millisecond();
    text::format_duration(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

/// Returns the reason of a message.
pub fn error_line(code: &str, message: &str, view: &View) -> String {
    let code = view.outside(code);
    match message {
        "" => code,
        message => format!("{code}: {}", view.outside(message)),
    }
}

fn preview(request: &PreviewedRequest, view: &View) -> String {
    let body = view.masked_value(&request.body);
    let shown = |json: String| {
        if view.terminal {
            json_for_terminal(&json)
        } else {
            json
        }
    };
    let url = format!("{}{}", request.base, request.path);
    if request.curl {
        let mut line = format!("curl -X {} {}", request.method, text::shell_quote(&url));
        line.push_str(" -H \"Authorization: Bearer $SENDIVENT_API_KEY\"");
        for (name, value) in &request.headers {
            line.push_str(&format!(
                " -H {}",
                text::shell_quote(&format!("{name}: {value}"))
            ));
        }
        return format!(
            "{line} -d {}\n",
            text::shell_quote(&shown(body.to_string()))
        );
    }
    let headers: serde_json::Map<String, serde_json::Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())))
        .collect();
    let whole =
        serde_json::json!({"method": request.method, "url": url, "headers": headers, "body": body});
    // A value always has a JSON form.
    format!(
        "{}\n",
        shown(serde_json::to_string_pretty(&whole).unwrap_or_default())
    )
}
