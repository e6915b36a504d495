//! What every format writes to stderr for people: notes, log lines, errors.

use super::report::{AnyReport, AnyUpdate};
use super::streams::Streams;
use super::text_writer::{BAD, HINT, TextStyle, TextWriter};
use crate::error::Error;

/// Writes the note of an update to stderr.
pub fn write_update(update: &dyn AnyUpdate, streams: &Streams<'_>) {
    let style = streams.stderr_style();
    let mut out = TextWriter::new(&style);
    update.note(&mut out);
    streams.note(&out.finish());
}

/// Writes the notes of a report to stderr.
pub fn write_report(report: &dyn AnyReport, rows_only: bool, streams: &Streams<'_>) {
    let style = streams.stderr_style();
    let mut out = TextWriter::new(&style);
    report.notes(rows_only, &mut out);
    streams.note(&out.finish());
}

/// Returns the line of a log entry.
pub fn log_line(entry: &dyn AnyUpdate, streams: &Streams<'_>) -> String {
    let style = streams.stderr_style();
    let mut out = TextWriter::new(&style);
    entry.text(&mut out);
    out.finish()
}

/// Returns what must not be lost of a report that stdout did not take.
pub fn unwritable_text(report: &dyn AnyReport, style: &TextStyle) -> String {
    let mut out = TextWriter::new(style);
    report.unwritable(&mut out);
    out.finish()
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
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let message = cause.to_string();
        // SQLite's errors repeat their text, the second time with a number.
        if !message.ends_with(&previous) {
            text.push_str(&format!("  because {}\n", redacted(message.clone())));
        }
        previous = message;
        source = cause.source();
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
