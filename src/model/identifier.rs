//! The identifiers of a contact: their field names, their order of precedence, and their channels.

use serde_json::{Map, Value};

use super::Channel;

/// A field that identifies a contact, such as its email address. The variants are in order of precedence: if a contact
/// has several identifiers, the first one is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifier {
    Email,
    Phone,
    /// The id of a user or a channel in Slack.
    SlackId,
    PushToken,
    /// The id of a chat in Telegram.
    Telegram,
    /// The id of a user in Discord.
    Discord,
    /// The caller's own id for the contact, such as `user_123`.
    ExternalId,
    /// The UUID that Sendivent assigned to the contact.
    Uuid,
}

impl Identifier {
    /// Every identifier, in order of precedence. The identifiers of a channel come first, in the order of
    /// [`Channel::ALL`]. The last two belong to no channel.
    pub const ALL: [Self; 8] = [
        Self::Email,
        Self::Phone,
        Self::SlackId,
        Self::PushToken,
        Self::Telegram,
        Self::Discord,
        Self::ExternalId,
        Self::Uuid,
    ];

    /// Returns the kind of identifier of a recipient that is a string. The service's documentation describes the kinds,
    /// but not the exact patterns. The prefix `sim:` belongs to the simulator.
    pub fn of_text(text: &str) -> Self {
        if is_slack_channel(text) {
            Self::SlackId
        } else if text.starts_with("sim:") {
            Self::ExternalId
        } else if text.contains('@') {
            Self::Email
        } else if text.starts_with('+') {
            Self::Phone
        } else if is_slack_id(text, 'U') {
            Self::SlackId
        } else if uuid::Uuid::try_parse(text).is_ok() {
            Self::Uuid
        } else {
            Self::ExternalId
        }
    }

    /// Returns the field name that this program writes in a request.
    pub fn field(self) -> &'static str {
        self.spellings()[0]
    }

    /// Returns every field name that the service accepts for the identifier. The first one is the name that this
    /// program writes.
    pub fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Email => &["email"],
            Self::Phone => &["phone"],
            Self::SlackId => &["slack_id", "slack", "slackId"],
            Self::PushToken => &["push_token", "push_tokens", "pushToken", "pushTokens"],
            Self::Telegram => &["telegram"],
            Self::Discord => &["discord"],
            Self::ExternalId => &["id", "external_id", "externalId"],
            Self::Uuid => &["uuid"],
        }
    }

    /// Returns the identifier with this field name. Accepts every spelling, such as `external_id` and `externalId`.
    pub fn from_field(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|identifier| identifier.spellings().contains(&name))
    }

    /// Returns the channel to use for the identifier if the request names no channel. `None` for [`Self::ExternalId`]
    /// and [`Self::Uuid`], which belong to no channel.
    pub fn channel(self) -> Option<Channel> {
        match self {
            Self::Email => Some(Channel::Email),
            Self::Phone => Some(Channel::Sms),
            Self::SlackId => Some(Channel::Slack),
            Self::PushToken => Some(Channel::Push),
            Self::Telegram => Some(Channel::Telegram),
            Self::Discord => Some(Channel::Discord),
            Self::ExternalId | Self::Uuid => None,
        }
    }

    pub fn of_channel(channel: &Channel) -> Option<Self> {
        // The channel of a phone number is SMS by default, but WhatsApp also uses phone numbers.
        if *channel == Channel::Whatsapp {
            return Some(Self::Phone);
        }
        Self::ALL
            .into_iter()
            .find(|identifier| identifier.channel().as_ref() == Some(channel))
    }

    /// Returns the value of this identifier in the fields of a contact, under any spelling of its name. `None` if it is
    /// missing, null or an empty string.
    pub fn value_in(self, contact: &Map<String, Value>) -> Option<&Value> {
        let mut values = self
            .spellings()
            .iter()
            .filter_map(|name| contact.get(*name));
        values.find(|value| !value.is_null() && value.as_str() != Some(""))
    }
}

/// Returns whether a recipient is a Slack channel: a name such as `#general` or an id such as `C12345678`. The service
/// does not store a contact for a Slack channel.
pub fn is_slack_channel(text: &str) -> bool {
    text.starts_with('#') || is_slack_id(text, 'C')
}

fn is_slack_id(text: &str, prefix: char) -> bool {
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    text.len() >= 9 && text.starts_with(prefix) && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::Identifier;
    use crate::model::Channel;

    #[test]
    fn precedence_follows_the_order_of_channels() {
        let channels: Vec<Channel> = Identifier::ALL
            .into_iter()
            .filter_map(Identifier::channel)
            .collect();
        let preferred = Channel::ALL.into_iter().filter(|c| *c != Channel::Whatsapp);
        assert_eq!(channels, preferred.collect::<Vec<_>>());
    }

    #[test]
    fn every_channel_has_an_identifier_and_every_spelling_is_read() {
        for channel in Channel::ALL {
            assert!(Identifier::of_channel(&channel).is_some(), "{channel}");
        }
        assert_eq!(Identifier::of_channel(&Channel::Other("fax".into())), None);
        for identifier in Identifier::ALL {
            for name in identifier.spellings() {
                assert_eq!(Identifier::from_field(name), Some(identifier));
            }
        }
    }
}
