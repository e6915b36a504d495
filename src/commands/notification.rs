//! Code that several commands share to request a notification and to print it as JSON and text.

use std::cell::OnceCell;
use std::time::Duration;

use serde::Serialize;

use super::command::Context;
use crate::api::Decoded;
use crate::client::Client;
use crate::error::Error;
use crate::journal::Journal;
use crate::model::{
    Audience, Counts, Goal, GoalState, HelpTopic, Message, MessageError, MessageStatus,
    Notification, NotificationStatus, Timestamp, Verdict, from_millis, goal_state, help_topic,
};
use crate::output::{BAD, BOLD, TextStyle, TextWriter};
use crate::redact::Pii;
use crate::text;

/// A notification id, and the service's last response for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "LookupJson")]
#[cfg_attr(test, schemars(with = "LookupJson"))]
pub struct Lookup {
    pub id: String,
    /// `None` until the service returns the notification.
    pub notification: Option<Pii<Notification>>,
    /// Whether the service does not know the id.
    pub missing: bool,
    /// The time of the last successful response: virtual time with the simulator, otherwise the time of this machine.
    /// Before the first response, this is the time at which the lookup was created.
    pub at: Timestamp,
    /// How many messages have reached the goal, how many can no longer reach it, and how many still may.
    pub counts: Counts,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum LookupJson {
    Found {
        #[serde(flatten)]
        notification: Pii<Notification>,
        found: bool,
        recipient: Option<String>,
        verdict: &'static str,
    },
    Missing {
        id: String,
        found: bool,
        verdict: &'static str,
    },
}

impl From<Lookup> for LookupJson {
    fn from(lookup: Lookup) -> Self {
        match lookup.notification {
            None => Self::Missing {
                id: lookup.id,
                found: false,
                verdict: "not_found",
            },
            Some(notification) => Self::Found {
                found: true,
                recipient: notification.recipient().map(ToOwned::to_owned),
                verdict: lookup.counts.verdict().name(),
                notification,
            },
        }
    }
}

impl Lookup {
    /// Creates the lookup of an id before any response. The id counts as one pending message.
    pub fn new(id: String, at: Timestamp) -> Self {
        Self {
            id,
            notification: None,
            missing: false,
            at,
            counts: Counts {
                pending: 1,
                ..Counts::default()
            },
        }
    }

    pub fn record(&mut self, notification: Pii<Notification>, at: Timestamp, goal: Goal) {
        self.counts = Counts::of(&notification, goal);
        self.notification = Some(notification);
        self.at = at;
    }

    pub fn record_not_found(&mut self) {
        self.missing = true;
        self.counts = Counts::default();
    }

    /// Returns whether no message is pending: each has reached the goal or can no longer reach it.
    pub fn is_settled(&self) -> bool {
        self.counts.is_settled()
    }

    /// Requests a notification. A 404 response is not an error: it sets `missing`.
    pub async fn fetch(
        client: &Client<'_>,
        id: &str,
        recipients: &RecipientLookup<'_>,
    ) -> Result<Self, Error> {
        let now = from_millis(recipients.context.host.clock.now());
        let mut lookup = Self::new(id.to_owned(), now);
        match client.notification(id).await {
            Ok(response) => {
                let response = recipients.complete(response);
                let at = response.server_time.unwrap_or(now);
                lookup.record(response.body, at, Goal::Settled);
            }
            Err(error) if error.is_rejected_with(404) => lookup.record_not_found(),
            Err(failure) => return Err(Error::of_request(&format!("notification {id}"), failure)),
        }
        Ok(lookup)
    }
}

/// A lookup of recipients in the journal, for responses of the service that do not contain the recipient. The journal
/// is opened at the first use.
pub struct RecipientLookup<'c> {
    context: Context<'c>,
    journal: OnceCell<Option<(Journal, String)>>,
}

impl<'c> RecipientLookup<'c> {
    pub fn new(context: Context<'c>) -> Self {
        Self {
            context,
            journal: OnceCell::new(),
        }
    }

