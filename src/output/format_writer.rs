//! The interface of an output format.

use super::report::{Report, Update};
use super::streams::Streams;
use super::text_writer::{BAD, HINT, TextStyle};
use crate::error::Error;

/// Writes reports, updates and errors in one output format.
pub trait FormatWriter {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>);

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>);

    /// Writes an error: either the one that ends the command, or one reported in addition to a result.
    fn error(&self, error: &Error, streams: &Streams<'_>) {
        streams.note(&error_text(error, &streams.stderr_style()));
    }

    /// Formats a log entry as a line for stderr. `None` if this format has no log.
    fn log<U: Update>(&self, entry: &U, streams: &Streams<'_>) -> Option<String> {
        Some(streams.stderr_style().write(|out| entry.text(out)))
    }
}

/// Formats an error as text: its message, causes, request id and hint.
fn error_text(error: &Error, style: &TextStyle) -> String {
    let redacted = |text: String| style.sanitize(&style.redactor.text(text));
    let mut text = format!(
        "{} {}\n",
        style.paint("error:", BAD),
        redacted(error.to_string())
    );
    let mut previous = error.to_string();
    for cause in error.causes() {
        let message = cause.to_string();
        // The source of an SQLite error has the same message again, with the error code in front.
        if !message.ends_with(&previous) {
            text.push_str(&format!("  because {}\n", redacted(message.clone())));
        }
        previous = message;
    }
    if let Some(id) = error
        .api_error()
        .and_then(|error| error.request_id.as_deref())
    {
        text.push_str(&format!("  request id: {}\n", redacted(id.to_owned())));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!(
            "{} {}\n",
            style.paint("hint:", HINT),
            style.hint(&hint, None)
        ));
    }
    text
}
