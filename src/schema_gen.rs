//! Derives JSON Schemas from the types that are serialized, for the documents that are committed and embedded.
//!
//! Only tests compile this module: a release contains the generated documents, not the generator. To have a schema, a type
//! needs `#[cfg_attr(test, derive(schemars::JsonSchema))]`. Its doc comments become descriptions. An enum that also accepts
//! unknown values implements `JsonSchema` with [`open_set`].
//!
//! [`assert_current`] compares a generated document with the committed file. `UPDATE_ASSETS=1 cargo test assets` rewrites all
//! files.
//!
//! The schemas describe output ([`Contract::Serialize`]): a field is required unless `skip_serializing_if` can omit it. They
//! allow additional fields, so that a new field is not a breaking change. For tests, [`closed`] returns a strict copy, which
//! rejects fields that are printed but not described.

use std::fs;
use std::path::PathBuf;

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// Returns the schema of a string that usually has one of the `known` values, but may have others. The known values
/// become `examples`.
pub fn open_set<'a>(description: &str, known: impl IntoIterator<Item = &'a str>) -> Schema {
    let known: Vec<&str> = known.into_iter().collect();
    json_schema!({
        "type": "string",
        "description": format!("{description} More values may be added."),
        "examples": known,
    })
}

/// Returns the JSON Schema (draft 2020-12) of a document that commands print. The types it refers to are in `$defs`.
pub fn schema_for<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.contract = Contract::Serialize;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), json!(title));
    let mut schema = schema.to_value();
    clean_descriptions(&mut schema);
    schema
}

/// Returns a schema generator for an OpenAPI document, which has its type definitions in `components`.
pub fn openapi_generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.contract = Contract::Serialize;
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// Returns a schema generator for request bodies, in which a field with a default is not required.
pub fn request_generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.contract = Contract::Deserialize;
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// Makes the descriptions in a document readable outside of Rust. Removes the brackets of links to Rust items, and
/// joins the lines of each paragraph.
pub fn clean_descriptions(document: &mut Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(clean_descriptions),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => {
                        let paragraphs = text.split("\n\n").map(|text| text.replace('\n', " "));
                        let joined = paragraphs.collect::<Vec<_>>().join("\n\n");
                        *text = joined.replace("[`", "`").replace("`]", "`");
                    }
                    value => clean_descriptions(value),
                }
            }
        }
        _ => {}
    }
}

/// Returns a strict copy of a schema. It rejects fields that the schema does not describe, and values of an
/// [`open_set`] that are not known.
pub fn closed(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(closed).collect(),
        Value::Object(fields) => {
            let mut schema: serde_json::Map<String, Value> = fields
                .iter()
                .map(|(name, value)| (name.clone(), closed(value)))
                .collect();
            if schema.get("properties").is_some_and(Value::is_object) {
                schema.entry("additionalProperties").or_insert(json!(false));
            }
            if schema.get("type") == Some(&json!("string"))
                && let Some(known) = schema.remove("examples")
            {
                schema.insert("enum".to_owned(), known);
            }
            Value::Object(schema)
        }
        value => value.clone(),
    }
}

/// Asserts that a generated document equals the committed file. With `UPDATE_ASSETS=1`, writes the file first.
///
/// # Panics
/// If the committed file differs.
#[track_caller]
pub fn assert_current(path: &str, document: &Value) {
    let text = format!("{document:#}\n");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_ASSETS").is_some_and(|value| value == "1") {
        fs::write(&file, &text).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is stale. To refresh it: UPDATE_ASSETS=1 cargo test assets"
    );
}

#[cfg(test)]
mod tests {
    use super::{closed, schema_for};
    use crate::model::Timestamp;
    use schemars::JsonSchema;
    use serde::Serialize;
    use serde_json::json;

    /// A report, of [`Timestamp`]
    /// times.
    #[derive(Serialize, JsonSchema)]
    struct Report {
        /// When it was written.
        at: Option<Timestamp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }

    #[test]
    fn a_schema_requires_what_is_always_written_and_stays_open() {
        let schema = schema_for::<Report>("sendivent.report/1");
        assert_eq!(schema["title"], "sendivent.report/1");
        assert_eq!(schema["description"], "A report, of `Timestamp` times.");
        assert_eq!(schema["required"], json!(["at"]));
        let open = jsonschema::validator_for(&schema).unwrap();
        let closed = jsonschema::validator_for(&closed(&schema)).unwrap();
        let time = "2026-04-01T12:00:00.000Z";
        for (document, is_valid, is_closed_valid) in [
            (json!({"at": time}), true, true),
            (json!({"at": null, "note": "n"}), true, true),
            (json!({"at": time, "other": 1}), true, false),
            (json!({"at": "noon"}), false, false),
            (json!({}), false, false),
        ] {
            assert_eq!(open.is_valid(&document), is_valid, "{document}");
            assert_eq!(closed.is_valid(&document), is_closed_valid, "{document}");
        }
    }
}