    /// Adds the recipient from the journal if the response does not contain it. Masks personal data under `--no-pii`.
    pub fn complete(&self, response: Decoded<Notification>) -> Decoded<Pii<Notification>> {
        complete(response, |id| self.find(id), self.context)
    }

    fn find(&self, id: &str) -> Option<String> {
        let open = || {
            // A journal that cannot be opened is ignored: the output then contains no recipient.
            let journal = self.context.journal().ok()??;
            let service_id = self.context.session.service_id(self.context.host).ok()?;
            Some((journal, service_id))
        };
        let (journal, service_id) = self.journal.get_or_init(open).as_ref()?;
        let recipient = journal.recipient_of(service_id, id).ok()??;
        Some(match recipient.as_str() {
            "" => Audience::Listeners.label(),
            _ => recipient,
        })
    }
}

/// If the response does not contain the recipient, sets `fallback_recipient` to what `recipient` returns for the
/// notification's id. Masks personal data under `--no-pii`.
pub fn complete(
    mut response: Decoded<Notification>,
    recipient: impl FnOnce(&str) -> Option<String>,
    context: Context<'_>,
) -> Decoded<Pii<Notification>> {
    if response.body.recipient().is_none() {
        response.body.fallback_recipient = recipient(&response.body.id);
    }
    response.map(|notification| context.redactor.notification(notification))
}

/// Writes a notification and its messages. With `explain`, also writes advice for each message that failed, is pending
/// or has an error. `at` is the time of the response.
pub fn write_block(
    notification: &Notification,
    at: Timestamp,
    explain: bool,
    out: &mut TextWriter<'_>,
) {
    let style = out.style();
    out.line(format_args!(
        "{} {}\n  {} to {}",
        style.paint("notification", BOLD),
        notification.id,
        style.sanitize(&notification.event),
        style.recipient(notification.recipient()),
    ));
    let mut status = style.sanitize(notification.status.as_str());
    if let Some(started) = notification.started_at {
        status.push_str(&format!(", started {}", style.time(started)));
        if let Some(completed) = notification.completed_at {
            status.push_str(&format!(", ended after {}", between(started, completed)));
        }
    }
    out.line(format_args!("  {status}"));
    for message in &notification.messages {
        write_message(notification, message, at, explain, out);
    }
}

fn write_message(
    notification: &Notification,
    message: &Message,
    at: Timestamp,
    explain: bool,
    out: &mut TextWriter<'_>,
) {
    let style = out.style();
    let status = displayed_status(message, &notification.status);
    let line = format!(
        "  {}  {:<8}  {}",
        style.status(&status),
        style.sanitize(message.channel.as_str()),
        progress(message, &status, at)
    );
    out.line(line.trim_end());
    if let Some(error) = &message.error {
        out.line(format_args!("    {}", error_line(error, style)));
    }
    let state = goal_state(message, &notification.status, Goal::Settled);
    if explain && (state != GoalState::Good || message.error.is_some()) {
        let by_error = message
            .error
            .as_ref()
            .and_then(|error| help_topic(&error.code));
        if let Some(topic) = by_error.or_else(|| help_topic(status.as_str())) {
            write_advice(topic, Some(&notification.id), "    ", out);
        }
    }
}

/// Writes what a topic means, its likely causes, and what to do. In the commands to run, `id` replaces `ID`.
pub fn write_advice(topic: &HelpTopic, id: Option<&str>, indent: &str, out: &mut TextWriter<'_>) {
    let style = out.style();
    out.line(format_args!("{indent}{}", topic.meaning));
    if !topic.causes.is_empty() {
        out.line(format_args!(
            "{indent}{}",
            style.paint("Likely causes", BOLD)
        ));
        for cause in &topic.causes {
            out.line(format_args!("{indent}  - {cause}"));
        }
    }
    out.line(format_args!("{indent}{}", style.paint("What to do", BOLD)));
    for (number, action) in (1..).zip(&topic.actions) {
        let action = style.with_global_flags(action, id);
        out.line(format_args!("{indent}  {number}. {action}"));
    }
}

