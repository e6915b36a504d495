//! What every format writes to stderr for people: notes and errors.

use super::report::{Report, Update};
use super::streams::Streams;
use super::text_writer::{BAD, HINT, TextStyle};
use crate::error::Error;

pub fn write_update(update: &impl Update, streams: &Streams<'_>) {
    streams.note(&streams.stderr_style().write(|out| update.note(out)));
}

pub fn write_report(report: &impl Report, rows_only: bool, streams: &Streams<'_>) {
    let style = streams.stderr_style();
    streams.note(&style.write(|out| report.notes(rows_only, out)));
}

/// Returns an error: what, why, and what to do.
pub fn error_text(error: &Error, style: &TextStyle) -> String {
    let redacted = |text: String| style.sanitize(&style.redactor.text(text));
    let mut text = format!(
        "{} {}\n",
        style.paint("error:", BAD),
        redacted(error.to_string())
    );
    let mut previous = error.to_string();
    for cause in error.causes() {
        let message = cause.to_string();
        // SQLite's errors repeat their text, the second time with a number.
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
