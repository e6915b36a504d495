//! What a status means for somebody who waits: reached, never to be reached, or not yet.
//!
//! The rules, for a message:
//!
//! | status | good | bad | pending |
//! |---|---|---|---|
//! | `delivered` | always | | |
//! | `failed`, `suppressed` | | always | |
//! | `sent`, goal `sent` | always | | |
//! | `sent`, goal `settled` | the channel never reports delivery; or perhaps, and the notification is completed | | otherwise |
//! | `sent`, goal `delivered` | | in the same cases: what was asked cannot come any more | otherwise |
//! | `queued`, unknown | | its notification was cancelled | otherwise |

use super::{DeliveryReporting, Message, MessageStatus, Notification, NotificationStatus};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// Each message has reached its end, whichever it is on its channel.
    #[default]
    Settled,
    /// Each message was handed to its provider.
    Sent,
    /// Each message was confirmed as delivered.
    Delivered,
}

impl Goal {
    /// Returns the word for the goal, as `--for` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
        }
    }
}

/// How a message, or a notification, stands towards a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalState {
    /// The goal is reached.
    Good,
    /// The goal will never be reached.
    Bad,
    /// Nobody can say yet.
    Pending,
}

/// Counts of standings: what a verdict is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// How many reached the goal.
    pub good: usize,
    /// How many never will.
    pub bad: usize,
    /// How many are still on their way.
    pub pending: usize,
}

/// The answer to "did it arrive?", over one or many notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All good.
    Reached,
    /// Settled, or at least one known to be bad and none good.
    NotDelivered,
    /// Some good, some bad.
    Partial,
    /// Nothing bad, and something still on its way.
    Pending,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, goal_state: GoalState) {
        match goal_state {
            GoalState::Good => self.good += 1,
            GoalState::Bad => self.bad += 1,
            GoalState::Pending => self.pending += 1,
        }
    }

    /// Returns the counts of the messages of a notification. One that ended without a message counts as one bad.
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

    /// Returns both counts together.
    pub fn and(self, other: Self) -> Self {
        Self {
            good: self.good + other.good,
            bad: self.bad + other.bad,
            pending: self.pending + other.pending,
        }
    }

    /// Returns the verdict: mixed comes before bad, bad before pending.
    pub fn verdict(self) -> Verdict {
        match self {
            Self { good, bad, .. } if good > 0 && bad > 0 => Verdict::Partial,
            Self { bad, .. } if bad > 0 => Verdict::NotDelivered,
            Self { pending, .. } if pending > 0 => Verdict::Pending,
            Self { .. } => Verdict::Reached,
        }
    }

    /// Returns whether nothing is on its way any more.
    pub fn settled(self) -> bool {
        self.pending == 0
    }
}

/// Returns how a message stands towards the goal; the table is in this module's documentation.
pub fn goal_state(message: &Message, notification: &NotificationStatus, goal: Goal) -> GoalState {
    let cancelled = *notification == NotificationStatus::Cancelled;
    match message.status {
        MessageStatus::Delivered => GoalState::Good,
        MessageStatus::Failed | MessageStatus::Suppressed => GoalState::Bad,
        MessageStatus::Sent if goal == Goal::Sent => GoalState::Good,
        MessageStatus::Sent => {
            let last = match message.channel.delivery_reporting() {
                DeliveryReporting::Never => true,
                DeliveryReporting::Perhaps => *notification == NotificationStatus::Completed,
                DeliveryReporting::Always => false,
            };
            match (last, goal) {
                (true, Goal::Settled) => GoalState::Good,
                (true, Goal::Delivered) => GoalState::Bad,
                (true | false, Goal::Sent) => GoalState::Good,
                (false, Goal::Settled | Goal::Delivered) => GoalState::Pending,
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
            id: String::new(),
            channel,
            status,
            template: None,
            queued_at: None,
            sent_at: None,
            delivered_at: None,
            failed_at: None,
            error: None,
            decided_by: None,
        }
    }

    #[test]
    fn the_standing_of_every_status_on_every_kind_of_channel() {
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
    fn verdicts_rank_mixed_before_bad_before_pending() {
        let of = |good, bad, pending| Counts { good, bad, pending }.verdict();
        assert_eq!(of(1, 0, 0), Verdict::Reached);
        assert_eq!(of(1, 1, 1), Verdict::Partial);
        assert_eq!(of(0, 1, 1), Verdict::NotDelivered);
        assert_eq!(of(1, 0, 1), Verdict::Pending);
    }
}
