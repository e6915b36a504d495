//! Whether messages and notifications have reached a goal.
//!
//! The state of a message depends on its status and on the goal:
//!
//! | status of the message | goal | state |
//! |---|---|---|
//! | `delivered` | any | good |
//! | `failed`, `suppressed` | any | bad |
//! | `sent` | `sent` | good |
//! | `sent`, final | `settled` | good |
//! | `sent`, final | `delivered` | bad, because the channel reports no delivery |
//! | `sent`, not final | `settled`, `delivered` | pending |
//! | `queued`, unknown | any | bad if the notification was cancelled, otherwise pending |
//!
//! [`DeliveryReporting`] determines whether `sent` is final on a channel.

use serde::Serialize;

use super::{DeliveryReporting, Message, MessageStatus, Notification, NotificationStatus};

/// What `--for` waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// Wait until each message has a status that is final on its channel.
    #[default]
    Settled,
    /// Wait until each message has been accepted by its provider.
    Sent,
    /// Wait until the delivery of each message is confirmed.
    Delivered,
}

impl Goal {
    /// Returns the value of `--for` that selects the goal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
        }
    }
}

/// Whether a message has reached a goal. Also used for a notification without messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalState {
    Good,
    /// The goal can no longer be reached.
    Bad,
    /// The goal may still be reached.
    Pending,
}

/// The number of messages in each [`GoalState`]. These numbers determine the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// The number of messages that reached the goal.
    pub good: usize,
    /// The number of messages that can no longer reach the goal.
    pub bad: usize,
    /// The number of messages that may still reach the goal.
    pub pending: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every message reached the goal.
    Reached,
    /// No message reached the goal, and at least one can no longer reach it.
    NotDelivered,
    /// At least one message reached the goal, and at least one can no longer reach it.
    Partial,
    /// At least one message may still reach the goal, and every other message has reached it.
    Pending,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NotDelivered => "not_delivered",
            Self::Partial => "partial",
            Self::Pending => "pending",
        }
    }
}

impl Counts {
    pub fn add(&mut self, goal_state: GoalState) {
        match goal_state {
            GoalState::Good => self.good += 1,
            GoalState::Bad => self.bad += 1,
            GoalState::Pending => self.pending += 1,
        }
    }

    /// Counts the messages of a notification. A notification without messages counts as one message: bad if the
    /// notification is completed or cancelled, otherwise pending.
    pub fn of(notification: &Notification, goal: Goal) -> Self {
        let mut counts = Self::default();
        for message in &notification.messages {
            counts.add(goal_state(message, &notification.status, goal));
        }
        if notification.messages.is_empty() {
            counts.add(match notification.status {
                NotificationStatus::Completed | NotificationStatus::Cancelled => GoalState::Bad,
                NotificationStatus::Accepted
                | NotificationStatus::Processing
                | NotificationStatus::Other(_) => GoalState::Pending,
            });
        }
        counts
    }

    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            good: self.good + other.good,
            bad: self.bad + other.bad,
            pending: self.pending + other.pending,
        }
    }

    /// Returns the verdict. `Partial` has precedence over `NotDelivered`, and `NotDelivered` over `Pending`.
    pub fn verdict(self) -> Verdict {
        match self {
            Self { good, bad, .. } if good > 0 && bad > 0 => Verdict::Partial,
            Self { bad, .. } if bad > 0 => Verdict::NotDelivered,
            Self { pending, .. } if pending > 0 => Verdict::Pending,
            Self { .. } => Verdict::Reached,
        }
    }

    pub fn is_settled(self) -> bool {
        self.pending == 0
    }
}

/// Returns whether a message has reached the goal. The documentation of this module has the table of all cases.
pub fn goal_state(message: &Message, notification: &NotificationStatus, goal: Goal) -> GoalState {
    let cancelled = *notification == NotificationStatus::Cancelled;
    match message.status {
        MessageStatus::Delivered => GoalState::Good,
        MessageStatus::Failed | MessageStatus::Suppressed => GoalState::Bad,
        MessageStatus::Sent => {
            let is_final = match message.channel.delivery_reporting() {
                DeliveryReporting::Never => true,
                DeliveryReporting::Perhaps => *notification == NotificationStatus::Completed,
                DeliveryReporting::Always => false,
            };
            match goal {
                Goal::Sent => GoalState::Good,
                Goal::Settled | Goal::Delivered if !is_final => GoalState::Pending,
                Goal::Settled => GoalState::Good,
                Goal::Delivered => GoalState::Bad,
            }
        }
        MessageStatus::Queued | MessageStatus::Other(_) if cancelled => GoalState::Bad,
        MessageStatus::Queued | MessageStatus::Other(_) => GoalState::Pending,
    }
}

#[cfg(test)]
mod tests {

    use super::{Counts, Goal, GoalState, Verdict, goal_state};
    use crate::model::{Channel, Message, MessageStatus, NotificationStatus};

    fn message(channel: Channel, status: MessageStatus) -> Message {
        Message {
            channel,
            status,
            ..Message::default()
        }
    }

    #[test]
    fn every_status_on_every_kind_of_channel_has_a_goal_state() {
        use GoalState::{Bad, Good, Pending};
        use MessageStatus as M;
        use NotificationStatus as N;
        #[rustfmt::skip]
        let table = [
            // channel, status, notification, settled, sent, delivered
            (Channel::Email, M::Queued, N::Accepted, Pending, Pending, Pending),
            (Channel::Email, M::Queued, N::Cancelled, Bad, Bad, Bad),
            (Channel::Email, M::Sent, N::Processing, Pending, Good, Pending),
            (Channel::Email, M::Sent, N::Completed, Pending, Good, Pending),
            (Channel::Email, M::Delivered, N::Completed, Good, Good, Good),
            (Channel::Email, M::Failed, N::Processing, Bad, Bad, Bad),
            (Channel::Email, M::Suppressed, N::Completed, Bad, Bad, Bad),
            (Channel::Sms, M::Sent, N::Processing, Pending, Good, Pending),
            (Channel::Sms, M::Sent, N::Completed, Good, Good, Bad),
            (Channel::Slack, M::Sent, N::Processing, Good, Good, Bad),
            (Channel::Push, M::Queued, N::Processing, Pending, Pending, Pending),
            (Channel::Email, M::Other("held".into()), N::Processing, Pending, Pending, Pending),
            (Channel::Email, M::Other("held".into()), N::Cancelled, Bad, Bad, Bad),
        ];
        for (channel, status, notification, settled, sent, delivered) in table {
            let message = message(channel, status);
            let of = |goal| goal_state(&message, &notification, goal);
            assert_eq!(
                [of(Goal::Settled), of(Goal::Sent), of(Goal::Delivered)],
                [settled, sent, delivered],
                "{message:?} of a notification that is {notification}"
            );
        }
    }

    #[test]
    fn partial_precedes_not_delivered_precedes_pending() {
        let of = |good, bad, pending| Counts { good, bad, pending }.verdict();
        assert_eq!(of(1, 0, 0), Verdict::Reached);
        assert_eq!(of(1, 1, 1), Verdict::Partial);
        assert_eq!(of(0, 1, 1), Verdict::NotDelivered);
        assert_eq!(of(1, 0, 1), Verdict::Pending);
    }
}
