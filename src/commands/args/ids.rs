//! Arguments that select notifications: ids, `-` for ids on stdin, or `--last` for ids in the journal.

use clap::Args;
use serde_json::Value;

use super::values;
use crate::commands::command::Setup;
use crate::error::Error;
use crate::host::Host;

/// The notifications that a command applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// The notifications with these ids.
    Given(Vec<String>),
    /// The notifications of the last N `send` commands in the journal.
    Last(u32),
}

/// The arguments `ID` and `--last`, which select notifications.
#[derive(Debug, Clone, Args)]
pub struct IdArgs {
    /// Ids of notifications; `-` reads one id per line, or JSON with an `id`, from stdin
    #[arg(value_name = "ID", conflicts_with = "last")]
    ids: Vec<String>,

    /// Use the notifications of the last `send` command, or of the last N
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    last: Option<u32>,
}

impl IdArgs {
    /// Validates the ids. The argument `-` is replaced by the ids that are read from stdin.
    pub fn resolve(&self, setup: &Setup<'_>) -> Result<Ids, Error> {
        let Self { ids, last } = self;
        // With --no-pii, errors must mask a recipient that was typed in place of an id.
        setup
            .redactor
            .learn(|known| ids.iter().for_each(|text| known.add(text)));
        if let Some(count) = *last {
            return Ok(Ids::Last(count));
        }
        if ids.is_empty() {
            return Err(Error::usage(
                "no id was given",
                "Give ids, `-` to read them from stdin, or --last for the last send.",
            ));
        }
        let mut found: Vec<String> = Vec::new();
        for text in ids {
            match text.as_str() {
                "-" => found.extend(from_stdin(setup.host)?),
                text => found.push(id("ID", text)?),
            }
        }
        Ok(Ids::Given(unique(found)))
    }
}

/// Removes repeated ids. Keeps the first occurrence of each id, and the order.
pub fn unique(ids: Vec<String>) -> Vec<String> {
    let mut unique = Vec::with_capacity(ids.len());
    for id in ids {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    unique
}

/// Parses the id of a notification, which is a UUID according to the service's documentation. Error messages begin with
/// `what`.
pub fn id(what: &str, text: &str) -> Result<String, Error> {
    match uuid::Uuid::try_parse(text) {
        Ok(uuid) => Ok(uuid.hyphenated().to_string()),
        Err(_) => Err(Error::usage(
            format!("{what}: `{text}` is not the id of a notification"),
            "An id looks like 550e8400-e29b-41d4-a716-446655440000; `sendivent activity` lists them, `--last` takes the last.",
        )),
    }
}

fn from_stdin(host: &Host) -> Result<Vec<String>, Error> {
    let text = values::stdin("-: stdin", host)?;
    let ids = if text.trim_start().starts_with(['{', '[']) {
        from_json(&text)?
    } else {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| id("-", line))
            .collect::<Result<_, _>>()?
    };
    if ids.is_empty() {
        return Err(Error::usage(
            "-: there is no id on stdin",
            "Give one id per line, or JSON with an `id`.",
        ));
    }
    Ok(ids)
}

/// Extracts the ids from JSON output of this program, which is one document or one document per line.
fn from_json(text: &str) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| {
            Error::usage(
                format!("-: stdin is not valid JSON ({error})"),
                "Give one id per line, or JSON with an `id`.",
            )
        })?;
        collect(&value, &mut ids)?;
    }
    Ok(ids)
}

fn collect(value: &Value, ids: &mut Vec<String>) -> Result<(), Error> {
    const LISTS: [&str; 6] = [
        "receipts",
        "results",
        "notification",
        "notifications",
        "messages",
        "failures",
    ];
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, ids)),
        Value::Object(fields) => {
            // A request with several recipients has one receipt for each. Its own `id` is only the first of their ids.
            if let Some(Value::Array(receipts)) = fields.get("receipts")
                && !receipts.is_empty()
            {
                return receipts.iter().try_for_each(|item| collect(item, ids));
            }
            if let Some(Value::String(text)) = fields.get("id") {
                ids.push(id("-", text)?);
                return Ok(());
            }
            LISTS
                .iter()
                .filter_map(|name| fields.get(*name))
                .try_for_each(|list| collect(list, ids))
        }
        _ => Ok(()),
    }
}
