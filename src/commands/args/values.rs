//! Parsers of single argument values. Their errors name the reason and a fix.

use std::fs;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::api::IdempotencyKey;
use crate::error::Error;
use crate::host::Host;
use crate::model::{Channel, EventName, Identifier, MessageStatus, Recipient, Timestamp};
use crate::text;

/// A time on the command line, relative or absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long before the current time, as in `--since 2h`. With the simulator, the current time is virtual.
    Ago(Duration),
    /// An absolute time, as in `--since 2026-04-01T12:00Z`.
    At(Timestamp),
}

impl Moment {
    /// Converts to milliseconds since the Unix epoch. `now` is the current time, in the same unit.
    pub fn to_millis(self, now: i64) -> i64 {
        match self {
            Self::At(time) => time.as_millisecond(),
            Self::Ago(length) => {
                now.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }
}

/// Parses the name of an event. Error messages begin with `flag`.
pub fn event(flag: &str, text: &str) -> Result<EventName, Error> {
    text.parse().map_err(|error| {
        Error::usage(
            format!("{flag}: {error}"),
            "Use the name that the dashboard shows, such as `welcome` or `order-shipped`.",
        )
    })
}

/// Parses the value of `--channel`.
pub fn channel(text: &str) -> Result<Channel, Error> {
    text.parse().map_err(|error| {
        let hint = suggestion(text, &Channel::ALL.each_ref().map(Channel::as_str));
        Error::usage(format!("--channel: {error}"), hint)
    })
}

/// Parses one status in the value of `--status`, such as `failed`.
pub fn status(text: &str) -> Result<MessageStatus, Error> {
    match MessageStatus::from_wire(text) {
        MessageStatus::Other(_) => Err(Error::usage(
            format!("--status: `{text}` is not a status"),
            suggestion(
                text,
                &MessageStatus::ALL.each_ref().map(MessageStatus::as_str),
            ),
        )),
        status => Ok(status),
    }
}

/// Returns a hint for an unknown name: the most similar known name, or else all known names.
fn suggestion(text: &str, names: &[&str]) -> String {
    text::did_you_mean(text, names.iter().copied())
        .unwrap_or_else(|| format!("Use {}.", text::join_or(names)))
}

/// Parses a duration such as `10m`. Error messages begin with `flag`.
pub fn duration(flag: &str, text: &str) -> Result<Duration, Error> {
    text::parse_duration(text).map_err(|reason| {
        Error::usage(
            format!("{flag}: `{text}` is not a duration: {reason}"),
            match flag.strip_prefix("--") {
                Some(_) => format!("For example: {flag} 10m."),
                None => "For example: 10m.".to_owned(),
            },
        )
    })
}

/// Parses a timeout such as `10m`. Returns `None`, for no limit, if the text is `none`.
pub fn timeout(flag: &str, text: &str) -> Result<Option<Duration>, Error> {
    match text {
        "none" => Ok(None),
        text => duration(flag, text).map(Some),
    }
}

/// Parses a time: `2h` for two hours ago, or a timestamp such as `2026-04-01T12:00Z`.
pub fn moment(flag: &str, text: &str) -> Result<Moment, Error> {
    if let Ok(ago) = text::parse_duration(text) {
        return Ok(Moment::Ago(ago));
    }
    text.parse::<Timestamp>().map(Moment::At).map_err(|_| {
        Error::usage(
            format!("{flag}: `{text}` is not a time"),
            "Use 2h or 2026-04-01T12:00Z.",
        )
    })
}

/// Parses `key=text` or `key:=json`, the syntax of HTTPie.
pub fn pair(flag: &str, text: &str) -> Result<(String, Value), Error> {
    let form = "Write key=text, or key:=json for numbers, lists and so on.";
    let Some((key, value)) = text.split_once('=') else {
        return Err(Error::usage(format!("{flag}: `{text}` has no `=`"), form));
    };
    let (key, value) = match key.strip_suffix(':') {
        Some(key) => {
            let value = serde_json::from_str(value).map_err(|error| {
                Error::usage(
                    format!("{flag}: the value of `{key}` is not valid JSON ({error})"),
                    format!("For a string, write {key}={value}."),
                )
            })?;
            (key, value)
        }
        None => (key, Value::from(value)),
    };
    if key.is_empty() {
        return Err(Error::usage(
            format!("{flag}: `{text}` has no key before the `=`"),
            form,
        ));
    }
    Ok((key.to_owned(), value))
}

/// Parses values of `--override`, such as `email.subject=Hello`, into one JSON object per channel, as the service
/// expects.
pub fn overrides(texts: &[String]) -> Result<Map<String, Value>, Error> {
    let mut overrides: Map<String, Value> = Map::new();
    for text in texts {
        let (key, value) = pair("--override", text)?;
        let known = |name: &str| name == "brand" || name.parse::<Channel>().is_ok();
        let (channel, field) = match key.split_once('.') {
            Some((channel, field)) if known(channel) && !field.is_empty() => (channel, field),
            Some((channel, _)) if !known(channel) => {
                let names = Channel::ALL.each_ref().map(Channel::as_str);
                return Err(Error::usage(
                    format!("--override: `{channel}` is not a channel"),
                    format!("Use {} or brand.", names.join(", ")),
                ));
            }
            _ => {
                return Err(Error::usage(
                    format!("--override: `{key}` does not name a field of a channel"),
                    "Write channel.field=text, such as email.subject=Hello.",
                ));
            }
        };
        let fields = overrides.entry(channel).or_insert_with(|| json!({}));
        fields[field] = value;
    }
    Ok(overrides)
}

/// Parses a language tag such as `en`, `sv` or `pt-BR`.
pub fn language(text: &str) -> Result<String, Error> {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest = parts.all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if (2..=3).contains(&first.len()) && letters(first) && rest {
        Ok(text.to_owned())
    } else {
        Err(Error::usage(
            format!("--language: `{text}` is not a language"),
            "Use a code such as en, sv, de or pt-BR.",
        ))
    }
}

/// Parses the value of `--idempotency-key`.
pub fn idempotency_key(text: &str) -> Result<IdempotencyKey, Error> {
    text.parse().map_err(|reason| {
        Error::usage(
            format!("--idempotency-key: `{text}` is not valid: {reason}"),
            "Use a key such as order-1234-shipped.",
        )
    })
}

/// Parses the value of `--from`: an email address, a phone number or a JSON object. With the channel SMS, a name of up
/// to 11 letters and digits is also valid.
pub fn sender(text: &str, channel: Option<&Channel>) -> Result<Value, Error> {
    if text.trim_start().starts_with('{') {
        return object("--from", text).map(Value::Object);
    }
    let is_address = match Identifier::of_text(text) {
        Identifier::Email | Identifier::Phone => Recipient::parse(text).is_ok(),
        _ => false,
    };
    let is_name = text.len() <= 11
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    let reason = match channel {
        _ if is_address => return Ok(Value::from(text)),
        Some(Channel::Sms) if is_name => return Ok(Value::from(text)),
        _ if text.is_empty() => "it is empty",
        _ => "it is not an address, a number or a JSON object",
    };
    Err(Error::usage(
        format!("--from: `{text}` is not a sender: {reason}"),
        "Use a verified address such as hello@example.com, a number, with `--channel sms` also up to 11 letters and \
         digits, or leave it out.",
    ))
}

/// Reads a file as text. Error messages begin with `what`.
pub fn file(what: &str, path: &str) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Input {
        what: what.to_owned(),
        source,
    })
}

/// Reads all of stdin as text. Error messages begin with `what`.
pub fn stdin(what: &str, host: &Host) -> Result<String, Error> {
    host.read_stdin().map_err(|source| Error::Input {
        what: what.to_owned(),
        source,
    })
}

/// Parses a JSON object. A byte order mark at the beginning, which some editors write, is skipped. Error messages begin
/// with `what`.
pub fn object(what: &str, text: &str) -> Result<Map<String, Value>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reason = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => return Ok(object),
        Ok(Value::Array(_)) => "holds a list, not a JSON object".to_owned(),
        Ok(Value::String(_)) => "holds a string, not a JSON object".to_owned(),
        Ok(Value::Number(_)) => "holds a number, not a JSON object".to_owned(),
        Ok(_) => "does not hold a JSON object".to_owned(),
        Err(error) => format!("is not valid JSON ({error})"),
    };
    Err(Error::usage(
        format!("{what} {reason}"),
        r#"It must look like {"name":"Ada"}."#,
    ))
}
