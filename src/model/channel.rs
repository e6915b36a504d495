//! The channels that a message can be sent over.

use std::str::FromStr;

use super::wire_text::wire_text;

/// A channel: one of the seven of the service's page on `POST /v1/send`, or an unknown one, kept as it was received.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Email,
    Sms,
    Slack,
    /// Push notification to a device.
    Push,
    Telegram,
    Whatsapp,
    Discord,
    /// A channel that this version does not know.
    Other(String),
}

/// Whether a channel reports what happened to a message after the provider accepted it.
///
/// The service's webhook page lists delivery reports for email only and names Slack, Discord and push as channels
/// that stop at `sent`. For SMS, WhatsApp and Telegram it documents neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryReporting {
    /// Delivery is reported: `sent` is not final.
    Always,
    /// Delivery may be reported: `sent` is final once the notification is completed.
    Perhaps,
    /// Delivery is never reported: `sent` is final.
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a channel")]
pub struct UnknownChannel(pub String);

impl Channel {
    pub fn delivery_reporting(&self) -> DeliveryReporting {
        match self {
            Self::Slack | Self::Push | Self::Discord => DeliveryReporting::Never,
            Self::Sms | Self::Telegram | Self::Whatsapp => DeliveryReporting::Perhaps,
            Self::Email | Self::Other(_) => DeliveryReporting::Always,
        }
    }
}

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Self::from_wire(text) {
            Self::Other(name) => Err(UnknownChannel(name)),
            channel => Ok(channel),
        }
    }
}

// In the order in which an event without a definition prefers them (assumed).
wire_text!(
    Channel,
    "A channel.",
    Email = "email",
    Sms = "sms",
    Slack = "slack",
    Push = "push",
    Telegram = "telegram",
    Whatsapp = "whatsapp",
    Discord = "discord",
);
