//! The timeline of a message, computed when it is accepted. Pure: a [`Scenario`], a channel and a time give a [`Timeline`];
//! a timeline and a time give a status.

use super::error_codes::Reason;
use crate::model::{Channel, DeliveryReporting, MessageStatus};

/// How long after `queued` an ordinary message is `sent`, in milliseconds.
pub const SENT_AFTER: i64 = 200;
/// How long after `queued` an ordinary message has its final status, in milliseconds.
pub const END_AFTER: i64 = 1000;
/// How long after `queued` a recipient complains, in milliseconds.
pub const COMPLAINT_AFTER: i64 = 60_000;
/// How long after `queued` a message bounces although it was delivered, in milliseconds.
pub const LATE_BOUNCE_AFTER: i64 = 600_000;

/// How the delivery of a message proceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// queued → sent → delivered.
    Delivered {
        /// Milliseconds from `queued`.
        after: i64,
    },
    /// queued, indefinitely.
    Queued,
    /// queued → sent, without a delivery receipt.
    Sent,
    /// queued → failed, before a provider has it.
    Rejected(Reason),
    /// queued → sent → failed.
    Bounced(Reason),
    /// queued → suppressed.
    Suppressed(Reason),
    /// queued → sent → delivered, and later a complaint or a bounce.
    PostDelivery {
        /// The complaint or the bounce.
        reason: Reason,
        /// Milliseconds from `queued`.
        after: i64,
    },
}

impl Scenario {
    /// The scenario of an ordinary recipient.
    pub const DEFAULT: Self = Self::Delivered { after: END_AFTER };

    /// Returns the reason that the message finally has, if any.
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
    /// Virtual time in milliseconds since the Unix epoch.
    pub at: i64,
    pub status: MessageStatus,
    /// Why the message failed, was suppressed, bounced or was complained about.
    pub reason: Option<Reason>,
}

/// All steps of one message, past and future. Times are milliseconds of virtual time since the Unix epoch.
///
/// A timeline has at most four steps, so each has a field instead of an element in a list, and the store has a column for
/// each in the message's row. [`Timeline::steps`] returns the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// When the message was accepted.
    pub queued_at: i64,
    /// When the provider accepts it, if it ever does.
    pub sent_at: Option<i64>,
    /// The final status. `queued` has no end; with `sent`, no delivery receipt arrives until `at`.
    pub end: Step,
    /// A complaint or a bounce after the final status, which stays the same.
    pub post_delivery: Option<(i64, Reason)>,
}

impl Timeline {
    pub fn new(scenario: Scenario, channel: &Channel, now: i64) -> Self {
        let has_receipts = channel.delivery_reporting() != DeliveryReporting::Never;
        let sent = Some(SENT_AFTER);
        let (sent_after, end_after, status) = match scenario {
            Scenario::Queued => (None, 0, MessageStatus::Queued),
            Scenario::Rejected(_) => (None, END_AFTER, MessageStatus::Failed),
            Scenario::Suppressed(_) => (None, END_AFTER, MessageStatus::Suppressed),
            Scenario::Bounced(_) => (sent, END_AFTER, MessageStatus::Failed),
            // A channel that never reports delivery ends with `sent`.
            _ if !has_receipts => (sent, SENT_AFTER, MessageStatus::Sent),
            Scenario::Sent => (sent, END_AFTER, MessageStatus::Sent),
            Scenario::Delivered { after } => {
                (Some(after.min(SENT_AFTER)), after, MessageStatus::Delivered)
            }
            Scenario::PostDelivery { .. } => (sent, END_AFTER, MessageStatus::Delivered),
        };
        let (reason, post_delivery) = match scenario {
            Scenario::PostDelivery { reason, after } => (None, Some((now + after, reason))),
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
        // The end of the wait for a receipt that never comes changes nothing.
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

    /// Returns when the message has its final status, if it ever does. Later complaints and bounces do not count.
    pub fn settles_at(&self) -> Option<i64> {
        (self.end.status != MessageStatus::Queued).then_some(self.end.at)
    }

    pub fn last_at(&self) -> i64 {
        self.post_delivery
            .map_or(self.end.at, |(at, _)| at.max(self.end.at))
    }

    /// Returns when this message puts its recipient on the suppression list, and why.
    pub fn suppression(&self) -> Option<(i64, Reason)> {
        match self.end.reason {
            Some(Reason::HardBounce) if self.end.status == MessageStatus::Failed => {
                Some((self.end.at, Reason::HardBounce))
            }
            _ => self.post_delivery,
        }
    }

    /// Returns the timeline of a message that is cancelled while it is queued.
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
    use super::{Scenario, Timeline};
    use crate::model::{Channel, MessageStatus};
    use crate::simulator::error_codes::Reason;

    fn describe(scenario: Scenario, channel: &Channel) -> String {
        let timeline = Timeline::new(scenario, channel, 0);
        let mut text: Vec<String> = timeline
            .steps()
            .iter()
            .map(|step| {
                let code = step.reason.map(|r| format!(" {}", r.code()));
                format!("{}@{}{}", step.status, step.at, code.unwrap_or_default())
            })
            .collect();
        text.push(match timeline.settles_at() {
            Some(at) => format!("settled@{at}"),
            None => "never settled".to_owned(),
        });
        text.join(" ")
    }

    #[rustfmt::skip]
    const CASES: &[(Scenario, Channel, &str)] = &[
        (Scenario::DEFAULT, Channel::Email, "queued@0 sent@200 delivered@1000 settled@1000"),
        (Scenario::DEFAULT, Channel::Sms, "queued@0 sent@200 delivered@1000 settled@1000"),
        (Scenario::DEFAULT, Channel::Slack, "queued@0 sent@200 settled@200"),
        (Scenario::Delivered { after: 30_000 }, Channel::Email, "queued@0 sent@200 delivered@30000 settled@30000"),
        (Scenario::Delivered { after: 30_000 }, Channel::Push, "queued@0 sent@200 settled@200"),
        (Scenario::Delivered { after: 0 }, Channel::Email, "queued@0 sent@0 delivered@0 settled@0"),
        (Scenario::Queued, Channel::Email, "queued@0 never settled"),
        (Scenario::Sent, Channel::Email, "queued@0 sent@200 settled@1000"),
        (Scenario::Sent, Channel::Discord, "queued@0 sent@200 settled@200"),
        (Scenario::Rejected(Reason::TemplateError), Channel::Email, "queued@0 failed@1000 TEMPLATE_ERROR settled@1000"),
        (Scenario::Bounced(Reason::HardBounce), Channel::Email, "queued@0 sent@200 failed@1000 HARD_BOUNCE settled@1000"),
        (Scenario::Suppressed(Reason::OptedOut), Channel::Sms, "queued@0 suppressed@1000 OPTED_OUT settled@1000"),
        (
            Scenario::PostDelivery { reason: Reason::Complaint, after: 60_000 }, Channel::Email,
            "queued@0 sent@200 delivered@1000 delivered@60000 COMPLAINT settled@1000",
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
        let timeline = Timeline::new(Scenario::Bounced(Reason::HardBounce), &Channel::Email, 50);
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
        let scenario = Scenario::PostDelivery {
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
                cancelled.settles_at(),
                cancelled.last_at()
            ),
            (None, None, 100)
        );
    }
}
