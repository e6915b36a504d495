//! The report of a command whose output is the same in every format: completion scripts, schemas, help.

use serde::Serialize;

use crate::output::{Formats, Report, TextWriter};

/// Text that is printed unchanged in every output format.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verbatim(pub String);

impl Report for Verbatim {
    // The text is printed in place of a JSON document.
    const SCHEMA: &'static str = "";
    const FORMATS: Formats = Formats::ALL;

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        out.push(&self.0);
    }

    fn verbatim(&self) -> Option<&str> {
        Some(&self.0)
    }
}
