//! Determines the webhook events of a message from its timeline. Pure functions, without I/O.

use std::fmt;
use std::str::FromStr;

use super::error_codes::Reason;
use super::timeline::Timeline;
use crate::model::{Channel, MessageStatus};
use crate::text;

/// The five webhook events that the service documents. There is no event for queued, suppressed or cancelled messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// The provider accepted the message.
    Sent,
    /// The provider confirmed the delivery. Occurs for email only.
    Delivered,
    /// Sending failed, or the provider rejected the message.
    Failed,
    /// The message bounced permanently, before or after its delivery was confirmed. Occurs for email only.
    Bounced,
    /// The recipient reported the message as spam. Occurs for email only.
    Complained,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a webhook event; {}", self.0, suggestion(&self.0))]
pub struct UnknownEvent(String);

/// A webhook event that happens at a fixed time of a message's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEvent {
    pub kind: EventKind,
    /// When the event happens, in milliseconds of virtual time since the Unix epoch.
    pub at: i64,
    /// The message's status after the event.
    pub status: MessageStatus,
    /// The error code of a failure, a bounce or a complaint. `None` for `Sent` and `Delivered`.
    pub reason: Option<Reason>,
}

impl EventKind {
    /// All kinds of events, in the order of the service's documentation.
    pub const ALL: [Self; 5] = [
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Bounced,
        Self::Complained,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "delivery.sent",
            Self::Delivered => "delivery.delivered",
            Self::Failed => "delivery.failed",
            Self::Bounced => "delivery.bounced",
            Self::Complained => "delivery.complained",
        }
    }

    /// Returns whether the event can occur on a channel, according to the service's documentation.
    pub fn is_possible_on(self, channel: &Channel) -> bool {
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

/// Returns a hint for an unknown event name: the most similar name, or a list of all names.
fn suggestion(text: &str) -> String {
    let names = EventKind::ALL.map(EventKind::as_str);
    match text::closest_match(text, names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the events are {}", text::join_and(&names)),
    }
}

/// Returns the webhook events of a message with this timeline, the earliest first.
pub fn plan_events(timeline: &Timeline, channel: &Channel) -> Vec<PlannedEvent> {
    let steps = timeline.steps().into_iter();
    let events = steps.filter_map(|step| {
        let kind = match (&step.status, step.reason) {
            (MessageStatus::Sent, None) => EventKind::Sent,
            (MessageStatus::Delivered, None) => EventKind::Delivered,
            (MessageStatus::Delivered, Some(Reason::Complaint)) => EventKind::Complained,
            (MessageStatus::Delivered, Some(_)) => EventKind::Bounced,
            (MessageStatus::Failed, Some(Reason::HardBounce)) if *channel == Channel::Email => {
                EventKind::Bounced
            }
            (MessageStatus::Failed, _) => EventKind::Failed,
            _ => return None,
        };
        Some(PlannedEvent {
            kind,
            at: step.at,
            status: step.status,
            reason: step.reason,
        })
    });
    events
        .filter(|event| event.kind.is_possible_on(channel))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{EventKind, plan_events};
    use crate::model::Channel;
    use crate::simulator::error_codes::Reason;
    use crate::simulator::timeline::{MessageScenario, Timeline};

    /// Formats the events of a scenario as `event@milliseconds status [code]`, separated by commas.
    fn summarize(scenario: MessageScenario, channel: &Channel) -> String {
        let events = plan_events(&Timeline::new(scenario, channel, 0), channel);
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
    const EVENTS: &[(MessageScenario, Channel, &str)] = &[
        (MessageScenario::DEFAULT, Channel::Email, "sent@200 sent, delivered@1000 delivered"),
        // The service documents `delivery.delivered` for email only.
        (MessageScenario::DEFAULT, Channel::Sms, "sent@200 sent"),
        (MessageScenario::DEFAULT, Channel::Slack, "sent@200 sent"),
        (MessageScenario::Delivered { after: 0 }, Channel::Email, "sent@0 sent, delivered@0 delivered"),
        (MessageScenario::Delivered { after: 30_000 }, Channel::Email, "sent@200 sent, delivered@30000 delivered"),
        (MessageScenario::Queued, Channel::Email, ""),
        (MessageScenario::Sent, Channel::Email, "sent@200 sent"),
        (MessageScenario::Rejected(Reason::TemplateError), Channel::Email, "failed@1000 failed TEMPLATE_ERROR"),
        (MessageScenario::Rejected(Reason::InvalidPhone), Channel::Sms, "failed@1000 failed INVALID_PHONE"),
        (MessageScenario::Bounced(Reason::SoftBounce), Channel::Email, "sent@200 sent, failed@1000 failed SOFT_BOUNCE"),
        (MessageScenario::Bounced(Reason::HardBounce), Channel::Email, "sent@200 sent, bounced@1000 failed HARD_BOUNCE"),
        (MessageScenario::Bounced(Reason::HardBounce), Channel::Sms, "sent@200 sent, failed@1000 failed HARD_BOUNCE"),
        (MessageScenario::Suppressed(Reason::OptedOut), Channel::Email, ""),
        (
            MessageScenario::PostDelivery { reason: Reason::Complaint, after: 60_000 }, Channel::Email,
            "sent@200 sent, delivered@1000 delivered, complained@60000 delivered COMPLAINT",
        ),
        (
            MessageScenario::PostDelivery { reason: Reason::LateBounce, after: 600_000 }, Channel::Email,
            "sent@200 sent, delivered@1000 delivered, bounced@600000 delivered LATE_BOUNCE",
        ),
        (MessageScenario::PostDelivery { reason: Reason::LateBounce, after: 600_000 }, Channel::Whatsapp, "sent@200 sent"),
    ];

    #[test]
    fn each_scenario_has_its_events() {
        for (scenario, channel, events) in EVENTS {
            let actual = summarize(*scenario, channel);
            assert_eq!(actual, *events, "{scenario:?} over {channel}");
        }
    }

    #[test]
    fn a_message_cancelled_before_it_is_sent_has_no_events() {
        let timeline = Timeline::new(MessageScenario::DEFAULT, &Channel::Email, 0).cancelled(100);
        assert_eq!(plan_events(&timeline, &Channel::Email), []);
    }

    #[test]
    fn names_are_parsed_and_misspelled_ones_corrected() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        let error = |text: &str| text.parse::<EventKind>().unwrap_err().to_string();
        assert_eq!(
            error("delivery.bounce"),
            "`delivery.bounce` is not a webhook event; did you mean `delivery.bounced`?"
        );
        assert!(
            error("message").contains("the events are delivery.sent,"),
            "{}",
            error("message")
        );
    }
}
