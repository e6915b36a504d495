//! Compares the committed JSON Schemas with the types that are serialized.

use std::collections::BTreeMap;

use serde_json::Value;

use super::SCHEMAS;
use crate::api::control::MessageRow;
use crate::commands::Commands;
use crate::commands::command::Dispatch;
use crate::commands::poll::{Change, EndJson, OutageStarted, Recovered, Settled};
use crate::commands::send::SendResult;
use crate::commands::setup::Warning;
use crate::output::{ErrorDocument, Update, document_schema, lines_schema};
use crate::redact::Pii;
use crate::schema_gen::assert_current;

const UPDATE: &str = "sendivent.update/1";
const ERROR: &str = "sendivent.error/1";

fn update_schema() -> Value {
    fn line<U: Update + schemars::JsonSchema>() -> Value {
        document_schema::<U>(UPDATE, U::TYPE)
    }
    let lines = vec![
        line::<SendResult>(),
        line::<Change>(),
        line::<Settled>(),
        line::<OutageStarted>(),
        line::<Recovered>(),
        line::<Warning>(),
        line::<Pii<MessageRow>>(),
        document_schema::<EndJson>(UPDATE, Some("end")),
    ];
    let about = "A line of watch, of send --wait and of activity --follow.";
    lines_schema(UPDATE, about, lines)
}

/// Returns every schema, with the `KIND` in `sendivent.KIND/1` as the key.
fn derived() -> BTreeMap<String, Value> {
    let mut schemas = Commands::schemas();
    schemas.push((UPDATE, update_schema()));
    schemas.push((ERROR, document_schema::<ErrorDocument>(ERROR, None)));
    let kind = |name: &str| {
        let kind = name.strip_prefix("sendivent.").unwrap();
        kind.strip_suffix("/1").unwrap().to_owned()
    };
    let schemas = schemas.into_iter();
    schemas.map(|(name, schema)| (kind(name), schema)).collect()
}

#[test]
fn assets_json_schemas_are_current() {
    let derived = derived();
    let listed: Vec<&str> = {
        let mut listed: Vec<&str> = SCHEMAS.iter().map(|schema| schema.kind).collect();
        listed.sort_unstable();
        listed
    };
    assert_eq!(derived.keys().collect::<Vec<_>>(), listed);
    for (kind, schema) in derived {
        assert_current(&format!("src/commands/schema/json/{kind}.json"), &schema);
    }
}
