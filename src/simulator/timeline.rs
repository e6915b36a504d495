//! The timeline of a message, computed when the message is accepted. Pure functions: a [`MessageScenario`], a channel
//! and a time determine the [`Timeline`]; a timeline and a time determine the status.

use super::error_codes::Reason;
use crate::model::{Channel, DeliveryReporting, MessageStatus};

/// The default time from `queued` to `sent`, in milliseconds of virtual time.
pub const SENT_AFTER: i64 = 200;
/// The default time from `queued` to the final status, in milliseconds of virtual time.
pub const END_AFTER: i64 = 1000;
/// The time from `queued` to the complaint of the scenario `complained`, in milliseconds of virtual time.
pub const COMPLAINT_AFTER: i64 = 60_000;
/// The time from `queued` to the bounce of the scenario `latebounce`, in milliseconds of virtual time.
pub const LATE_BOUNCE_AFTER: i64 = 600_000;

/// The sequence of statuses that a message goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageScenario {
    /// The message is delivered: queued → sent → delivered.
    Delivered {
        /// The time from `queued` to `delivered`, in milliseconds of virtual time.
        after: i64,
    },
    /// The message stays queued forever.
    Queued,
    /// The message is sent, but no delivery receipt arrives: queued → sent.
    Sent,
    /// The message fails before a provider accepts it: queued → failed.
    Rejected(Reason),
    /// The message fails after a provider accepted it: queued → sent → failed.
    Bounced(Reason),
    /// The message is not sent: queued → suppressed.
    Suppressed(Reason),
    /// The message is delivered. Later, a complaint or a bounce arrives, which does not change the status.
    PostDelivery {
        /// The error code of the complaint or of the bounce.
        reason: Reason,
        /// The time from `queued` to the complaint or the bounce, in milliseconds of virtual time.
        after: i64,
    },
}

impl MessageScenario {
    /// The scenario of a message whose recipient selects no scenario.
    pub const DEFAULT: Self = Self::Delivered { after: END_AFTER };

    /// Returns the error code of the message at the end of its timeline, if there is one.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Delivered { .. } | Self::Queued | Self::Sent => None,
            Self::Rejected(reason)
            | Self::Bounced(reason)
            | Self::Suppressed(reason)
            | Self::PostDelivery { reason, .. } => Some(reason),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The virtual time of the step, in milliseconds since the Unix epoch.
    pub at: i64,
    pub status: MessageStatus,
    /// The error code of a failure, a suppression, a bounce or a complaint; `None` for all other steps.
    pub reason: Option<Reason>,
}

/// All steps of one message, past and future. Times are milliseconds of virtual time since the Unix epoch.
///
/// A timeline has at most four steps. Each step has its own field rather than an element in a list, because the table
/// of messages has a column for each. [`Timeline::steps`] returns the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// When the simulator accepted the message.
    pub queued_at: i64,
    /// When the provider accepts the message; `None` if it never does.
    pub sent_at: Option<i64>,
    /// The step to the final status. If the final status is `sent`, `end.at` is when the wait for a delivery receipt
    /// ends. If it is `queued`, `end.at` is when the message was accepted or cancelled.
    pub end: Step,
    /// The time and the error code of a complaint or a bounce after delivery, which does not change the status; `None`
    /// if there is none.
    pub post_delivery: Option<(i64, Reason)>,
}

impl Timeline {
    pub fn new(scenario: MessageScenario, channel: &Channel, now: i64) -> Self {
        let has_receipts = channel.delivery_reporting() != DeliveryReporting::Never;
        let sent = Some(SENT_AFTER);
        let (sent_after, end_after, status) = match scenario {
            MessageScenario::Queued => (None, 0, MessageStatus::Queued),
            MessageScenario::Rejected(_) => (None, END_AFTER, MessageStatus::Failed),
            MessageScenario::Suppressed(_) => (None, END_AFTER, MessageStatus::Suppressed),
            MessageScenario::Bounced(_) => (sent, END_AFTER, MessageStatus::Failed),
            // `sent` is the final status on a channel that never reports delivery.
            _ if !has_receipts => (sent, SENT_AFTER, MessageStatus::Sent),
            MessageScenario::Sent => (sent, END_AFTER, MessageStatus::Sent),
            MessageScenario::Delivered { after } => {
                (Some(after.min(SENT_AFTER)), after, MessageStatus::Delivered)
            }
            MessageScenario::PostDelivery { .. } => (sent, END_AFTER, MessageStatus::Delivered),
        };
        let (reason, post_delivery) = match scenario {
            MessageScenario::PostDelivery { reason, after } => (None, Some((now + after, reason))),
            _ => (scenario.reason(), None),
        };
        Self {
            queued_at: now,
            sent_at: sent_after.map(|after| now + after),
            end: Step {
                at: now.saturating_add(end_after),
                status,
                reason,
            },
            post_delivery,
        }
    }

    pub fn steps(&self) -> Vec<Step> {
        let step = |at, status, reason| Step { at, status, reason };
        let mut steps = vec![step(self.queued_at, MessageStatus::Queued, None)];
        steps.extend(self.sent_at.map(|at| step(at, MessageStatus::Sent, None)));
        // A missing receipt adds no step.
        if !matches!(self.end.status, MessageStatus::Queued | MessageStatus::Sent) {
            steps.push(self.end.clone());
        }
        steps.extend(
            self.post_delivery
                .map(|(at, reason)| step(at, self.end.status.clone(), Some(reason))),
        );
        steps
    }

    pub fn status(&self, now: i64) -> MessageStatus {
        if self.end.at <= now {
            self.end.status.clone()
        } else if self.sent_at.is_some_and(|at| at <= now) {
            MessageStatus::Sent
        } else {
            MessageStatus::Queued
        }
    }

