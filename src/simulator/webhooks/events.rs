//! Which webhook events a message's life makes, and what each says. Pure: a plan makes a list.

use std::fmt;
use std::str::FromStr;

use crate::api::webhooks::{WebhookMessage, WebhookPayload};
use crate::model::{Channel, MessageError, MessageStatus, from_millis, rfc3339, to_json};
use crate::simulator::error_codes::Reason;
use crate::simulator::store::StoredMessage;
use crate::simulator::timeline::Timeline;
use crate::text;

/// The five events of the service's webhook page. There is none for `queued`, `suppressed` and `cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// The provider took the message.
    Sent,
    /// The provider confirmed delivery. Email only.
    Delivered,
    /// Sending failed, or the provider refused.
    Failed,
    /// A hard bounce, also a late one. Email only.
    Bounced,
    /// A spam complaint. Email only.
    Complained,
}

/// The text that was given is the name of no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a webhook event; {}", self.0, known(&self.0))]
pub struct UnknownEvent(String);

/// One event of a message, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEvent {
    /// Its kind.
    pub kind: EventKind,
    /// When it happens, milliseconds of virtual time since the Unix epoch.
    pub at: i64,
    /// The message's status then.
    pub status: MessageStatus,
    /// Why, for a bad one.
    pub reason: Option<Reason>,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Bounced,
        Self::Complained,
    ];

    /// Returns the name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "delivery.sent",
            Self::Delivered => "delivery.delivered",
            Self::Failed => "delivery.failed",
            Self::Bounced => "delivery.bounced",
            Self::Complained => "delivery.complained",
        }
    }

    /// Returns whether the service names a channel beside this event.
    pub fn happens_on(self, channel: &Channel) -> bool {
        match self {
            Self::Sent | Self::Failed => true,
            Self::Delivered | Self::Bounced | Self::Complained => *channel == Channel::Email,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownEvent(text.to_owned()))
    }
}

fn known(text: &str) -> String {
    let names = EventKind::ALL.map(EventKind::as_str);
    match text::closest_match(text, names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the events are {}", text::join_and(&names)),
    }
}

/// Returns the events of a message's life, in order.
pub fn planned(plan: &Timeline, channel: &Channel) -> Vec<PlannedEvent> {
    let event = |kind, at, status, reason| PlannedEvent {
        kind,
        at,
        status,
        reason,
    };
    let mut events: Vec<PlannedEvent> = plan
        .sent_at
        .map(|at| event(EventKind::Sent, at, MessageStatus::Sent, None))
        .into_iter()
        .collect();
    let end = &plan.end;
    let kind = match (&end.status, end.reason) {
        (MessageStatus::Delivered, _) => Some(EventKind::Delivered),
        (MessageStatus::Failed, Some(Reason::HardBounce)) if *channel == Channel::Email => {
            Some(EventKind::Bounced)
        }
        (MessageStatus::Failed, _) => Some(EventKind::Failed),
        _ => None,
    };
    events.extend(kind.map(|kind| event(kind, end.at, end.status.clone(), end.reason)));
    events.extend(plan.late.map(|(at, reason)| {
        let kind = match reason {
            Reason::Complaint => EventKind::Complained,
            _ => EventKind::Bounced,
        };
        event(kind, at, end.status.clone(), Some(reason))
    }));
    events.retain(|event| event.kind.happens_on(channel));
    events
}

/// Returns what is posted for an event, to the byte.
pub fn payload(message: &StoredMessage, event: &PlannedEvent) -> String {
    let plan = &message.timeline;
    let by_then = |at: &i64| *at <= event.at;
    let id = message.id().to_string();
    let delivered = plan.end.status == MessageStatus::Delivered && event.kind != EventKind::Sent;
    let payload = WebhookPayload {
        event: event.kind.as_str().to_owned(),
        delivery: WebhookMessage {
            channel: Channel::from_wire(&message.channel),
            status: event.status.clone(),
            event_name: message.event.clone(),
            message_id: plan.sent_at.map(|_| format!("simulated-{id}")),
            uuid: id,
            sent_at: plan.sent_at.filter(by_then).map(from_millis),
            delivered_at: delivered.then(|| from_millis(plan.end.at)),
            error: event.reason.map(|reason| MessageError {
                code: reason.code().to_owned(),
                message: reason.text().to_owned(),
            }),
        },
        request_id: message.notification.to_string(),
        timestamp: rfc3339(from_millis(event.at)),
    };
    to_json(&payload)
}

#[cfg(test)]
mod tests {
    use super::{EventKind, payload, planned};
    use crate::model::Channel;
    use crate::simulator::error_codes::Reason;
    use crate::simulator::store::StoredMessage;
    use crate::simulator::timeline::{Scenario, Timeline};

    fn shown(life: Scenario, channel: &Channel) -> String {
        let events = planned(&Timeline::new(life, channel, 0), channel);
        let events = events.iter().map(|event| {
            let code = event.reason.map(|reason| format!(" {}", reason.code()));
            let name = event.kind.as_str().trim_start_matches("delivery.");
            format!(
                "{name}@{} {}{}",
                event.at,
                event.status,
                code.unwrap_or_default()
            )
        });
        events.collect::<Vec<_>>().join(", ")
    }

