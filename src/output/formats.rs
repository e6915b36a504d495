//! The output formats. To add a format, add a file in `formats/`, and a variant to [`Format`] and [`Writer`].

mod csv;
mod ids;
mod json;
mod text;

use super::format_writer::FormatWriter;
use super::report::{Formats, Report, Update};
use super::streams::Streams;
use crate::config::ConfigError;
use crate::error::Error;
use crate::host::Host;
use crate::text::join_or;

#[cfg(test)]
pub use json::ErrorDocument;

/// An output format, as selected with `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Text,
    Json,
    Csv,
    Ids,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Csv, Self::Ids];

    /// Returns the name of the format in `--output` and `SENDIVENT_OUTPUT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ids => "ids",
        }
    }

    /// Returns the description that `--help` and shell completions show.
    pub fn help(self) -> &'static str {
        match self {
            Self::Text => "For people",
            Self::Json => "One document, or one object per line from commands that follow",
            Self::Csv => "With a header line",
            Self::Ids => "Ids of notifications, one per line",
        }
    }

    /// Returns a writer for this format. `following` is true for commands that keep running, such as `watch`, whose
    /// updates are printed as results.
    pub fn writer(self, following: bool) -> Writer {
        match self {
            Self::Text => Writer::Text(text::Text),
            Self::Json => Writer::Json(json::Json { following }),
            Self::Csv => Writer::Csv(csv::Csv::default()),
            Self::Ids => Writer::Ids(ids::Ids),
        }
    }

    /// Returns whether a command with these `formats` supports this format.
    fn is_in(self, formats: Formats) -> bool {
        match self {
            Self::Text | Self::Json => true,
            Self::Csv => formats.rows,
            Self::Ids => formats.ids,
        }
    }

    /// Returns the format from the command line, or else from `SENDIVENT_OUTPUT`, or else the default.
    pub fn resolve(flag: Option<Self>, host: &Host) -> Result<Self, ConfigError> {
        let variable = match flag {
            Some(format) => return Ok(format),
            None => host.variable("SENDIVENT_OUTPUT"),
        };
        let Some(value) = variable else {
            return Ok(Self::default());
        };
        let named = Self::ALL.into_iter().find(|format| format.name() == value);
        named.ok_or_else(|| ConfigError {
            message: format!("SENDIVENT_OUTPUT: `{value}` is not a format"),
            hint: format!("Use {}.", join_or(&Self::ALL.map(Self::name))),
        })
    }

    /// Returns an error if a command with these `formats` does not support this format.
    pub fn check(self, command: &str, formats: Formats) -> Result<(), Error> {
        if self.is_in(formats) {
            return Ok(());
        }
        let others = Self::ALL.into_iter().filter(|format| format.is_in(formats));
        let others: Vec<&str> = others.map(Self::name).collect();
        Err(Error::usage(
            format!("--output: {command} has no `{}` format", self.name()),
            format!("Use {}.", join_or(&others)),
        ))
    }
}

/// The writer for the selected format. This is an enum rather than a `dyn FormatWriter`, because that trait has generic
/// methods and so cannot be a trait object.
pub enum Writer {
    Text(text::Text),
    Json(json::Json),
    Csv(csv::Csv),
    Ids(ids::Ids),
}

macro_rules! with_writer {
    ($self:ident, $writer:ident => $call:expr) => {
        match $self {
            Self::Text($writer) => $call,
            Self::Json($writer) => $call,
            Self::Csv($writer) => $call,
            Self::Ids($writer) => $call,
        }
    };
}

impl FormatWriter for Writer {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>) {
        with_writer!(self, writer => writer.update(update, streams));
    }

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>) {
        with_writer!(self, writer => writer.report(report, streams));
    }

    fn error(&self, error: &Error, streams: &Streams<'_>) {
        with_writer!(self, writer => writer.error(error, streams));
    }

    fn log<U: Update>(&self, entry: &U, streams: &Streams<'_>) -> Option<String> {
        with_writer!(self, writer => writer.log(entry, streams))
    }
}
