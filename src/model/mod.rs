//! The domain: notifications, messages, contacts, channels and statuses, as plain data and pure functions.

mod audience;
mod channel;
mod contact;
mod event;
mod help_topics;
mod identifier;
mod json;
mod notification;
mod recipient;
mod request;
mod status;
mod time;
mod verdict;
mod wire_text;

pub use audience::Audience;
pub use channel::{Channel, DeliveryReporting, UnknownChannel};
pub use contact::{Contact, contact_text};
pub use event::{EventName, InvalidEvent};
pub use help_topics::{HelpTopic, help_topic, help_topics, nearest_topic};
pub use identifier::{Identifier, is_slack_channel};
pub use json::{to_json, to_json_value};
pub use notification::{MAX_ID_LENGTH, Message, MessageError, Notification};
pub use recipient::{Recipient, masked};
pub use request::SendRequest;
pub use status::{MessageStatus, NotificationStatus};
pub use time::{Timestamp, from_millis, read_time};
pub use verdict::{Counts, Goal, GoalState, Verdict, goal_state};
