//! The channels that a message can be sent over.

use std::str::FromStr;

use super::wire_text::wire_text;

/// A channel: one of the seven of the service's page on `POST /v1/send`, or an unknown one, kept as it was received.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Email.
    Email,
    /// Text message.
    Sms,
    /// Slack, to a person or a channel.
    Slack,
    /// Push notification to a device.
    Push,
    /// Telegram.
    Telegram,
    /// WhatsApp.
    Whatsapp,
    /// Discord.
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

/// The text is not the name of a channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a channel")]
pub struct UnknownChannel(pub String);

impl Channel {
    /// Every channel of the service, in the order in which an event without a definition prefers them (assumed).
    pub const ALL: [Self; 7] = [
        Self::Email,
        Self::Sms,
        Self::Slack,
        Self::Push,
        Self::Telegram,
        Self::Whatsapp,
        Self::Discord,
    ];

    /// Returns the channel's name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Slack => "slack",
            Self::Push => "push",
            Self::Telegram => "telegram",
            Self::Whatsapp => "whatsapp",
            Self::Discord => "discord",
            Self::Other(name) => name,
        }
    }

    /// Reads a channel from the wire; an unknown one is kept.
    pub fn from_wire(name: &str) -> Self {
        name.parse()
            .unwrap_or_else(|UnknownChannel(name)| Self::Other(name))
    }

    /// Returns whether the channel reports delivery.
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
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| UnknownChannel(text.to_owned()))
    }
}

wire_text!(Channel, "A channel.");
