//! Prints clap's messages: help and version to stdout, errors to stderr as text or JSON.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::formats::Format;
use super::reporter::Reporter;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::masked;
use crate::text::sanitize;

/// Prints a message of clap, and returns the exit code of the program.
pub fn print_clap_error(mut error: clap::Error, reporter: &Reporter<'_>) -> Exit {
    if !error.use_stderr() {
        return reporter.print_help(&error.render().to_string());
    }
    sanitize_context(&mut error, reporter.streams.redactor.is_enabled());
    if reporter.format == Format::Json {
        return reporter.error(&Error::usage(message(&error), hint(&error)));
    }
    reporter.streams.note(&error.render().to_string());
    Exit::Usage
}

/// Removes terminal control characters from those parts of a message that repeat arguments. With `no_pii`, masks these
/// parts as well.
fn sanitize_context(error: &mut clap::Error, no_pii: bool) {
    let repeated: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, sanitize(text))),
            _ => None,
        })
        .collect();
    let kind_of_error = error.kind();
    if no_pii {
        // clap's suggestion may repeat the argument.
        error.remove(ContextKind::Suggested);
    }
    for (kind, text) in repeated {
        let text = match kind {
            ContextKind::InvalidValue | ContextKind::InvalidSubcommand if no_pii => masked(&text),
            // With other kinds of errors, this is the name of one of our own arguments.
            ContextKind::InvalidArg if no_pii && kind_of_error == ErrorKind::UnknownArgument => {
                mask_argument(&text)
            }
            ContextKind::TrailingArg if no_pii => mask_argument(&text),
            _ => text,
        };
        error.insert(kind, ContextValue::String(text));
    }
}

/// Masks an unknown argument except for its leading dashes, because it may be a misplaced recipient.
fn mask_argument(text: &str) -> String {
    let value = text.trim_start_matches('-');
    let dashes = &text[..text.len() - value.len()];
    format!("{dashes}{}", masked(value))
}

/// Returns the first paragraph of clap's message as one line. Omits the list of possible values, which the hint
/// contains.
fn message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.trim_start_matches("error: ");
    let lines = text.lines().take_while(|line| !line.is_empty());
    let lines = lines.map(str::trim).filter(|line| !line.starts_with('['));
    lines.collect::<Vec<_>>().join(" ")
}

/// Returns the hint for an error of clap: a suggestion, the possible values, or a reference to `--help`.
fn hint(error: &clap::Error) -> String {
    let suggested = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
        ContextKind::SuggestedCommand,
    ];
    let suggestion = suggested
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(text) => Some(text.clone()),
            ContextValue::Strings(texts) => texts.first().cloned(),
            _ => None,
        });
    let values = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => values.as_slice(),
        _ => &[],
    };
    match (suggestion, values) {
        (Some(text), _) => format!("Did you mean `{text}`?"),
        (None, []) => "Run it with `--help`.".to_owned(),
        (None, values) => format!("Use one of: {}.", values.join(", ")),
    }
}
