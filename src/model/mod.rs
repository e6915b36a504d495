//! The words of the domain. Everything here is plain data and pure functions.

mod audience;
mod channel;
mod event;
mod help_topics;
mod notification;
mod recipient;
mod request;
mod status;
mod time;
mod verdict;

pub use audience::Audience;
pub use channel::{Channel, DeliveryReporting, UnknownChannel};
pub use event::{EventName, InvalidEvent};
pub use help_topics::{HelpTopic, Kind, help_topic, help_topics, nearest_cause};
pub use notification::{Message, MessageError, Notification};
pub use recipient::{InvalidRecipient, Recipient, RecipientKind, masked};
pub use request::SendRequest;
pub use status::{MessageStatus, NotificationStatus};
pub use time::{Timestamp, from_millis, rfc3339};
pub use verdict::{Counts, Goal, GoalState, Verdict, goal_state};
