//! Text for people: short, aligned, readable without colour.

use std::time::Duration;

use super::escape::json_for_terminal;
use super::machine;
use super::stats;
use super::table::{cut, table, whole};
use super::text_simulator;
use super::view::{BAD, BOLD, DIM, HINT, View, style_of};
use crate::api::control::MessageRow;
use crate::error::Error;
use crate::model::{
    Cause, Goal, Kind, Message, MessageStatus, Notification, Standing, Tally, Timestamp, cause,
    standing,
};
use crate::report::{
    ActivityList, Change, Explanation, Found, Looked, PreviewedRequest, Report, SendOutcome,
    SendResult,
};
use crate::words;

/// Returns a report as text. What was printed on the way is not repeated.
pub fn report(report: &Report, view: &View) -> String {
    match report {
        Report::Sent(_) | Report::Watched(_) | Report::Followed(_) => String::new(),
        Report::Looked(looked) => self::looked(looked, view),
        Report::Activity(list) => activity(list, view),
        Report::Preview(requests) => requests.iter().map(|r| preview(r, view)).collect(),
        Report::Cancelled(done) => done
            .iter()
            .map(|one| {
                let number = usize::try_from(one.cancelled).unwrap_or(usize::MAX);
                let what = match number {
                    0 => "nothing was pending".to_owned(),
                    number => format!("{} cancelled", words::count(number, "notification")),
                };
                let who = view.recipient(one.recipient.label());
                format!("{}  {who}  {what}\n", one.event)
            })
            .collect(),
        Report::Topics(causes) => topics(causes, view),
        Report::Explained(found) => explained(found, view),
        Report::ExplainedNotification(found) => explanation(found, view),
        Report::WhoAmI(who) => {
            let journal = who.journal.as_deref().unwrap_or("switched off");
            format!(
                "service    simulator, offline: nobody receives anything\nfile       {}\njournal    {journal}\nkey        none needed\n",
                who.simulator
            )
        }
        Report::Recipients(rows) => text_simulator::recipients(rows, view),
        Report::Clock(clock) => text_simulator::clock(clock, view),
        Report::Suppressions(list) => text_simulator::suppressions(list, view),
        Report::SuppressionsChanged(changed) => text_simulator::suppressions_changed(*changed),
        Report::Plan(plan) => text_simulator::plan(plan, view),
        Report::Reset(reset) => text_simulator::reset(reset),
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
    if let Some(hint) = error.hint() {
        text.push_str(&format!(
            "{} {}\n",
            view.paint("hint:", HINT),
            view.outside(&hint)
        ));
    }
    text
}

/// Returns the line of a request that has its result.
pub fn sent(result: &SendResult, view: &View) -> String {
    let word = machine::outcome(&result.outcome).replace('_', " ");
    let good = matches!(result.outcome, SendOutcome::Accepted { .. });
    let style = if good {
        style_of(&MessageStatus::Delivered)
    } else {
        style_of(&MessageStatus::Failed)
    };
    let word = view.paint(&format!("{word:<10}"), style);
    let key = view.paint(&format!("key {}", result.idempotency_key), DIM);
    match &result.outcome {
        SendOutcome::Accepted { receipts, replayed } => {
            let again = if *replayed { "  (accepted before)" } else { "" };
            receipts
                .iter()
                .map(|(id, to)| format!("{word}  {id}  {}  {key}{again}\n", view.recipient(to)))
                .collect()
        }
        outcome => {
            let reason = machine::reason(outcome).unwrap_or_default();
            let who = view.recipient(&result.recipient);
            format!("{word}  {who}  {}  {key}\n", view.outside(&reason))
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
        view.recipient(&change.recipient),
    )
}

/// Returns the last line of a notification that has settled.
pub fn settled(found: &Found, tally: Tally, view: &View) -> String {
    let Some(notification) = &found.notification else {
        let word = view.paint(&format!("{:<10}", "not found"), BAD);
        return format!("{word}  {}\n", found.id);
    };
    let mut text = String::new();
    for message in &notification.messages {
        text.push_str(&settled_message(notification, message, view));
    }
    if notification.messages.is_empty() && tally.bad > 0 {
        text.push_str(&format!(
            "{:<10}  {}  ended without a message\n",
            view.notification_status(&notification.status),
            notification.id
        ));
    }
    text
}

fn settled_message(notification: &Notification, message: &Message, view: &View) -> String {
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
    let cancelled = match notification.status {
        crate::model::NotificationStatus::Cancelled => "  cancelled",
        _ => "",
    };
    format!(
        "{}  {}  {:<8}  {}{took}{cancelled}{error}\n",
        view.status(&message.status),
        notification.id,
        view.outside(message.channel.as_str()),
        view.recipient(notification.recipient().unwrap_or_default()),
    )
}

/// Returns the line of a message of `activity --follow`.
pub fn followed(row: &MessageRow, view: &View) -> String {
    let message: Message = row.message.clone().into();
    let when = message.since().or(message.queued_at);
    let error = match &message.error {
        Some(error) => format!("  {}", error_line(&error.code, &error.message, view)),
        None => String::new(),
    };
    format!(
        "{}  {}  {}  {:<8}  {}  {}{error}\n",
        when.map_or_else(String::new, |when| view.time(when)),
        view.status(&message.status),
        row.notification,
        view.outside(message.channel.as_str()),
        view.outside(&row.event),
        view.recipient(&row.recipient),
    )
}

fn looked(looked: &Looked, view: &View) -> String {
    let mut text = String::new();
    for found in &looked.found {
        if !text.is_empty() {
            text.push('\n');
        }
        match &found.notification {
            None => text.push_str(&format!(
                "{} {}\n  {}\n",
                view.paint("notification", BOLD),
                found.id,
                view.paint("not found", BAD)
            )),
            Some(notification) => {
                text.push_str(&notification_block(
                    notification,
                    found.at,
                    looked.explain,
                    view,
                ));
            }
        }
    }
    text
}

fn notification_block(
    notification: &Notification,
    at: Timestamp,
    explain: bool,
    view: &View,
) -> String {
    let who = notification.recipient().unwrap_or("the event's listeners");
    let mut text = format!(
        "{} {}\n  {} to {}, {}",
        view.paint("notification", BOLD),
        notification.id,
        view.outside(&notification.event),
        view.recipient(who),
        view.notification_status(&notification.status)
    );
    if let Some(started) = notification.started_at {
        text.push_str(&format!(", accepted {}", view.time(started)));
    }
    text.push('\n');
    for message in &notification.messages {
        text.push_str(&message_block(notification, message, at, explain, view));
    }
    text
}

fn message_block(
    notification: &Notification,
    message: &Message,
    at: Timestamp,
    explain: bool,
    view: &View,
) -> String {
    let mut text = format!(
        "  {}  {:<8}  {}\n",
        view.status(&message.status),
        view.outside(message.channel.as_str()),
        times(message, at)
    );
    if let Some(error) = &message.error {
        let line = error_line(&error.code, &error.message, view);
        text.push_str(&format!("    {line}\n"));
    }
    let stands = standing(message, &notification.status, Goal::Settled);
    if explain && (stands != Standing::Good || message.error.is_some()) {
        let about = message.error.as_ref().and_then(|error| cause(&error.code));
        if let Some(cause) = about.or_else(|| cause(message.status.as_str())) {
            text.push_str(&advice(cause, view, "    "));
        }
    }
    text
}

/// Returns the course of a message: `sent after 200 ms, delivered after 1 s`, or how long it has waited.
fn times(message: &Message, at: Timestamp) -> String {
    let Some(queued) = message.queued_at else {
        return String::new();
    };
    let steps = [
        ("sent", message.sent_at),
        ("delivered", message.delivered_at),
        ("failed", message.failed_at),
    ];
    let mut parts: Vec<String> = steps
        .iter()
        .filter_map(|(word, time)| Some(format!("{word} after {}", between(queued, (*time)?))))
        .collect();
    let open = matches!(message.status, MessageStatus::Queued | MessageStatus::Sent);
    if open {
        parts.push(format!("queued {} ago", between(queued, at)));
    }
    parts.join(", ")
}

fn between(from: Timestamp, to: Timestamp) -> String {
    let millis = to.as_millisecond() - from.as_millisecond();
    words::duration(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

fn error_line(code: &str, message: &str, view: &View) -> String {
    let code = view.outside(code);
    match message {
        "" => code,
        message => format!("{code}: {}", view.outside(message)),
    }
}

fn activity(list: &ActivityList, view: &View) -> String {
    let columns = [
        whole("QUEUED"),
        whole("STATUS"),
        whole("TOOK"),
        whole("CHANNEL"),
        cut("RECIPIENT", 12),
        cut("TEMPLATE", 10),
        cut("ERROR", 10),
        cut("ID", 13),
    ];
    let rows: Vec<Vec<String>> = list
        .messages
        .iter()
        .map(|row| {
            let message: Message = row.message.clone().into();
            let took = match (message.queued_at, message.since(), &message.status) {
                (_, _, MessageStatus::Queued) | (None, ..) | (_, None, _) => String::new(),
                (Some(from), Some(to), _) => between(from, to),
            };
            vec![
                message
                    .queued_at
                    .map_or_else(String::new, |time| view.time(time)),
                view.outside(message.status.as_str()),
                took,
                view.outside(message.channel.as_str()),
                view.recipient(&row.recipient),
                view.outside(message.template.as_deref().unwrap_or(&row.event)),
                message
                    .error
                    .as_ref()
                    .map_or_else(String::new, |error| view.outside(&error.code)),
                row.notification.clone(),
            ]
        })
        .collect();
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str(&table(&columns, &rows, view, |index, cell| {
            (index == 1).then(|| MessageStatus::from_wire(cell))
        }));
    }
    if let Some(statistics) = &list.statistics {
        if !rows.is_empty() {
            text.push('\n');
        }
        text.push_str(&stats::text(statistics, view));
    }
    text
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
        let mut line = format!("curl -X {} {}", request.method, words::shell(&url));
        line.push_str(" -H \"Authorization: Bearer $SENDIVENT_API_KEY\"");
        for (name, value) in &request.headers {
            line.push_str(&format!(
                " -H {}",
                words::shell(&format!("{name}: {value}"))
            ));
        }
        return format!("{line} -d {}\n", words::shell(&shown(body.to_string())));
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

fn topics(causes: &[Cause], view: &View) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let of_kind = causes.iter().filter(|cause| cause.kind == kind);
        let title = format!(
            "{}{}",
            &kind.as_str()[..1].to_uppercase(),
            &kind.as_str()[1..]
        );
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", view.paint(&title, BOLD)));
        for cause in of_kind {
            text.push_str(&format!("  {:<18}  {}\n", cause.word, cause.means));
        }
    }
    text
}

fn explained(found: &Cause, view: &View) -> String {
    format!(
        "{} ({})\n{}",
        view.paint(found.word, BOLD),
        found.kind.as_str(),
        advice(found, view, "")
    )
}

/// Returns what a word means, what is likely behind it, and what to do.
fn advice(cause: &Cause, view: &View, indent: &str) -> String {
    let mut text = format!("{indent}{}\n", cause.means);
    if !cause.likely.is_empty() {
        text.push_str(&format!("{indent}{}\n", view.paint("Likely causes", BOLD)));
        for likely in cause.likely {
            text.push_str(&format!("{indent}  - {likely}\n"));
        }
    }
    text.push_str(&format!("{indent}{}\n", view.paint("What to do", BOLD)));
    for (number, todo) in (1..).zip(cause.todo) {
        text.push_str(&format!("{indent}  {number}. {todo}\n"));
    }
    text
}

fn explanation(found: &Explanation, view: &View) -> String {
    let Some(notification) = &found.found.notification else {
        return String::new();
    };
    let mut text = notification_block(notification, found.found.at, false, view);
    for (message, of) in notification.messages.iter().zip(&found.advice) {
        if let Some(steered) = &message.steered_by {
            let steered = view.outside(steered);
            text.push_str(&format!(
                "\nDecided by {steered} (the simulator says so).\n"
            ));
        }
        for cause in [of.status, of.error].into_iter().flatten() {
            text.push_str(&format!("\n{}", explained(cause, view)));
        }
    }
    text
}
