//! Phone numbers that steer: Twilio's block `+1 500 555 xxxx`, with Twilio's meanings where it has one.

use super::outcomes::{self, Outcome};
use crate::model::Channel;
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::Scenario;

/// What every number of the block begins with.
pub const BLOCK: &str = "+1500555";

/// One number of the block.
pub struct Number {
    /// All of it.
    pub number: &'static str,
    /// What happens to its messages.
    pub life: Scenario,
    /// The same for people.
    pub text: &'static str,
}

const fn number(number: &'static str, life: Scenario, text: &'static str) -> Number {
    Number { number, life, text }
}

/// Every number that steers the life of a message.
#[rustfmt::skip]
pub const NUMBERS: &[Number] = &[
    number("+15005550000", Scenario::ORDINARY, "queued → sent → delivered"),
    number("+15005550001", Scenario::Rejected(Reason::InvalidPhone), "queued → failed"),
    number("+15005550002", Scenario::Rejected(Reason::Unroutable), "queued → failed"),
    number("+15005550003", Scenario::Rejected(Reason::GeoPermission), "queued → failed"),
    number("+15005550004", Scenario::Suppressed(Reason::OptedOut), "queued → suppressed"),
    number("+15005550005", Scenario::Delivered { after: 30_000 }, "queued → sent → delivered after 30 s"),
    number("+15005550006", Scenario::ORDINARY, "queued → sent → delivered"),
    number("+15005550007", Scenario::Bounced(Reason::CarrierFiltered), "queued → sent → failed"),
    number("+15005550008", Scenario::Queued, "queued for ever"),
    number("+15005550009", Scenario::Rejected(Reason::NotSmsCapable), "queued → failed"),
    number("+15005550010", Scenario::Sent, "queued → sent, no receipt"),
];

/// The last four digits of numbers that spoil the answer, each with the word for what they do.
pub const SPOILERS: [(&str, &str); 7] = [
    ("0900", "timeout"),
    ("0901", "reset"),
    ("0902", "truncated"),
    ("0903", "emptybody"),
    ("0904", "htmlbody"),
    ("0905", "lostanswer"),
    ("0906", "drip"),
];

/// Returns the last four digits of a number of the block.
pub fn in_block(phone: &str) -> Option<&str> {
    phone.strip_prefix(BLOCK).filter(|rest| rest.len() == 4)
}

/// Returns what a number of the block makes happen. None when it is not in the table.
pub fn outcome(phone: &str) -> Option<Outcome> {
    if let Some(number) = NUMBERS.iter().find(|number| number.number == phone) {
        return Some(Outcome::Scenario(number.life));
    }
    let digits = in_block(phone)?;
    if let Some((_, word)) = SPOILERS.iter().find(|(last, _)| *last == digits) {
        return outcomes::find(word).map(|row| row.outcome);
    }
    let status = digits.parse().ok()?;
    (400..=599).contains(&status).then_some(Outcome::Http {
        status,
        times: None,
    })
}

/// Returns whether the channel takes a phone number.
pub fn takes(channel: &Channel) -> bool {
    matches!(channel, Channel::Sms | Channel::Whatsapp)
}
