//! The statuses of messages and notifications.

use super::wire_text::wire_text;

/// The status of one message, named as on the service's page "Messages & Statuses".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageStatus {
    /// Accepted, waiting to be processed.
    Queued,
    /// Handed to the provider.
    Sent,
    /// The provider confirmed that it handed the message on.
    Delivered,
    /// The message failed; its error has the reason.
    Failed,
    /// Not sent: the contact opted out, bounced before or complained.
    Suppressed,
    /// A status that this version does not know, kept as it was received.
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

/// The status of a notification. Only `accepted` and `completed` are documented; the set is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationStatus {
    /// Accepted; all its messages are still queued.
    Accepted,
    /// Some message has left the queue (assumed).
    Processing,
    /// Nothing more is planned.
    Completed,
    /// Cancelled before it was completed (assumed).
    Cancelled,
    /// A status that this version does not know, kept as it was received.
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
