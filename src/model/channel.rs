//! The channels over which a message can be sent, such as email and SMS.

use std::str::FromStr;

use super::wire_text::wire_text;

/// A channel: one of the seven in the documentation of `POST /v1/send`, or an unknown one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Email,
    Sms,
    Slack,
    /// Delivers to a device, which is identified by its push token.
    Push,
    Telegram,
    Whatsapp,
    Discord,
    /// The name of a channel that this version does not know.
    Other(String),
}

/// Whether a channel reports the delivery of a message after the provider accepted it.
///
/// The service's webhook page lists delivery reports only for email. It names Slack, Discord and push as channels on
/// which `sent` is the last status. It does not mention delivery reports for SMS, WhatsApp and Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryReporting {
    /// The channel reports delivery. `sent` is never final.
    Always,
    /// The channel may report delivery. `sent` is final once the notification is completed.
    Perhaps,
    /// The channel does not report delivery. `sent` is final.
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

// The order of preference for an event without a definition (assumed).
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
