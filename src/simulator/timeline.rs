//! The life of a message, decided the moment it is accepted. Pure: a [`Scenario`], a channel and a time make a [`Timeline`], and
//! a plan and a time make a status.

use super::error_codes::Reason;
use crate::model::{Channel, DeliveryReporting, MessageStatus};

/// How long after `queued` an ordinary message is `sent`, in milliseconds.
pub const SENT_AFTER: i64 = 200;
/// How long after `queued` an ordinary message reaches its end, in milliseconds.
pub const END_AFTER: i64 = 1000;
/// How long after `queued` a recipient complains, in milliseconds.
pub const COMPLAINT_AFTER: i64 = 60_000;
/// How long after `queued` a message comes back late, in milliseconds.
pub const LATE_BOUNCE_AFTER: i64 = 600_000;

/// The kinds of lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// queued → sent → delivered; `after` is in milliseconds from `queued`.
    Delivered {
        /// When it is delivered.
        after: i64,
    },
    /// Queued for ever.
    Queued,
    /// queued → sent, without a receipt.
    Sent,
    /// queued → failed: never handed to a provider.
    Rejected(Reason),
    /// queued → sent → failed.
    Bounced(Reason),
    /// queued → suppressed.
    Suppressed(Reason),
    /// queued → sent → delivered, and then a reason to regret it; `after` is in milliseconds from `queued`.
    PostDelivery {
        /// What happens.
        reason: Reason,
        /// When.
        after: i64,
    },
}

impl Scenario {
    /// The life of every message that nothing steers.
    pub const ORDINARY: Self = Self::Delivered { after: END_AFTER };

    /// Returns the reason that the message carries in the end, if any.
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

/// One step of a life: from `at` on, in milliseconds of virtual time since the Unix epoch, the message has this status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: i64,
    /// The status from then on.
    pub status: MessageStatus,
    /// Why, if there is a reason.
    pub reason: Option<Reason>,
}

/// The whole life of one message, most of it in the future when it is made. Times are milliseconds of virtual time.
///
/// A life has at most four steps, so a plan has a place for each instead of a list, and the store keeps it as columns of
/// the message's own row: one row for each message. [`Timeline::steps`] is the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// When the message was accepted.
    pub queued_at: i64,
    /// When the provider takes it, if it ever does.
    pub sent_at: Option<i64>,
    /// The last status. One that ends `queued` waits for ever; one that ends `sent` waits in vain until `at`.
    pub end: Step,
    /// A complaint or a bounce after the end. It changes no status.
    pub late: Option<(i64, Reason)>,
}

impl Timeline {
    /// Returns the plan of a message that is accepted now.
    pub fn new(life: Scenario, channel: &Channel, now: i64) -> Self {
        let end = |after: i64, status, reason| Step {
            at: now.saturating_add(after),
            status,
            reason,
        };
        let sent_at = now + SENT_AFTER;
        let (sent_at, end) = match life {
            Scenario::Queued => (None, end(0, MessageStatus::Queued, None)),
            Scenario::Rejected(reason) => {
                (None, end(END_AFTER, MessageStatus::Failed, Some(reason)))
            }
            Scenario::Suppressed(reason) => (
                None,
                end(END_AFTER, MessageStatus::Suppressed, Some(reason)),
            ),
            Scenario::Bounced(reason) => (
                Some(sent_at),
                end(END_AFTER, MessageStatus::Failed, Some(reason)),
            ),
            // A channel that never reports delivery has nothing to wait for after `sent`.
            Scenario::Sent | Scenario::Delivered { .. } | Scenario::PostDelivery { .. }
                if channel.delivery_reporting() == DeliveryReporting::Never =>
            {
                (Some(sent_at), end(SENT_AFTER, MessageStatus::Sent, None))
            }
            Scenario::Sent => (Some(sent_at), end(END_AFTER, MessageStatus::Sent, None)),
            Scenario::Delivered { after } => (
                Some(now + after.min(SENT_AFTER)),
                end(after, MessageStatus::Delivered, None),
            ),
            Scenario::PostDelivery { .. } => (
                Some(sent_at),
                end(END_AFTER, MessageStatus::Delivered, None),
            ),
        };
        let late = match life {
            Scenario::PostDelivery { reason, after } => Some((now + after, reason)),
            _ => None,
        };
        Self {
            queued_at: now,
            sent_at,
            end,
            late,
        }
    }

