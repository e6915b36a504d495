//! The statuses of messages and notifications.

use super::wire_text::wire_text;

/// The status of a message. The names are those on the service's page "Messages & Statuses".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageStatus {
    /// The service accepted the message and has not processed it yet.
    Queued,
    /// The provider accepted the message.
    Sent,
    /// The provider confirmed delivery.
    Delivered,
    /// The message failed. Its error contains the reason.
    Failed,
    /// The service did not send the message, because the contact opted out, bounced before, or complained.
    Suppressed,
    /// The name of a status that this version does not know.
    Other(String),
}

wire_text!(
    MessageStatus,
    "The status of a message.",
    Queued = "queued",
    Sent = "sent",
    Delivered = "delivered",
    Failed = "failed",
    Suppressed = "suppressed",
);

/// The status of a notification. Only `accepted` and `completed` are documented, and the service may add others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationStatus {
    /// The service accepted the notification, and all its messages are queued.
    Accepted,
    /// At least one message is no longer queued, and more steps are planned (assumed).
    Processing,
    /// No more steps are planned.
    Completed,
    /// The notification was cancelled before it was completed (assumed).
    Cancelled,
    /// The name of a status that this version does not know.
    Other(String),
}

wire_text!(
    NotificationStatus,
    "The status of a notification.",
    Accepted = "accepted",
    Processing = "processing",
    Completed = "completed",
    Cancelled = "cancelled",
);
