//! What an output format does.

use super::notes;
use super::report::{AnyReport, AnyUpdate};
use super::streams::Streams;
use crate::error::Error;

/// Writes updates, the report and errors in one output format.
pub trait FormatWriter {
    /// Writes an update.
    fn update(&mut self, update: &dyn AnyUpdate, streams: &Streams<'_>);

    /// Writes the report of a command.
    fn report(&mut self, report: &dyn AnyReport, streams: &Streams<'_>);

    /// Writes the error that ends a run, or stands beside its result.
    fn error(&self, error: &Error, streams: &Streams<'_>) {
        streams.note(&notes::error_text(error, &streams.stderr_style()));
    }

    /// Returns the line of a log entry; none if this format has no log.
    fn log(&self, entry: &dyn AnyUpdate, streams: &Streams<'_>) -> Option<String> {
        Some(notes::log_line(entry, streams))
    }
}
