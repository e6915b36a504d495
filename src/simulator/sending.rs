//! Processes one send in one transaction: resolves its recipients, and stores the timeline of each message.

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error_codes::Reason;
use super::error_response::ApiErrorResponse;
use super::respond::json_bytes;
use super::routing::{NotStored, RecipientRoute};
use super::scenarios::{Behavior, LISTENER, ScenarioMatch};
use super::store::{StoreError, StoredMessage, Writer};
use super::timeline::{MessageScenario, Timeline};
use crate::api::{AcceptedNotification, IDEMPOTENT_REPLAY, SendResponse};
use crate::model::{Channel, EventName, NotificationStatus, from_millis, to_json};

/// A send whose path, headers and fields are valid. Its recipients are not checked yet.
#[derive(Debug, Clone)]
pub struct SendCommand {
    pub event: EventName,
    /// The channel in the path; `None` if the path contains none.
    pub channel: Option<Channel>,
    pub body: Value,
    pub idempotency_key: Option<String>,
}

impl SendCommand {
    /// Returns a digest of the event, the channel and the body, to detect that an idempotency key is used for a
    /// different request. The order of the fields in the body does not matter.
    fn fingerprint(&self) -> [u8; 32] {
        let channel = self.channel.as_ref().map_or("", Channel::as_str);
        // `serde_json` sorts the fields of an object.
        let text = format!("{}\n{channel}\n{}", self.event, self.body);
        Sha256::digest(text.as_bytes()).into()
    }
}

/// Stores the messages of a send and returns the response. The caller must commit the transaction even if the response
/// is an error, because a rejected send may have incremented a counter of its recipient.
pub fn send(writer: &mut Writer<'_>, command: &SendCommand) -> Result<Response, StoreError> {
    accept(writer, command).or_else(|error| match error {
        NotStored::Rejected(response) => Ok(*response),
        NotStored::Store(error) => Err(error),
    })
}

fn accept(writer: &mut Writer<'_>, command: &SendCommand) -> Result<Response, NotStored> {
    let accepted = |body: String| json_bytes(StatusCode::OK, body.into_bytes());
    let key = command.idempotency_key.as_deref();
    let key = key.map(|key| (key, command.fingerprint()));
    if let Some((key, fingerprint)) = key
        && let Some((first_fingerprint, body)) = writer.idempotent_response(key)?
    {
        if first_fingerprint != fingerprint {
            let error = "The idempotency key was used for another request";
            return Err(ApiErrorResponse::conflict(error).into());
        }
        let mut response = accepted(body);
        let replay = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENT_REPLAY, replay);
        return Ok(response);
    }
    let to = &command.body["to"];
    let listener = Value::from(LISTENER);
    let recipients = match to {
        Value::Null => std::slice::from_ref(&listener),
        Value::Array(recipients) => recipients,
        recipient => std::slice::from_ref(recipient),
    };
    if recipients.is_empty() {
        return Err(ApiErrorResponse::field("to", "the list of recipients is empty").into());
    }
    // Resolves all recipients before it stores anything, because one rejected recipient rejects the whole request.
    let mut routes = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let path_channel = command.channel.as_ref();
        routes.push(RecipientRoute::resolve(
            writer,
            &command.event,
            path_channel,
            recipient,
        )?);
    }
    let broken = routes.iter().find_map(|route| route.broken_response);
    let mut notifications = Vec::with_capacity(routes.len());
    for route in routes {
        notifications.push(store_notification(writer, &command.event, route)?);
    }
    let first = notifications.first();
    let body = to_json(&SendResponse {
        id: first.map(|first| first.id.clone()).unwrap_or_default(),
        event: command.event.to_string(),
        status: NotificationStatus::Accepted,
        notifications: to.is_array().then_some(notifications),
    });
    if let Some((key, fingerprint)) = key {
        writer.store_idempotent_response(key, fingerprint, &body)?;
    }
    Ok(match broken {
        Some(broken) => broken.response(&body),
        None => accepted(body),
    })
}

fn store_notification(
    writer: &mut Writer<'_>,
    event: &EventName,
    route: RecipientRoute,
) -> Result<AcceptedNotification, StoreError> {
    let RecipientRoute {
        mut recipient,
        channel,
        identifier,
        scenario,
        broken_response: _,
    } = route;
    // The suppression list has precedence over a scenario of the message. Scenarios that reject the request were
    // applied earlier, in `routing`.
    let suppression = writer.active_suppression(&identifier, &channel)?;
    let (scenario, decided_by) = match suppression {
        Some((_, reason)) => (
            MessageScenario::Suppressed(reason),
            "suppression-list".to_owned(),
        ),
        None => decide(writer, &identifier, scenario)?,
    };
    let reason_text = suppression.map(|(since, reason)| {
        let (since, cause) = (from_millis(since), suppression_cause(reason));
        format!("On the suppression list since {since}: {cause}")
    });
    let timeline = Timeline::new(scenario, &channel, writer.now);
    writer.upsert_recipient(&mut recipient)?;
    let id = writer.next_notification_id()?;
    let event = event.to_string();
    let message = StoredMessage {
        reason_text,
        ..StoredMessage::new(id, event, channel, identifier, timeline, decided_by)
    };
    writer.insert_message(&message, &recipient.contact)?;
    writer.insert_webhook_events(&message)?;
    Ok(AcceptedNotification {
        id: id.to_string(),
        event: message.event,
        status: NotificationStatus::Accepted,
        to: Some(recipient.given),
    })
}

/// Returns the scenario of a message whose recipient is not suppressed, and the value of `decided_by`, such as
/// `recipient:bounced`.
fn decide(
    writer: &Writer<'_>,
    identifier: &str,
    scenario: Option<ScenarioMatch>,
) -> Result<(MessageScenario, String), StoreError> {
    let Some(found) = scenario else {
        return Ok((MessageScenario::DEFAULT, "default".to_owned()));
    };
    let decided_by = found.decided_by;
    Ok(match found.behavior {
        Behavior::Message(scenario) => (scenario, decided_by),
        Behavior::Flaky(times) => match writer.increment_counter(identifier, times)? {
            Some(count) => (
                MessageScenario::Bounced(Reason::SoftBounce),
                format!("{decided_by} ({count} of {times})"),
            ),
            None => (MessageScenario::DEFAULT, format!("{decided_by} (used up)")),
        },
        // `routing` rejects the request as long as errors remain, so they are used up here.
        Behavior::Http { .. } => (MessageScenario::DEFAULT, format!("{decided_by} (used up)")),
        Behavior::Fault(_) | Behavior::BrokenResponse(_) => (MessageScenario::DEFAULT, decided_by),
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
