//! What a command hands to the output: one [`Report`] at its end, [`Update`]s while it runs. Both describe their
//! representations; the formats choose among them.

use serde::Serialize;

use super::progress::ProgressEvent;
use super::text_writer::TextWriter;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::to_json;

/// What tests need of a report: a derived JSON Schema.
#[cfg(test)]
pub trait HasSchema: schemars::JsonSchema {}
#[cfg(test)]
impl<T: schemars::JsonSchema> HasSchema for T {}
/// What tests need of a report; nothing in a release.
#[cfg(not(test))]
pub trait HasSchema {}
#[cfg(not(test))]
impl<T> HasSchema for T {}

/// The result of a command.
pub trait Report: Serialize + HasSchema {
    /// The JSON schema: `sendivent.NAME/VERSION`.
    const SCHEMA: &'static str;
    /// Formats beside text and JSON.
    const FORMATS: Formats = Formats::TEXT_AND_JSON;
    /// Whether the report goes to stderr, because stdout belongs to another program.
    const ON_STDERR: bool = false;

    /// The JSON Schemas of this command's documents, by name. A command with several kinds of documents overrides this.
    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)>
    where
        Self: Sized,
    {
        let schema = super::schema_gen::document_schema::<Self>(Self::SCHEMA, None);
        vec![(Self::SCHEMA, schema)]
    }

    /// The JSON schema of this report, where a command has more than one.
    fn schema(&self) -> &'static str {
        Self::SCHEMA
    }

    /// Whether the JSON document carries `exit_code` and `outcome`.
    fn has_outcome(&self) -> bool {
        false
    }

    fn exit(&self) -> Exit {
        Exit::Ok
    }

    /// Writes the result for people.
    fn text(&self, out: &mut TextWriter<'_>);

    /// Writes notes for people to stderr, after the result. `rows_only` is true for CSV and ids, which have no room for a
    /// reason: only what must not be missed is a note there. JSON has none.
    fn notes(&self, _rows_only: bool, _out: &mut TextWriter<'_>) {}

    /// The result as CSV. None if it has no CSV form, or if all rows were updates.
    fn rows(&self) -> Option<Rows> {
        None
    }

    /// Ids for `--quiet`, apart from those that were updates.
    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Text that is the result in every format, such as a completion script.
    fn verbatim(&self) -> Option<&str> {
        None
    }

    /// Writes to stderr what must not be lost when stdout does not take the result.
    fn unwritable(&self, _out: &mut TextWriter<'_>) {}

    /// An error to print beside the result: under JSON on stderr, where the document has no room for it.
    fn error(&self) -> Option<&Error> {
        None
    }

    /// Whether the service said that everything in the report was simulated.
    fn is_simulated(&self) -> bool {
        false
    }

    /// Serializes the JSON document.
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

/// Something that happens while a command runs.
pub trait Update: Serialize {
    /// The JSON schema of the line.
    const SCHEMA: &'static str = "sendivent.update/1";
    /// The `type` of the JSON line; none for an update that only people need.
    const TYPE: Option<&'static str>;

    fn text(&self, _out: &mut TextWriter<'_>) {}

    fn note(&self, _out: &mut TextWriter<'_>) {}

    fn rows(&self) -> Option<Rows> {
        None
    }

    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What the update changes in the live progress display. An update that has an event and text is printed as text only
    /// where there is no live display.
    fn progress(&self) -> Option<ProgressEvent<'_>> {
        None
    }

    /// Serializes the JSON line; none for an update without a type.
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

/// The formats that a command has beside text and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Rows, as `--output csv` prints them
    pub rows: bool,
    /// `--output ids`, `--quiet`
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

/// A table for CSV.
#[derive(Debug)]
pub struct Rows {
    /// The columns. New ones are only ever added at the end.
    pub header: &'static [&'static str],
    /// One cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// The envelope of every JSON document.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document<'a, T> {
    schema: &'a str,
    /// Whether the simulator answered: nobody received anything.
    simulated: bool,
    /// Which kind of update this line is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(flatten)]
    body: &'a T,
    /// The exit code of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
    /// The name of the exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
}

impl<'a, T> Document<'a, T> {
    /// Returns a document without a type and an exit code.
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
