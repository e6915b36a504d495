//! One send, inside one transaction: who is meant, what steers them, and the life of each message.

use http::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error_codes::Reason;
use super::error_response::ApiErrorResponse;
use super::faults::{BrokenBody, Fault, HttpAnswer};
use super::routing::Route;
use super::scenarios::{LISTENER, Outcome, Steering};
use super::store::{
    IdempotentResponse, Progress, StoreError, StoredMessage, StoredNotification, Writer,
};
use super::timeline::{Scenario, Timeline};
use crate::api::{AcceptedNotification, SendResponse};
use crate::model::{Channel, EventName, NotificationStatus, from_millis, rfc3339, to_json};

/// A send, as the routes understood it.
#[derive(Debug, Clone)]
pub struct Order {
    /// The event.
    pub event: EventName,
    /// The channel that is forced.
    pub channel: Option<Channel>,
    /// The body of the request.
    pub body: Value,
    /// The idempotency key.
    pub key: Option<String>,
}

/// What becomes of a send.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It was stored. This is the body of the answer, and what spoils the answer, if something does.
    Accepted(String, Option<ResponseFault>),
    /// It was stored before, under the same key, with this answer.
    Replayed(String),
    /// It was refused.
    Refused(ApiErrorResponse),
    /// A recipient asked for an HTTP error.
    Answered(HttpAnswer),
    /// A recipient asked for no answer.
    UnresolvedSend(Fault),
}

/// What spoils the answer to a send that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseFault {
    /// It never arrives.
    Lost,
    /// Its body is broken.
    Body(BrokenBody),
}

impl Order {
    /// Returns what tells this request from others: two with the same are the same request. Fields may come in any
    /// order.
    fn fingerprint(&self) -> [u8; 32] {
        let channel = self.channel.as_ref().map_or("", Channel::as_str);
        // `serde_json` keeps the fields of an object sorted.
        let text = format!("{}\n{channel}\n{}", self.event, self.body);
        Sha256::digest(text.as_bytes()).into()
    }

    /// Returns the recipients, and whether they came as an array.
    fn recipients(&self) -> Result<(Vec<Value>, bool), Verdict> {
        match self.body.get("to") {
            None | Some(Value::Null) => Ok((vec![Value::from(LISTENER)], false)),
            Some(Value::Array(recipients)) if recipients.is_empty() => Err(Verdict::Refused(
                ApiErrorResponse::field("to", "the list of recipients is empty"),
            )),
            Some(Value::Array(recipients)) => Ok((recipients.clone(), true)),
            Some(recipient) => Ok((vec![recipient.clone()], false)),
        }
    }
}

/// Decides a send and stores what is to be stored. Whatever the verdict is, the transaction is to be committed: a
/// recipient that counts has counted.
///
/// # Errors
/// [`StoreError`]; nothing may be stored then.
pub fn send(writer: &mut Writer<'_>, order: &Order) -> Result<Verdict, StoreError> {
    let fingerprint = order.key.as_ref().map_or([0; 32], |_| order.fingerprint());
    if let Some(key) = &order.key
        && let Some(remembered) = writer.idempotent_response(key)?
    {
        return Ok(if remembered.fingerprint == fingerprint {
            Verdict::Replayed(remembered.response)
        } else {
            Verdict::Refused(ApiErrorResponse::new(
                StatusCode::CONFLICT,
                "CONFLICT",
                "The idempotency key was used for another request",
            ))
        });
    }
    let (recipients, many) = match order.recipients() {
        Ok(recipients) => recipients,
        Err(verdict) => return Ok(verdict),
    };
    let mut routed = Vec::with_capacity(recipients.len());
    for recipient in &recipients {
        match Route::find(writer, order, recipient)? {
            Ok(one) => routed.push(one),
            Err(verdict) => return Ok(verdict),
        }
    }
    let spoiler = routed.iter().find_map(|one| one.spoiler);
    let mut receipts = Vec::with_capacity(routed.len());
    for one in routed {
        receipts.push(accept(writer, order, one)?);
    }
    let answer = answer(order, receipts, many);
    if let Some(key) = &order.key {
        let remembered = IdempotentResponse {
            fingerprint,
            response: answer.clone(),
        };
        writer.store_idempotent_response(key, &remembered)?;
    }
    Ok(Verdict::Accepted(answer, spoiler))
}

fn answer(order: &Order, receipts: Vec<AcceptedNotification>, many: bool) -> String {
    let body = SendResponse {
        id: receipts
            .first()
            .map(|first| first.id.clone())
            .unwrap_or_default(),
        event: order.event.to_string(),
        status: NotificationStatus::Accepted,
        notifications: many.then_some(receipts),
    };
    to_json(&body)
}

/// Stores the notification of one recipient.
fn accept(
    writer: &mut Writer<'_>,
    order: &Order,
    routed: Route,
) -> Result<AcceptedNotification, StoreError> {
    let Route {
        mut addressee,
        channel,
        identifier,
        scenarios,
        ..
    } = routed;
    let (life, decided_by, note) = decide(writer, &channel, &identifier, scenarios)?;
    let plan = Timeline::new(life, &channel, writer.now);
    writer.upsert_recipient(&mut addressee)?;
    let id = writer.next_notification_id()?;
    let notification = StoredNotification {
        id,
        event: order.event.to_string(),
        contact: addressee.fields,
        progress: Progress::of(std::iter::once(&plan)),
        messages: vec![StoredMessage {
            notification: id,
            number: 0,
            event: order.event.to_string(),
            channel: channel.to_string(),
            recipient: identifier,
            timeline: plan,
            reason_text: note,
            decided_by,
        }],
    };
    writer.insert_notification(&notification)?;
    writer.insert_webhook_events(&notification)?;
    Ok(AcceptedNotification {
        id: id.to_string(),
        event: notification.event,
        status: NotificationStatus::Accepted,
        to: Some(addressee.given),
    })
}

/// Decides the life of a message: the suppression list comes before the recipient's own outcome. Returns the life, what
/// decided it, and a sentence about its reason if the usual one does not tell enough.
fn decide(
    writer: &Writer<'_>,
    channel: &Channel,
    identifier: &str,
    scenarios: Option<Steering>,
) -> Result<(Scenario, String, Option<String>), StoreError> {
    if let Some((since, reason)) = writer.active_suppression(identifier, channel.as_str())? {
        let note = format!(
            "On the suppression list since {}: {}",
            rfc3339(from_millis(since)),
            because(reason)
        );
        let life = Scenario::Suppressed(reason);
        return Ok((life, "suppression-list".to_owned(), Some(note)));
    }
    let Some(Steering { outcome, by }) = scenarios else {
        return Ok((Scenario::ORDINARY, "default".to_owned(), None));
    };
    Ok(match outcome {
        Outcome::Scenario(life) => (life, by, None),
        Outcome::Flaky(times) => match writer.increment_counter(identifier, times)? {
            Some(count) => {
                let by = format!("{by} ({count} of {times})");
                (Scenario::Bounced(Reason::SoftBounce), by, None)
            }
            None => (Scenario::ORDINARY, format!("{by} (used up)"), None),
        },
        Outcome::Http { .. } => (Scenario::ORDINARY, format!("{by} (used up)"), None),
        Outcome::Fault(_) | Outcome::Body(_) => (Scenario::ORDINARY, by, None),
    })
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::HardBounce => "an earlier message bounced for good",
        Reason::LateBounce => "an earlier message came back after delivery",
        Reason::Complaint => "the recipient marked an earlier message as spam",
        Reason::OptedOut => "the recipient opted out",
        other => other.text(),
    }
}
