//! The output formats: their names, and what each can write. A new format is a file in `formats/`, and its lines here.

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

/// The name of an output format.
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

    /// Returns the name, as `--output` and SENDIVENT_OUTPUT accept it.
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

    /// Returns what writes this format. `following` means that updates are results of their own.
    pub fn writer(self, following: bool) -> Writer {
        match self {
            Self::Text => Writer::Text(text::Text),
            Self::Json => Writer::Json(json::Json { following }),
            Self::Csv => Writer::Csv(csv::Csv::default()),
            Self::Ids => Writer::Ids(ids::Ids),
        }
    }

    /// Returns whether a command with these formats has this one.
    fn is_in(self, formats: Formats) -> bool {
        match self {
            Self::Text | Self::Json => true,
            Self::Csv => formats.rows,
            Self::Ids => formats.ids,
        }
    }

    /// Returns the format of the flags, or else of SENDIVENT_OUTPUT.
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

    /// Rejects a format that the command does not have.
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

/// The writer of one of the formats. An enum, because reports are generic.
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
