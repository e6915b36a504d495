//! Parsers of recipients on the command line: an identifier, a JSON object, or `@file` for a file with a JSON object.

use super::values;
use crate::error::Error;
use crate::model::Recipient;

const FORMS: &str = "Use an email address, a phone number like +14155551234, a Slack id, #channel, a UUID, your own id, \
                     a JSON object, or @file.json.";

/// Parses one value of `--to`.
pub fn one(text: &str) -> Result<Recipient, Error> {
    if text.trim_start().starts_with('[') {
        return Err(Error::usage(
            format!("--to: `{text}` is not a recipient: it is a list"),
            "Give each recipient a --to of its own: --to ada@example.com --to bob@example.com.",
        ));
    }
    match text.strip_prefix('@') {
        Some(path) if !path.is_empty() => {
            let what = format!("--to: the file `{path}`");
            let fields = values::object(&what, &values::file(&what, path)?)?;
            // The error does not repeat the content of the file.
            Recipient::from_fields(fields).map_err(|error| {
                Error::usage(
                    format!("{what} holds no recipient: {}", error.reason),
                    FORMS,
                )
            })
        }
        _ => Recipient::parse(text).map_err(|error| Error::usage(format!("--to: {error}"), FORMS)),
    }
}

/// Parses all values of `--to`. A repeated recipient is an error, because it would get the message twice.
pub fn all(texts: &[String]) -> Result<Vec<Recipient>, Error> {
    let mut recipients: Vec<Recipient> = Vec::with_capacity(texts.len());
    for text in texts {
        let recipient = one(text)?;
        if recipients.contains(&recipient) {
            return Err(Error::usage(
                // The error does not repeat the content of a file.
                match text.strip_prefix('@') {
                    Some(path) => format!("--to: the file `{path}` gives a recipient twice"),
                    None => format!("--to: `{}` is given twice", recipient.label()),
                },
                "Name each recipient once.",
            ));
        }
        recipients.push(recipient);
    }
    Ok(recipients)
}
