//! The interface between commands and output formats: an [`Update`] for each change while the command runs, and one
//! [`Report`] at its end. Both can be written as text, JSON, CSV rows or ids, as `--output` selects.

use serde::Serialize;

use super::progress::ProgressEvent;
use super::text_writer::TextWriter;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::to_json;

/// In tests, every report must have a JSON Schema.
#[cfg(test)]
pub trait HasSchema: schemars::JsonSchema {}
#[cfg(test)]
impl<T: schemars::JsonSchema> HasSchema for T {}
/// Outside of tests, a report needs no JSON Schema.
#[cfg(not(test))]
pub trait HasSchema {}
#[cfg(not(test))]
impl<T> HasSchema for T {}

/// The result of a command.
pub trait Report: Serialize + HasSchema {
    /// The name and version of the JSON format, such as `sendivent.send/1`. JSON documents contain it as `schema`.
    const SCHEMA: &'static str;
    /// The output formats that the command supports in addition to text and JSON.
    const FORMATS: Formats = Formats::TEXT_AND_JSON;
    /// Whether the report is written to stderr. This is so if the command starts a program that uses stdout.
    const ON_STDERR: bool = false;

    /// Returns the JSON Schemas of all documents that the command can print, with their names. Commands that print
    /// several kinds of documents override this.
    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)>
    where
        Self: Sized,
    {
        let schema = super::schema_gen::document_schema::<Self>(Self::SCHEMA, None);
        vec![(Self::SCHEMA, schema)]
    }

    /// Returns the name and version of this report's JSON format. Commands that have several formats override this.
    fn schema(&self) -> &'static str {
        Self::SCHEMA
    }

    /// Returns whether the JSON document includes `exit_code` and `outcome`.
    fn has_outcome(&self) -> bool {
        false
    }

    fn exit(&self) -> Exit {
        Exit::Ok
    }

    /// Writes the result as text, for `--output text`.
    fn text(&self, out: &mut TextWriter<'_>);

    /// Writes notes to stderr, after the result. JSON output has no notes. With `rows_only`, the output is CSV or ids,
    /// which have no space for explanations; then only important notes are written.
    fn notes(&self, _rows_only: bool, _out: &mut TextWriter<'_>) {}

    /// Returns the result as CSV rows. `None` if the command has no CSV output, or has already written all rows as
    /// updates.
    fn rows(&self) -> Option<Rows> {
        None
    }

    /// Returns the ids for `--quiet`, without those that updates have already written.
    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Returns text that is printed unchanged in every format, such as a completion script. `None` for other reports.
    fn verbatim(&self) -> Option<&str> {
        None
    }

    /// Writes to stderr what must not be lost, such as the ids of sent notifications. Called if the result could not be
    /// written to stdout.
    fn unwritable(&self, _out: &mut TextWriter<'_>) {}

    /// Returns an error that is printed in addition to the result. The error is written to stderr. In the JSON format
    /// it is a document of its own. `None` if there is no such error.
    fn error(&self) -> Option<&Error> {
        None
    }

    /// Returns whether the report shows that the simulator accepted the sends. The command may not know this before it
    /// ends.
    fn is_simulated(&self) -> bool {
        false
    }

    /// Serializes the report as a JSON document.
    fn json(&self, simulated: bool) -> String
    where
        Self: Sized,
    {
        let exit = self.has_outcome().then(|| self.exit());
        to_json(&Document {
            exit_code: exit.map(Exit::code),
            outcome: exit.map(Exit::name),
            ..Document::new(self.schema(), simulated, self)
        })
    }
}

/// Something that a command reports while it runs, such as a status change.
pub trait Update: Serialize {
    /// The name and version of the JSON format. The JSON line contains it as `schema`.
    const SCHEMA: &'static str = "sendivent.update/1";
    /// The `type` in the JSON line. `None` if the update is not written as JSON.
    const TYPE: Option<&'static str>;

    /// Writes the update as text to stdout.
    fn text(&self, _out: &mut TextWriter<'_>) {}

    /// Writes the update as a note to stderr. In the JSON format, commands that keep running, such as `watch`, omit the
    /// note.
    fn note(&self, _out: &mut TextWriter<'_>) {}

    fn rows(&self) -> Option<Rows> {
        None
    }

    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Returns how the update changes the live progress display. For a [`ProgressEvent::Show`], [`Update::text`] is
    /// printed only if progress is shown as plain text.
    fn progress(&self) -> Option<ProgressEvent<'_>> {
        None
    }

    /// Serializes the update as a JSON line. `None` if the update has no [`Update::TYPE`].
    fn json(&self, simulated: bool) -> Option<String>
    where
        Self: Sized,
    {
        let kind = Some(Self::TYPE?);
        Some(to_json(&Document {
            kind,
            ..Document::new(Self::SCHEMA, simulated, self)
        }))
    }
}

/// The output formats that a command supports in addition to text and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Whether the command supports `--output csv`.
    pub rows: bool,
    /// Whether the command supports `--output ids` and `--quiet`.
    pub ids: bool,
}

impl Formats {
    pub const TEXT_AND_JSON: Self = Self {
        rows: false,
        ids: false,
    };
    pub const ALL: Self = Self {
        rows: true,
        ids: true,
    };
}

/// Rows for CSV output.
#[derive(Debug)]
pub struct Rows {
    /// The names of the columns. New columns are added only at the end.
    pub header: &'static [&'static str],
    /// The rows. Each has one cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// A JSON document: the fields that all documents have in common, and the fields of its body.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document<'a, T> {
    schema: &'a str,
    /// Whether the simulator responded. If so, nobody received anything.
    simulated: bool,
    /// The kind of update in this line. Only present in lines.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(flatten)]
    body: &'a T,
    /// The exit code of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
    /// The name of the exit code, such as `not_delivered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
}

impl<'a, T> Document<'a, T> {
    /// Creates a document without `type`, `exit_code` and `outcome`.
    pub fn new(schema: &'a str, simulated: bool, body: &'a T) -> Self {
        Self {
            schema,
            simulated,
            kind: None,
            body,
            exit_code: None,
            outcome: None,
        }
    }
}
