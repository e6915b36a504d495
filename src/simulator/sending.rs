//! One send, inside one transaction: resolves its recipients and stores the timeline of each message.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error_codes::Reason;
use super::error_response::ApiErrorResponse;
use super::faults::ResponseFault;
use super::routing::{Rejection, Route};
use super::scenarios::{Behavior, LISTENER, ScenarioMatch};
use super::store::{IdempotentResponse, StoreError, StoredMessage, StoredNotification, Writer};
use super::timeline::{Scenario, Timeline};
use crate::api::{AcceptedNotification, SendResponse};
use crate::model::{Channel, EventName, NotificationStatus, from_millis, to_json};

/// A send that is valid as far as the request alone can tell.
#[derive(Debug, Clone)]
pub struct SendCommand {
    pub event: EventName,
    /// The channel of the path, if the request forces one.
    pub channel: Option<Channel>,
    pub body: Value,
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// Stored.
    Accepted {
        /// The body of the response.
        body: String,
        /// What breaks the response, if anything does.
        fault: Option<ResponseFault>,
    },
    /// Stored before, under the same idempotency key, with this body.
    Replayed(String),
    Rejected(Rejection),
}

/// What decided a message's timeline.
struct Decision {
    scenario: Scenario,
    decided_by: String,
    /// Replaces the usual sentence about the reason.
    reason_text: Option<String>,
}

impl SendCommand {
    /// Returns a digest that only equal requests share. The order of fields in the body does not matter.
    fn fingerprint(&self) -> [u8; 32] {
        let channel = self.channel.as_ref().map_or("", Channel::as_str);
        // `serde_json` sorts the fields of an object.
        let text = format!("{}\n{channel}\n{}", self.event, self.body);
        Sha256::digest(text.as_bytes()).into()
    }

    /// Returns the recipients, and whether they are an array.
    fn recipients(&self) -> Result<(Vec<Value>, bool), Rejection> {
        match self.body.get("to") {
            None | Some(Value::Null) => Ok((vec![Value::from(LISTENER)], false)),
            Some(Value::Array(recipients)) if recipients.is_empty() => {
                let error = ApiErrorResponse::field("to", "the list of recipients is empty");
                Err(Rejection::Invalid(error))
            }
            Some(Value::Array(recipients)) => Ok((recipients.clone(), true)),
            Some(recipient) => Ok((vec![recipient.clone()], false)),
        }
    }
}

/// Resolves a send and stores it. The transaction must be committed whatever the outcome is: a rejected send may have
/// incremented the counter of its recipient.
pub fn send(writer: &mut Writer<'_>, command: &SendCommand) -> Result<SendOutcome, StoreError> {
    let fingerprint = command
        .idempotency_key
        .as_ref()
        .map_or([0; 32], |_| command.fingerprint());
    if let Some(key) = &command.idempotency_key
        && let Some(first) = writer.idempotent_response(key)?
    {
        return Ok(if first.fingerprint == fingerprint {
            SendOutcome::Replayed(first.response)
        } else {
            let error = "The idempotency key was used for another request";
            SendOutcome::Rejected(Rejection::Invalid(ApiErrorResponse::conflict(error)))
        });
    }
    let (recipients, is_array) = match command.recipients() {
        Ok(recipients) => recipients,
        Err(rejection) => return Ok(SendOutcome::Rejected(rejection)),
    };
    // All are resolved before anything is stored: one rejected recipient rejects the request.
    let mut routes = Vec::with_capacity(recipients.len());
    for recipient in &recipients {
        match Route::resolve(writer, &command.event, command.channel.as_ref(), recipient)? {
            Ok(route) => routes.push(route),
            Err(rejection) => return Ok(SendOutcome::Rejected(rejection)),
        }
    }
    let fault = routes.iter().find_map(|route| route.response_fault);
    let mut accepted = Vec::with_capacity(routes.len());
    for route in routes {
        accepted.push(store_notification(writer, &command.event, route)?);
    }
    let body = response_body(&command.event, accepted, is_array);
    if let Some(key) = &command.idempotency_key {
        let response = IdempotentResponse {
            fingerprint,
            response: body.clone(),
        };
        writer.store_idempotent_response(key, &response)?;
    }
    Ok(SendOutcome::Accepted { body, fault })
}

