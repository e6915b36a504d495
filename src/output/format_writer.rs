//! What an output format does.

use super::notes;
use super::report::{Report, Update};
use super::streams::Streams;
use crate::error::Error;

/// Writes updates, the report and errors in one output format.
pub trait FormatWriter {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>);

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>);

    /// Writes the error that ends a run, or stands beside its result.
    fn error(&self, error: &Error, streams: &Streams<'_>) {
        streams.note(&notes::error_text(error, &streams.stderr_style()));
    }

    /// Returns the line of a log entry; none if this format has no log.
    fn log<U: Update>(&self, entry: &U, streams: &Streams<'_>) -> Option<String> {
        Some(streams.stderr_style().write(|out| entry.text(out)))
    }
}