/// Describes the history of a message, such as `sent after 200 ms, delivered after 1 s`. For a message that is still
/// queued or sent, adds how long ago it was queued.
fn progress(message: &Message, displayed: &MessageStatus, at: Timestamp) -> String {
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
        .filter_map(|(name, time)| Some(format!("{name} after {}", between(queued, (*time)?))))
        .collect();
    if matches!(displayed, MessageStatus::Queued | MessageStatus::Sent) {
        parts.push(format!("queued {} ago", between(queued, at)));
    }
    parts.join(", ")
}

/// Returns the status for text output. For a queued message of a cancelled notification, this is `cancelled`.
pub fn displayed_status(message: &Message, notification: &NotificationStatus) -> MessageStatus {
    let cancelled = *notification == NotificationStatus::Cancelled;
    if cancelled && message.status == MessageStatus::Queued {
        MessageStatus::Other(notification.as_str().to_owned())
    } else {
        message.status.clone()
    }
}

/// Formats the error of a message as `CODE: TEXT`, or as `CODE` if the text is empty.
fn error_line(error: &MessageError, style: &TextStyle) -> String {
    let code = style.sanitize(&error.code);
    match error.message.as_str() {
        "" => code,
        text => format!("{code}: {}", style.sanitize(text)),
    }
}

/// Formats an error for the end of a line, with two spaces before it. Returns an empty string if there is no error.
pub fn error_suffix(error: Option<&MessageError>, style: &TextStyle) -> String {
    error.map_or_else(String::new, |error| {
        format!("  {}", error_line(error, style))
    })
}

/// Writes the final status of a notification: one line for each message, or one line if it has no messages or was not
/// found.
pub fn write_settled(lookup: &Lookup, out: &mut TextWriter<'_>) {
    let style = out.style();
    let Some(notification) = &lookup.notification else {
        let label = style.paint(&format!("{:<10}", "not found"), BAD);
        return out.line(format_args!("{label}  {}", lookup.id));
    };
    for message in &notification.messages {
        out.line(message_line(notification, message, lookup.counts, style));
    }
    if notification.messages.is_empty() && lookup.counts.bad > 0 {
        out.line(format_args!(
            "{:<10}  {}  ended without a message",
            style.sanitize(notification.status.as_str()),
            notification.id
        ));
    }
}

pub fn message_line(
    notification: &Notification,
    message: &Message,
    counts: Counts,
    style: &TextStyle,
) -> String {
    let took = took(message).map_or_else(String::new, |took| format!("  after {took}"));
    let error = error_suffix(message.error.as_ref(), style);
    // This message counts as bad although it did not fail: the goal was delivery, which this channel never reports.
    let is_unreported = message.status == MessageStatus::Sent && counts.bad > 0;
    let unreported = match is_unreported {
        true => "  this channel does not report delivery",
        false => "",
    };
    format!(
        "{}  {}  {:<8}  {}{took}{unreported}{error}",
        style.status(&displayed_status(message, &notification.status)),
        notification.id,
        style.sanitize(message.channel.as_str()),
        style.recipient(notification.recipient()),
    )
}

/// Formats how long a message took from queued to its current status. `None` if it is still queued or a time is
/// unknown.
pub fn took(message: &Message) -> Option<String> {
    let is_queued = message.status == MessageStatus::Queued;
    let (from, to) = message.queued_at.zip(message.since())?;
    (!is_queued).then(|| between(from, to))
}

/// Formats the time from `from` to `to`, such as `1.2 s`.
fn between(from: Timestamp, to: Timestamp) -> String {
    let millis = to.as_millisecond() - from.as_millisecond();
    text::format_duration(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

/// Returns the value of `verdict` in JSON. `counts` does not include ids that the service does not know. If the service
/// knows none of the ids, the verdict is `not_found`. If it knows only some, and all messages of these reached the
/// goal, the verdict is `partial`.
pub fn verdict_name(counts: Counts, lookups: &[Lookup]) -> &'static str {
    let missing = lookups.iter().any(|lookup| lookup.missing);
    match counts.verdict() {
        Verdict::Reached if counts == Counts::default() => "not_found",
        Verdict::Reached if missing => Verdict::Partial.name(),
        verdict => verdict.name(),
    }
}