    #[rustfmt::skip]
    const LIVES: &[(Scenario, Channel, &str)] = &[
        (Scenario::ORDINARY, Channel::Email, "sent@200 sent, delivered@1000 delivered"),
        // The page lists reports of delivery for email only.
        (Scenario::ORDINARY, Channel::Sms, "sent@200 sent"),
        (Scenario::ORDINARY, Channel::Slack, "sent@200 sent"),
        (Scenario::Delivered { after: 0 }, Channel::Email, "sent@0 sent, delivered@0 delivered"),
        (Scenario::Delivered { after: 30_000 }, Channel::Email, "sent@200 sent, delivered@30000 delivered"),
        (Scenario::Queued, Channel::Email, ""),
        (Scenario::Sent, Channel::Email, "sent@200 sent"),
        (Scenario::Rejected(Reason::TemplateError), Channel::Email, "failed@1000 failed TEMPLATE_ERROR"),
        (Scenario::Rejected(Reason::InvalidPhone), Channel::Sms, "failed@1000 failed INVALID_PHONE"),
        (Scenario::Bounced(Reason::SoftBounce), Channel::Email, "sent@200 sent, failed@1000 failed SOFT_BOUNCE"),
        (Scenario::Bounced(Reason::HardBounce), Channel::Email, "sent@200 sent, bounced@1000 failed HARD_BOUNCE"),
        (Scenario::Bounced(Reason::HardBounce), Channel::Sms, "sent@200 sent, failed@1000 failed HARD_BOUNCE"),
        (Scenario::Suppressed(Reason::OptedOut), Channel::Email, ""),
        (
            Scenario::PostDelivery { reason: Reason::Complaint, after: 60_000 }, Channel::Email,
            "sent@200 sent, delivered@1000 delivered, complained@60000 delivered COMPLAINT",
        ),
        (
            Scenario::PostDelivery { reason: Reason::LateBounce, after: 600_000 }, Channel::Email,
            "sent@200 sent, delivered@1000 delivered, bounced@600000 delivered LATE_BOUNCE",
        ),
        (Scenario::PostDelivery { reason: Reason::LateBounce, after: 600_000 }, Channel::Whatsapp, "sent@200 sent"),
    ];

    #[test]
    fn every_life_has_its_events() {
        for (life, channel, events) in LIVES {
            assert_eq!(shown(*life, channel), *events, "{life:?} over {channel}");
        }
    }

    #[test]
    fn a_message_that_is_cut_has_no_events() {
        let plan = Timeline::new(Scenario::ORDINARY, &Channel::Email, 0).cut(100);
        assert_eq!(planned(&plan, &Channel::Email), []);
    }

    #[test]
    fn a_payload_says_what_is_known_by_then() {
        let plan = Timeline::new(
            Scenario::Bounced(Reason::HardBounce),
            &Channel::Email,
            1_775_044_800_000,
        );
        let message = StoredMessage {
            notification: uuid::Uuid::nil(),
            number: 0,
            event: "welcome".to_owned(),
            channel: "email".to_owned(),
            recipient: "ada@example.com".to_owned(),
            timeline: plan.clone(),
            reason_text: None,
            decided_by: "default".to_owned(),
        };
        let events = planned(&plan, &Channel::Email);
        let texts: Vec<String> = events
            .iter()
            .map(|event| payload(&message, event))
            .collect();
        assert_eq!(
            texts,
            [
                r#"{"event":"delivery.sent","delivery":{"uuid":"00000000-0000-8000-0000-000000000000","channel":"email","status":"sent","event_name":"welcome","message_id":"simulated-00000000-0000-8000-0000-000000000000","sent_at":"2026-04-01T12:00:00.200Z","delivered_at":null,"error":null},"request_id":"00000000-0000-0000-0000-000000000000","timestamp":"2026-04-01T12:00:00.200Z"}"#,
                r#"{"event":"delivery.bounced","delivery":{"uuid":"00000000-0000-8000-0000-000000000000","channel":"email","status":"failed","event_name":"welcome","message_id":"simulated-00000000-0000-8000-0000-000000000000","sent_at":"2026-04-01T12:00:00.200Z","delivered_at":null,"error":{"code":"HARD_BOUNCE","message":"Permanent bounce: mailbox does not exist"}},"request_id":"00000000-0000-0000-0000-000000000000","timestamp":"2026-04-01T12:00:01.000Z"}"#,
            ]
        );
    }

    #[test]
    fn names_are_read_and_misspelt_ones_told() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        let told = |text: &str| text.parse::<EventKind>().unwrap_err().to_string();
        assert_eq!(
            told("delivery.bounce"),
            "`delivery.bounce` is not a webhook event; did you mean `delivery.bounced`?"
        );
        assert!(
            told("message").contains("the events are delivery.sent,"),
            "{}",
            told("message")
        );
    }
}