    pub fn reason(&self, now: i64) -> Option<Reason> {
        match self.post_delivery {
            Some((at, reason)) if at <= now => Some(reason),
            _ => self.end.reason.filter(|_| self.end.at <= now),
        }
    }

    /// Returns the time at which the notification completes; `None` if the message stays queued forever. A later
    /// complaint or bounce does not change the result.
    pub fn completes_at(&self) -> Option<i64> {
        (self.end.status != MessageStatus::Queued).then_some(self.end.at)
    }

    pub fn last_at(&self) -> i64 {
        self.post_delivery
            .map_or(self.end.at, |(at, _)| at.max(self.end.at))
    }

    /// Returns the time at which this message puts its recipient on the suppression list, and the reason; `None` if it
    /// does not.
    pub fn suppression(&self) -> Option<(i64, Reason)> {
        match self.end.reason {
            Some(Reason::HardBounce) if self.end.status == MessageStatus::Failed => {
                Some((self.end.at, Reason::HardBounce))
            }
            _ => self.post_delivery,
        }
    }

    /// Returns the timeline of a message that is cancelled at the virtual time `now`, while it is still queued.
    pub fn cancelled(&self, now: i64) -> Self {
        Self {
            queued_at: self.queued_at,
            sent_at: None,
            end: Step {
                at: now,
                status: MessageStatus::Queued,
                reason: None,
            },
            post_delivery: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MessageScenario, Timeline};
    use crate::model::{Channel, MessageStatus};
    use crate::simulator::error_codes::Reason;

    fn describe(scenario: MessageScenario, channel: &Channel) -> String {
        let timeline = Timeline::new(scenario, channel, 0);
        let mut text: Vec<String> = timeline
            .steps()
            .iter()
            .map(|step| {
                let code = step.reason.map(|r| format!(" {}", r.code()));
                format!("{}@{}{}", step.status, step.at, code.unwrap_or_default())
            })
            .collect();
        text.push(match timeline.completes_at() {
            Some(at) => format!("completed@{at}"),
            None => "never completed".to_owned(),
        });
        text.join(" ")
    }

    #[rustfmt::skip]
    const CASES: &[(MessageScenario, Channel, &str)] = &[
        (MessageScenario::DEFAULT, Channel::Email, "queued@0 sent@200 delivered@1000 completed@1000"),
        (MessageScenario::DEFAULT, Channel::Sms, "queued@0 sent@200 delivered@1000 completed@1000"),
        (MessageScenario::DEFAULT, Channel::Slack, "queued@0 sent@200 completed@200"),
        (MessageScenario::Delivered { after: 30_000 }, Channel::Email, "queued@0 sent@200 delivered@30000 completed@30000"),
        (MessageScenario::Delivered { after: 30_000 }, Channel::Push, "queued@0 sent@200 completed@200"),
        (MessageScenario::Delivered { after: 0 }, Channel::Email, "queued@0 sent@0 delivered@0 completed@0"),
        (MessageScenario::Queued, Channel::Email, "queued@0 never completed"),
        (MessageScenario::Sent, Channel::Email, "queued@0 sent@200 completed@1000"),
        (MessageScenario::Sent, Channel::Discord, "queued@0 sent@200 completed@200"),
        (MessageScenario::Rejected(Reason::TemplateError), Channel::Email, "queued@0 failed@1000 TEMPLATE_ERROR completed@1000"),
        (MessageScenario::Bounced(Reason::HardBounce), Channel::Email, "queued@0 sent@200 failed@1000 HARD_BOUNCE completed@1000"),
        (MessageScenario::Suppressed(Reason::OptedOut), Channel::Sms, "queued@0 suppressed@1000 OPTED_OUT completed@1000"),
        (
            MessageScenario::PostDelivery { reason: Reason::Complaint, after: 60_000 }, Channel::Email,
            "queued@0 sent@200 delivered@1000 delivered@60000 COMPLAINT completed@1000",
        ),
    ];

    #[test]
    fn every_scenario_has_its_steps() {
        for (scenario, channel, steps) in CASES {
            assert_eq!(
                describe(*scenario, channel),
                *steps,
                "{scenario:?} over {channel}"
            );
        }
    }

    #[test]
    fn the_status_is_that_of_the_last_step_that_is_due() {
        let timeline = Timeline::new(
            MessageScenario::Bounced(Reason::HardBounce),
            &Channel::Email,
            50,
        );
        for (now, status, reason) in [
            (49, MessageStatus::Queued, None),
            (249, MessageStatus::Queued, None),
            (250, MessageStatus::Sent, None),
            (1049, MessageStatus::Sent, None),
            (1050, MessageStatus::Failed, Some(Reason::HardBounce)),
        ] {
            assert_eq!(
                (timeline.status(now), timeline.reason(now)),
                (status, reason),
                "at {now}"
            );
        }
    }

    #[test]
    fn a_cancelled_timeline_has_no_future() {
        let scenario = MessageScenario::PostDelivery {
            reason: Reason::LateBounce,
            after: 600_000,
        };
        let timeline = Timeline::new(scenario, &Channel::Email, 0);
        assert_eq!(timeline.suppression(), Some((600_000, Reason::LateBounce)));
        let cancelled = timeline.cancelled(100);
        assert_eq!(cancelled.status(i64::MAX), MessageStatus::Queued);
        assert_eq!(
            (
                cancelled.suppression(),
                cancelled.completes_at(),
                cancelled.last_at()
            ),
            (None, None, 100)
        );
    }
}
