//! One help topic.

use serde::{Serialize, Serializer};

/// One status or error code with its explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HelpTopic {
    /// The status or code, as it is printed elsewhere.
    pub name: &'static str,
    /// What the name is.
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: Kind,
    /// One or two sentences.
    pub meaning: &'static str,
    /// The likely causes, most likely first.
    pub causes: &'static [&'static str],
    /// What to do, in order.
    pub actions: &'static [&'static str],
}

/// The kinds of help topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    MessageStatus,
    /// The status of a whole notification.
    NotificationStatus,
    /// The code on a message that failed, was suppressed or drew a complaint.
    MessageError,
    /// The code of an error response.
    RequestError,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 4] = [
        Self::MessageStatus,
        Self::NotificationStatus,
        Self::MessageError,
        Self::RequestError,
    ];

    pub(super) const fn topic(
        self,
        name: &'static str,
        meaning: &'static str,
        causes: &'static [&'static str],
        actions: &'static [&'static str],
    ) -> HelpTopic {
        HelpTopic {
            name,
            kind: self,
            meaning,
            causes,
            actions,
        }
    }

    /// Returns the kind for display.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageStatus => "message status",
            Self::NotificationStatus => "notification status",
            Self::MessageError => "message error",
            Self::RequestError => "request error",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
