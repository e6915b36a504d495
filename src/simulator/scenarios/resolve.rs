//! Resolves an identifier, such as an email address, to the scenario that it selects.

use super::table::{
    Behavior, DOMAIN, LISTENER, PHONE_BLOCK, PHONE_FAULTS, PHONES, PREFIX, ROWS, THIRD_PARTIES,
    ThirdParty, find, normalize,
};
use crate::model::Channel;
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::MessageScenario;
use crate::text;

/// The maximum for the number in the name of a scenario, such as the 2 in `flaky-2`.
const MAX_TIMES: u32 = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioMatch {
    pub behavior: Behavior,
    /// What selects the scenario: `recipient:` and the documented name, such as `recipient:bounced`, or `phone:` and
    /// the last four digits. In the stored message, a suffix such as ` (1 of 2)` may be added.
    pub decided_by: String,
}

/// A recipient in scenario syntax that names no known scenario, probably because of a typo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{recipient}` has no scenario: {problem}; `sendivent simulator recipients` lists them")]
pub struct UnknownScenario {
    recipient: String,
    pub problem: String,
}

/// Returns the scenario that an identifier selects on a channel, or `None` for an identifier without scenario syntax,
/// such as `ada@example.com`.
pub fn resolve_scenario(
    channel: &Channel,
    identifier: &str,
) -> Result<Option<ScenarioMatch>, UnknownScenario> {
    if let Some(name_and_label) = identifier.strip_prefix(PREFIX) {
        let name = name_and_label
            .split_once(':')
            .map_or(name_and_label, |(name, _)| name);
        return resolve_name(channel, identifier, name).map(Some);
    }
    if matches!(channel, Channel::Sms | Channel::Whatsapp) {
        return resolve_phone(identifier);
    }
    if *channel != Channel::Email || identifier.eq_ignore_ascii_case(LISTENER) {
        return Ok(None);
    }
    let Some((local_part, domain)) = identifier.rsplit_once('@') else {
        return Ok(None);
    };
    let name = local_part
        .split_once('+')
        .map_or(local_part, |(name, _)| name);
    if domain.eq_ignore_ascii_case(DOMAIN) {
        return resolve_name(channel, identifier, name).map(Some);
    }
    THIRD_PARTIES
        .iter()
        .find(|third_party| domain.eq_ignore_ascii_case(third_party.domain))
        .map(|third_party| resolve_third_party(third_party, identifier, name))
        .transpose()
}

fn resolve_name(
    channel: &Channel,
    recipient: &str,
    name: &str,
) -> Result<ScenarioMatch, UnknownScenario> {
    match parse_name(name) {
        Some((behavior, name)) => Ok(ScenarioMatch {
            behavior: adapt_to_channel(behavior, channel),
            decided_by: format!("recipient:{name}"),
        }),
        None => {
            let names = ROWS
                .iter()
                .flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
            let nearest = text::closest_match(&name.to_lowercase(), names);
            Err(unknown_name(recipient, name, nearest))
        }
    }
}

fn resolve_third_party(
    third_party: &ThirdParty,
    recipient: &str,
    name: &str,
) -> Result<ScenarioMatch, UnknownScenario> {
    let normalized = normalize(name);
    let row = third_party
        .names
        .iter()
        .find(|(theirs, _)| *theirs == normalized)
        .and_then(|(_, scenario)| find(scenario));
    match row {
        Some(row) => Ok(ScenarioMatch {
            behavior: row.behavior,
            decided_by: format!("recipient:{}", row.name),
        }),
        None => {
            let names = third_party.names.iter().map(|(theirs, _)| *theirs);
            let nearest = text::closest_match(&normalized, names);
            Err(unknown_name(recipient, name, nearest))
        }
    }
}

fn resolve_phone(phone: &str) -> Result<Option<ScenarioMatch>, UnknownScenario> {
    let Some(digits) = phone
        .strip_prefix(PHONE_BLOCK)
        .filter(|digits| digits.len() == 4)
    else {
        return Ok(None);
    };
    match phone_behavior(phone, digits) {
        Some(behavior) => Ok(Some(ScenarioMatch {
            behavior,
            decided_by: format!("phone:{digits}"),
        })),
        None => Err(UnknownScenario {
            recipient: phone.to_owned(),
            problem: format!("the block {PHONE_BLOCK}xxxx has no such number"),
        }),
    }
}

fn phone_behavior(phone: &str, digits: &str) -> Option<Behavior> {
    if let Some(row) = PHONES.iter().find(|row| row.name == phone) {
        return Some(row.behavior);
    }
    if let Some((_, name)) = PHONE_FAULTS.iter().find(|(last, _)| *last == digits) {
        return find(name).map(|row| row.behavior);
    }
    let status = digits.parse().ok()?;
    (400..=599).contains(&status).then_some(Behavior::Http {
        status,
        times: None,
    })
}

/// Parses the name of a scenario, such as `flaky` or `flaky-2`. Returns the behavior and the documented name.
fn parse_name(name: &str) -> Option<(Behavior, String)> {
    if let Some(row) = find(name) {
        return Some((row.behavior, row.name.to_owned()));
    }
    let name = name.to_lowercase().replace('_', "-");
    let (head, parameter) = name.rsplit_once('-')?;
    let row = find(head)?;
    let behavior = with_parameter(row.behavior, parameter)?;
    Some((behavior, format!("{}-{parameter}", row.name)))
}

fn with_parameter(behavior: Behavior, parameter: &str) -> Option<Behavior> {
    let times = || {
        let times: u32 = parameter.parse().ok()?;
        (1..=MAX_TIMES).contains(&times).then_some(times)
    };
    match behavior {
        Behavior::Message(MessageScenario::DEFAULT) => {
            let delay = text::parse_duration(parameter).ok()?;
            let after = i64::try_from(delay.as_millis()).ok()?;
            Some(Behavior::Message(MessageScenario::Delivered { after }))
        }
        Behavior::Flaky(_) => times().map(Behavior::Flaky),
        Behavior::Http {
            status,
            times: None,
        } => times().map(|times| Behavior::Http {
            status,
            times: Some(times),
        }),
        _ => None,
    }
}

/// Replaces the error code of the scenario `invalid` by the code for the channel, such as `INVALID_PHONE` for SMS.
fn adapt_to_channel(behavior: Behavior, channel: &Channel) -> Behavior {
    let reason = match channel {
        Channel::Email => Reason::InvalidEmail,
        Channel::Sms | Channel::Whatsapp => Reason::InvalidPhone,
        _ => Reason::ProviderRejected,
    };
    match behavior {
        Behavior::Message(MessageScenario::Rejected(Reason::InvalidEmail)) => {
            Behavior::Message(MessageScenario::Rejected(reason))
        }
        behavior => behavior,
    }
}

fn unknown_name(recipient: &str, name: &str, nearest: Option<&str>) -> UnknownScenario {
    let problem = match nearest {
        Some(nearest) => format!("`{name}` is not a scenario (did you mean `{nearest}`?)"),
        None => format!("`{name}` is not a scenario"),
    };
    UnknownScenario {
        recipient: recipient.to_owned(),
        problem,
    }
}
