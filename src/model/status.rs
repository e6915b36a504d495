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

impl MessageStatus {
    /// Every status that the service documents, in the order in which they follow each other.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Suppressed,
    ];

    /// Returns the status's name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
            Self::Other(name) => name,
        }
    }

    /// Reads a status from the wire; an unknown one is kept.
    pub fn from_wire(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == name)
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

wire_text!(MessageStatus, "The status of a message.");

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

impl NotificationStatus {
    /// Every status that this version knows.
    pub const ALL: [Self; 4] = [
        Self::Accepted,
        Self::Processing,
        Self::Completed,
        Self::Cancelled,
    ];

    /// Returns the status's name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Other(name) => name,
        }
    }

    /// Reads a status from the wire; an unknown one is kept.
    pub fn from_wire(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == name)
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

wire_text!(NotificationStatus, "The status of a notification.");
