//! Generates the JSON Schemas of the documents that commands print. Compiled only for tests.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::report::Document;
use crate::exit::Exit;
use crate::schema_gen::schema_for;

/// Returns the JSON Schema of a document with a body of type `T`. `kind` is the `type` of a JSON line, or `None` for a
/// document that is not a line.
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
        // Only the last line has an exit code. If the body of another line has a field `outcome`, it is not the exit code's
        // name.
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

/// Returns the JSON Schema of output that consists of lines. Each line has one of the schemas `lines`.
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
