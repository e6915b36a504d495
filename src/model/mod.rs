//! The words of the domain. Everything here is plain data and pure functions.

mod audience;
mod causes;
mod channel;
mod event;
mod notification;
mod recipient;
mod request;
mod status;
mod time;
mod verdict;

pub use audience::Audience;
pub use causes::{Cause, Kind, cause, causes, nearest_cause};
pub use channel::{Channel, Receipts, UnknownChannel};
pub use event::{EventName, InvalidEvent};
pub use notification::{Message, MessageError, Notification};
pub use recipient::{InvalidRecipient, Recipient, RecipientKind, masked};
pub use request::SendRequest;
pub use status::{MessageStatus, NotificationStatus};
pub use time::{Timestamp, from_millis, rfc3339};
pub use verdict::{Goal, Standing, Tally, Verdict, standing};
