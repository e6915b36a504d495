//! Generates the OpenAPI document: an operation for each route, and the schemas of all bodies as components.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::operation::{Body, Operation};
use crate::api::{ErrorBody, IDEMPOTENT_REPLAY, SIMULATED, VIRTUAL_TIME};
use crate::model::Timestamp;
use crate::schema_gen;
use crate::simulator::routes::Route;

const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// Errors that have the same meaning in all operations, as `(status, description)`.
#[rustfmt::skip]
const COMMON_ERRORS: [(&str, &str); 7] = [
    ("400", "The request is invalid; `field` names the invalid part."),
    ("401", "The key is missing or invalid."),
    ("404", "The resource does not exist in the namespace of the key."),
    ("413", "The body is longer than 1 MiB."),
    ("415", "The Content-Type is not application/json, or is missing on POST or PATCH."),
    ("503", "Another process locked the simulator's file for too long; retry."),
    ("507", "The simulator's file cannot be written, or is damaged."),
];

/// The schemas collected so far while the document is generated.
struct Components {
    /// Generates and collects the schemas of response bodies.
    responses: SchemaGenerator,
    /// Generates the schemas of request bodies. Inlines the types of their fields, because the required fields of a
    /// type can differ between requests and responses.
    request_schemas: SchemaGenerator,
    requests: Map<String, Value>,
}

pub fn generate(routes: impl Iterator<Item = Route>) -> Value {
    let mut components = Components {
        responses: schema_gen::openapi_generator(),
        request_schemas: schema_gen::request_generator(),
        requests: Map::new(),
    };
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(&route, &mut components);
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        item[route.method] = operation;
    }
    let errors: Map<String, Value> = COMMON_ERRORS
        .iter()
        .map(|(status, description)| {
            let error = error(status, description, &mut components.responses);
            ((*status).to_owned(), error)
        })
        .collect();
    let time = components.responses.subschema_for::<Timestamp>();
    let mut schemas = components.responses.take_definitions(true);
    for (name, schema) in components.requests {
        assert!(
            !schemas.contains_key(&name),
            "{name} is a request and a response"
        );
        schemas.insert(name, schema);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {
                "type": "http",
                "scheme": "bearer",
                "description": "Any key that begins with `test_`. A key `test_run_<name>` selects a namespace of its own.",
            }},
            "headers": {
                "Simulated": {
                    "description": "On every response of the simulator.",
                    "required": true,
                    "schema": {"const": "true"},
                },
                "VirtualTime": {
                    "description": "The simulator's virtual time of the response.",
                    "schema": time,
                },
            },
            "responses": errors,
            "schemas": schemas,
        },
    });
    schema_gen::clean_descriptions(&mut document);
    document
}

fn info() -> Value {
    json!({
        "title": "Sendivent, simulated",
        "version": "1",
        "description": "The API that `sendivent simulator` implements. The fidelity table in the README lists which \
            parts the service documents and which are assumed. Any other path below /v1 returns 501. A server returns \
            421 for a Host that it does not accept, and 431 for a request head over 64 KiB. Later versions may add \
            fields to objects.",
        "license": {"name": "MIT"},
    })
}

fn tags() -> Value {
    json!([
        {"name": "API", "description": "Operations of the service."},
        {
            "name": "Control plane",
            "description": "Operations that inspect and control the simulator, for tests. They need no key; a \
                key `test_run_<name>` selects that namespace.",
        },
    ])
}

fn operation(route: &Route, components: &mut Components) -> Value {
    let operation = &route.operation;
    let tag = if route.path.starts_with("/v1/") {
        "API"
    } else {
        "Control plane"
    };
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [tag],
        "responses": responses(route, &mut components.responses),
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = json!(operation.parameters);
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = request_body(body, components);
    }
    described
}

fn request_body(body: &Body, components: &mut Components) -> Value {
    let schema = (body.schema)(&mut components.request_schemas);
    components
        .requests
        .insert(body.name.to_string(), schema.to_value());
    let reference = Schema::new_ref(format!("#/components/schemas/{}", body.name));
    let mut content = json!({"schema": reference});
    for (name, example) in &body.examples {
        content["examples"][name] = json!({"value": example});
    }
    let mut described = json!({"required": body.description.is_none(), "content": {JSON: content}});
    if let Some(description) = body.description {
        described["description"] = json!(description);
    }
    described
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let operation = &route.operation;
    let mut responses = Map::new();
    let success = success(route, generator);
    responses.insert(operation.status.to_owned(), success);
    for status in implied_errors(route.method, operation) {
        let reference = json!({"$ref": format!("#/components/responses/{status}")});
        responses.insert(status.to_owned(), reference);
    }
    for (status, description) in &operation.errors {
        let error = error(status, description, generator);
        responses.insert((*status).to_owned(), error);
    }
    Value::Object(responses)
}

/// Returns the statuses in [`COMMON_ERRORS`] that an operation with this method can return.
fn implied_errors(method: &str, operation: &Operation) -> impl Iterator<Item = &'static str> {
    let has_input = !operation.parameters.is_empty() || operation.body.is_some();
    let implied = [
        (has_input, "400"),
        (operation.uses_store, "401"),
        (operation.has_not_found, "404"),
        (operation.body.is_some(), "413"),
        (method != "get", "415"),
        (operation.uses_store, "503"),
        (operation.uses_store, "507"),
    ];
    implied
        .into_iter()
        .filter_map(|(is_implied, status)| is_implied.then_some(status))
}

fn success(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let operation = &route.operation;
    let schema = (operation.schema)(generator);
    let mut described = json!({
        "description": operation.description,
        "headers": headers(),
        "content": {operation.content_type: {"schema": schema}},
    });
    if route.path.starts_with("/v1/send/") {
        described["headers"][IDEMPOTENT_REPLAY] = json!({
            "description": "The response was stored by an earlier request with the same idempotency key.",
            "schema": {"const": "true"},
        });
    }
    for (id, parameter, expression) in &operation.links {
        described["links"][id] = json!({"operationId": id, "parameters": {*parameter: expression}});
    }
    described
}

fn error(status: &str, description: &str, generator: &mut SchemaGenerator) -> Value {
    if status == "502" {
        // The response looks like that of a gateway: HTML, without the headers of the service.
        return json!({"description": description, "content": {HTML: {"schema": {"type": "string"}}}});
    }
    let mut described = json!({
        "description": description,
        "headers": headers(),
        "content": {JSON: {"schema": generator.subschema_for::<ErrorBody>()}},
    });
    if matches!(status, "429" | "503") {
        described["headers"]["Retry-After"] = json!({
            "description": "Seconds to wait before a retry.",
            "schema": {"type": "string", "pattern": r"^\d+$"},
        });
    }
    described
}

fn headers() -> Value {
    json!({
        SIMULATED: {"$ref": "#/components/headers/Simulated"},
        VIRTUAL_TIME: {"$ref": "#/components/headers/VirtualTime"},
    })
}
