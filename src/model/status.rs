//! Where a message, or a whole notification, has got to.

use std::fmt;

/// The status of one message, as the service's page "Messages & Statuses" names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageStatus {
    /// Accepted, waiting to be processed.
    Queued,
    /// Handed to the provider.
    Sent,
    /// The provider confirmed that it handed the message on.
    Delivered,
    /// The message failed; its error says why.
    Failed,
    /// Not sent: the contact opted out, bounced before or complained.
    Suppressed,
    /// A status that this version does not know, kept as it came.
    Other(String),
}

impl MessageStatus {
    /// Every status that the service documents, in the order of a message's life.
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

    /// Reads a status that the service named; an unknown one is kept.
    pub fn from_wire(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == name)
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The status of a notification. Only `accepted` and `completed` are documented; the set is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationStatus {
    /// Taken, nothing has moved yet.
    Accepted,
    /// Some message has moved (assumed).
    Processing,
    /// Nothing more is planned.
    Completed,
    /// Cancelled before its end (assumed).
    Cancelled,
    /// A status that this version does not know, kept as it came.
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

    /// Reads a status that the service named; an unknown one is kept.
    pub fn from_wire(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == name)
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

impl fmt::Display for NotificationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
