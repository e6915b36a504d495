//! `schema`

use clap::Args;

use crate::error::Error;
use crate::intent::Intent;
use crate::schemas;
use crate::text;

/// Print the JSON Schema of an output, or list them
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// Which output, such as `send`; without it, all are listed
    kind: Option<String>,
}

impl SchemaArgs {
    /// Says which schema is meant.
    pub fn resolve(self) -> Result<Intent, Error> {
        let Self { kind } = self;
        let Some(kind) = kind else {
            let names: String = schemas::ALL
                .iter()
                .map(|schema| format!("{:<14} {}\n", schema.kind, schema.about))
                .collect();
            return Ok(Intent::Print(names));
        };
        let found = schemas::ALL.iter().find(|schema| schema.kind == kind);
        found
            .map(|schema| Intent::Print(schema.text.to_owned()))
            .ok_or_else(|| {
                let kinds = schemas::ALL.iter().map(|schema| schema.kind);
                let hint = match text::closest_match(&kind, kinds) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => "`sendivent schema` lists them.".to_owned(),
                };
                Error::usage(format!("KIND: there is no schema `{kind}`"), hint)
            })
    }
}
