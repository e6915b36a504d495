//! The JSON Schemas of the documents that commands print. Only tests compile this module.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::report::Document;
use crate::exit::Exit;
use crate::schema_gen::schema_for;

/// Returns the JSON Schema of a document with a body, and with a `type` if it is a line.
pub fn document_schema<T: JsonSchema>(schema: &str, kind: Option<&str>) -> Value {
    let mut document = schema_for::<Document<'_, T>>(schema);
    let body = schema_for::<T>(schema);
    document["description"] = body["description"].clone();
    let properties = &mut document["properties"];
    properties["schema"] = json!({"const": schema});
    match kind {
        None | Some("end") => {
            properties["exit_code"]["enum"] = Exit::ALL.iter().map(|exit| exit.code()).collect();
            properties["outcome"]["enum"] = Exit::ALL.iter().map(|exit| exit.name()).collect();
        }
        // A line before the end has no exit code; its `outcome`, if it has one, is its own.
        Some(_) => {
            properties["outcome"] = body["properties"]["outcome"].clone();
            if let Some(properties) = properties.as_object_mut() {
                properties.remove("exit_code");
                if properties["outcome"].is_null() {
                    properties.remove("outcome");
                }
            }
        }
    }
    if let Some(kind) = kind {
        properties["type"] = json!({"const": kind});
        if let Some(required) = document["required"].as_array_mut() {
            required.retain(|name| name != "type");
            required.push(json!("type"));
        }
    }
    document
}

/// Returns the JSON Schema of lines with one of several bodies.
pub fn lines_schema(schema: &str, about: &str, lines: Vec<Value>) -> Value {
    let mut definitions = Map::new();
    let lines: Vec<Value> = lines
        .into_iter()
        .map(|mut line| {
            if let Some(fields) = line.as_object_mut() {
                fields.remove("$schema");
                fields.remove("title");
                if let Some(Value::Object(own)) = fields.remove("$defs") {
                    definitions.extend(own);
                }
            }
            line
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": schema,
        "description": about,
        "anyOf": lines,
        "$defs": definitions,
    })
}