    /// Returns every step, in order.
    pub fn steps(&self) -> Vec<Step> {
        let step = |at, status, reason| Step { at, status, reason };
        let mut steps = vec![step(self.queued_at, MessageStatus::Queued, None)];
        steps.extend(self.sent_at.map(|at| step(at, MessageStatus::Sent, None)));
        // Waiting for a receipt that never comes is no step.
        if !matches!(self.end.status, MessageStatus::Queued | MessageStatus::Sent) {
            steps.push(self.end.clone());
        }
        steps.extend(
            self.late
                .map(|(at, reason)| step(at, self.end.status.clone(), Some(reason))),
        );
        steps
    }

    /// Returns the status at a time.
    pub fn status(&self, now: i64) -> MessageStatus {
        if self.end.at <= now {
            self.end.status.clone()
        } else if self.sent_at.is_some_and(|at| at <= now) {
            MessageStatus::Sent
        } else {
            MessageStatus::Queued
        }
    }

    /// Returns the reason that the message carries at a time.
    pub fn reason(&self, now: i64) -> Option<Reason> {
        match self.late {
            Some((at, reason)) if at <= now => Some(reason),
            _ => self.end.reason.filter(|_| self.end.at <= now),
        }
    }

    /// Returns when the message stops being `queued`, if it ever does.
    pub fn moves_at(&self) -> Option<i64> {
        self.sent_at.or(self.settles_at())
    }

    /// Returns when nothing more is expected of the message. A complaint or bounce that comes later does not count.
    pub fn settles_at(&self) -> Option<i64> {
        (self.end.status != MessageStatus::Queued).then_some(self.end.at)
    }

    /// Returns when something happens to the message for the last time.
    pub fn last_at(&self) -> i64 {
        self.late.map_or(self.end.at, |(at, _)| at.max(self.end.at))
    }

    /// Returns when the recipient gets onto the suppression list by this message, and why.
    pub fn suppresses(&self) -> Option<(i64, Reason)> {
        match self.end.reason {
            Some(Reason::HardBounce) if self.end.status == MessageStatus::Failed => {
                Some((self.end.at, Reason::HardBounce))
            }
            _ => self.late,
        }
    }

    /// Returns the plan without its future, for a message that is still queued.
    pub fn cut(&self, now: i64) -> Self {
        Self {
            queued_at: self.queued_at,
            sent_at: None,
            end: Step {
                at: now,
                status: MessageStatus::Queued,
                reason: None,
            },
            late: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scenario, Timeline};
    use crate::model::{Channel, MessageStatus};
    use crate::simulator::error_codes::Reason;

    fn shown(life: Scenario, channel: &Channel) -> String {
        let plan = Timeline::new(life, channel, 0);
        let mut text: Vec<String> = plan
            .steps()
            .iter()
            .map(|step| {
                let code = step.reason.map(|r| format!(" {}", r.code()));
                format!("{}@{}{}", step.status, step.at, code.unwrap_or_default())
            })
            .collect();
        text.push(match plan.settles_at() {
            Some(at) => format!("settled@{at}"),
            None => "never settled".to_owned(),
        });
        text.join(" ")
    }

    #[rustfmt::skip]
    const LIVES: &[(Scenario, Channel, &str)] = &[
        (Scenario::ORDINARY, Channel::Email, "queued@0 sent@200 delivered@1000 settled@1000"),
        (Scenario::ORDINARY, Channel::Sms, "queued@0 sent@200 delivered@1000 settled@1000"),
        (Scenario::ORDINARY, Channel::Slack, "queued@0 sent@200 settled@200"),
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
    fn every_life_has_its_steps() {
        for (life, channel, steps) in LIVES {
            assert_eq!(shown(*life, channel), *steps, "{life:?} over {channel}");
        }
    }

    #[test]
    fn the_status_is_that_of_the_last_step_that_is_due() {
        let plan = Timeline::new(Scenario::Bounced(Reason::HardBounce), &Channel::Email, 50);
        for (now, status, reason) in [
            (49, MessageStatus::Queued, None),
            (249, MessageStatus::Queued, None),
            (250, MessageStatus::Sent, None),
            (1049, MessageStatus::Sent, None),
            (1050, MessageStatus::Failed, Some(Reason::HardBounce)),
        ] {
            assert_eq!(
                (plan.status(now), plan.reason(now)),
                (status, reason),
                "at {now}"
            );
        }
    }

    #[test]
    fn a_plan_that_is_cut_has_no_future() {
        let life = Scenario::PostDelivery {
            reason: Reason::LateBounce,
            after: 600_000,
        };
        let plan = Timeline::new(life, &Channel::Email, 0);
        assert_eq!(plan.suppresses(), Some((600_000, Reason::LateBounce)));
        let cut = plan.cut(100);
        assert_eq!(cut.status(i64::MAX), MessageStatus::Queued);
        assert_eq!(
            (cut.suppresses(), cut.settles_at(), cut.last_at()),
            (None, None, 100)
        );
    }
}
