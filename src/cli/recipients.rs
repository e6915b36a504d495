//! Reading recipients: the text of a flag, or a file of it.

use std::fs;

use crate::error::Error;
use crate::model::Recipient;

const FORMS: &str = "Use an email address, a phone number like +14155551234, a Slack id, #channel, a UUID, your own id, \
                     a JSON object, or @file.json.";

/// Reads one value of `--to`.
pub fn one(text: &str) -> Result<Recipient, Error> {
    let parsed = match text.strip_prefix('@') {
        Some(path) if !path.is_empty() => {
            let content = fs::read_to_string(path).map_err(|source| Error::Input {
                what: format!("--to: the file `{path}`"),
                source,
            })?;
            let fields = super::values::object(&format!("--to: the file `{path}`"), &content)?;
            Recipient::from_fields(fields)
        }
        _ => Recipient::parse(text),
    };
    parsed.map_err(|error| Error::usage(format!("--to: {error}"), FORMS))
}

/// Reads every value of `--to`. One that is given twice is an error: it would be sent twice.
pub fn all(texts: &[String]) -> Result<Vec<Recipient>, Error> {
    let mut recipients: Vec<Recipient> = Vec::with_capacity(texts.len());
    for text in texts {
        let recipient = one(text)?;
        if recipients.contains(&recipient) {
            return Err(Error::usage(
                format!("--to: `{}` is given twice", recipient.label()),
                "Name each recipient once.",
            ));
        }
        recipients.push(recipient);
    }
    Ok(recipients)
}