fn response_body(event: &EventName, accepted: Vec<AcceptedNotification>, is_array: bool) -> String {
    let body = SendResponse {
        id: accepted
            .first()
            .map(|first| first.id.clone())
            .unwrap_or_default(),
        event: event.to_string(),
        status: NotificationStatus::Accepted,
        notifications: is_array.then_some(accepted),
    };
    to_json(&body)
}

fn store_notification(
    writer: &mut Writer<'_>,
    event: &EventName,
    route: Route,
) -> Result<AcceptedNotification, StoreError> {
    let Route {
        mut recipient,
        channel,
        identifier,
        scenario,
        response_fault: _,
    } = route;
    let Decision {
        scenario,
        decided_by,
        reason_text,
    } = decide(writer, &channel, &identifier, scenario)?;
    let timeline = Timeline::new(scenario, &channel, writer.now);
    writer.upsert_recipient(&mut recipient)?;
    let id = writer.next_notification_id()?;
    let notification = StoredNotification {
        message: StoredMessage {
            notification: id,
            event: event.to_string(),
            channel,
            recipient: identifier,
            timeline,
            reason_text,
            decided_by,
            cancelled_at: None,
        },
        contact: recipient.contact,
    };
    writer.insert_notification(&notification)?;
    writer.insert_webhook_events(&notification.message)?;
    Ok(AcceptedNotification {
        id: id.to_string(),
        event: notification.message.event,
        status: NotificationStatus::Accepted,
        to: Some(recipient.given),
    })
}

/// Decides the scenario of a message: the suppression list has precedence over the recipient's own scenario.
fn decide(
    writer: &Writer<'_>,
    channel: &Channel,
    identifier: &str,
    scenario: Option<ScenarioMatch>,
) -> Result<Decision, StoreError> {
    if let Some((since, reason)) = writer.active_suppression(identifier, channel)? {
        let since = from_millis(since).to_string();
        let cause = suppression_cause(reason);
        return Ok(Decision {
            scenario: Scenario::Suppressed(reason),
            decided_by: "suppression-list".to_owned(),
            reason_text: Some(format!("On the suppression list since {since}: {cause}")),
        });
    }
    let (scenario, decided_by) = match scenario {
        None => (Scenario::DEFAULT, "default".to_owned()),
        Some(ScenarioMatch {
            behavior,
            decided_by,
        }) => match behavior {
            Behavior::Scenario(scenario) => (scenario, decided_by),
            Behavior::Flaky(times) => match writer.increment_counter(identifier, times)? {
                Some(count) => (
                    Scenario::Bounced(Reason::SoftBounce),
                    format!("{decided_by} ({count} of {times})"),
                ),
                None => (Scenario::DEFAULT, format!("{decided_by} (used up)")),
            },
            // The route was resolved, so the errors of this recipient are used up.
            Behavior::Http { .. } => (Scenario::DEFAULT, format!("{decided_by} (used up)")),
            Behavior::Fault(_) | Behavior::Body(_) => (Scenario::DEFAULT, decided_by),
        },
    };
    Ok(Decision {
        scenario,
        decided_by,
        reason_text: None,
    })
}

fn suppression_cause(reason: Reason) -> &'static str {
    match reason {
        Reason::HardBounce => "an earlier message bounced permanently",
        Reason::LateBounce => "an earlier message bounced after delivery",
        Reason::Complaint => "the recipient marked an earlier message as spam",
        Reason::OptedOut => "the recipient opted out",
        other => other.text(),
    }
}
