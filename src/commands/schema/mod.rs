//! `schema`: prints the JSON Schema of an output.

mod list;
#[cfg(test)]
mod tests;

pub use list::{DocumentSchema, SCHEMAS};

use clap::Args;

use super::command::{Command, Context, Setup};
use super::verbatim::Verbatim;
use crate::error::Error;
use crate::text;

/// Print the JSON Schema of an output, or list all schemas
#[derive(Debug, Clone, Args)]
pub struct Schema {
    /// The kind of output, such as `send` [default: list all]
    kind: Option<String>,
}

impl Command for Schema {
    const NAME: &'static str = "schema";
    type Input = String;
    type Report = Verbatim;

    fn validate(self, _setup: &Setup<'_>) -> Result<String, Error> {
        let Self { kind } = self;
        let Some(kind) = kind else {
            let names: String = SCHEMAS
                .iter()
                .map(|schema| format!("{:<14} {}\n", schema.kind, schema.about))
                .collect();
            return Ok(names);
        };
        let found = SCHEMAS.iter().find(|schema| schema.kind == kind);
        found.map(|schema| schema.text.to_owned()).ok_or_else(|| {
            let kinds = SCHEMAS.iter().map(|schema| schema.kind);
            let hint = text::did_you_mean(&kind, kinds);
            let hint = hint.unwrap_or("Run `sendivent schema` for a list.".to_owned());
            Error::usage(format!("KIND: there is no schema `{kind}`"), hint)
        })
    }

    async fn run(text: String, _context: Context<'_>) -> Result<Verbatim, Error> {
        Ok(Verbatim(text))
    }
}
