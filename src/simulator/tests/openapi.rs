//! Checks that the OpenAPI document is current, and that it describes every response in the simulator's tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::Body;
use http::Request;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::client::{TestClient, TestResponse};
use crate::schema_gen::{assert_current, closed};
use crate::simulator::error_codes::Reason;
use crate::simulator::openapi::{TEXT, document};
use crate::simulator::routes::matches;
use crate::simulator::routes::routes;
use crate::simulator::webhook_events::EventKind;

/// The fields that contain an id from the simulator, as `(schema, fields)`.
const IDS: [(&str, &[&str]); 9] = [
    ("AcceptedNotification", &["id"]),
    ("Delivery", &["id", "message_id", "notification_id"]),
    ("ListedDelivery", &["id", "message_id", "notification_id"]),
    ("Message", &["id"]),
    ("MessageTimeline", &["message_id"]),
    ("MessageRow", &["id"]),
    ("Notification", &["id"]),
    ("TimelineResponse", &["id"]),
    ("SendResponse", &["id"]),
];
/// The fields that contain the code of a [`Reason`], as `(schema, field)`.
const REASONS: [(&str, &str); 4] = [
    ("MessageError", "code"),
    ("TimelineStep", "reason"),
    ("ReasonCount", "code"),
    ("SuppressionEntry", "reason"),
];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap());
/// The document's components with stricter schemas: unknown fields and values are invalid, and ids must be UUIDs. The
/// document itself allows unknown fields, because its types also decode responses of the real service.
static COMPONENTS: LazyLock<Value> = LazyLock::new(|| {
    let mut components = closed(&DOCUMENT["components"]);
    let mut restrict = |name: &str, field: &str, restriction: Value| {
        let property = &mut components["schemas"][name]["properties"][field];
        assert!(property.is_object(), "{name}.{field}");
        *property = json!({"allOf": [property.take(), restriction]});
    };
    let uuid = json!({"format": "uuid", "minLength": 36, "maxLength": 36});
    for (name, fields) in IDS {
        for field in fields {
            restrict(name, field, uuid.clone());
        }
    }
    // Null where a step has no reason.
    let codes = Reason::all().map(|reason| json!(reason.code()));
    let codes: Vec<Value> = codes.chain([Value::Null]).collect();
    for (name, field) in REASONS {
        restrict(name, field, json!({"enum": codes}));
    }
    let kinds = EventKind::ALL.map(EventKind::as_str);
    let statuses = ["waiting", "retrying", "delivered", "given_up", "dropped"];
    for name in ["Delivery", "ListedDelivery"] {
        restrict(name, "event", json!({"enum": kinds}));
        restrict(name, "status", json!({"enum": statuses}));
    }
    restrict("WebhookEndpoint", "uuid", json!({"format": "uuid"}));
    restrict(
        "WebhookEndpoint",
        "enabled_events",
        json!({"minItems": 1, "items": {"enum": kinds}}),
    );
    restrict(
        "WebhookEndpoint",
        "signing_secret",
        json!({"pattern": "^whsec_"}),
    );
    restrict(
        "WebhookEndpoint",
        "created_at",
        json!({"format": "date-time"}),
    );
    components
});
static VALIDATORS: LazyLock<Mutex<BTreeMap<String, Arc<Validator>>>> =
    LazyLock::new(Mutex::default);

/// Returns the part of the document that `$ref` refers to, or `value` itself if it has no `$ref`.
fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn validator(schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    // By schema, not by operation: compiling one takes longer than most tests, and all errors have the same.
    let validator = validators.entry(schema.to_string()).or_insert_with(|| {
        let schema = json!({"allOf": [schema], "components": *COMPONENTS});
        let options = jsonschema::options().should_validate_formats(true);
        Arc::new(options.build(&schema).unwrap())
    });
    Arc::clone(validator)
}

/// Checks a response against the document: its status, its Content-Type and its body.
pub fn check(method: &str, path: &str, response: &TestResponse) {
    let context = || format!("{method} {path}: {} {}", response.status, response.text);
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let item = paths.iter().find(|(template, _)| matches(template, path));
    let operation = item.map(|(_, item)| &item[method.to_lowercase()]);
    let Some(operation) = operation.filter(|operation| operation.is_object()) else {
        assert!(
            [401, 404, 405, 415, 501].contains(&response.status),
            "{}",
            context()
        );
        let error = json!({"$ref": "#/components/schemas/ErrorBody"});
        let is_valid = validator(&error).is_valid(&response.body);
        assert!(is_valid, "{}", context());
        return;
    };
    let responses = &operation["responses"];
    let status = response.status.to_string();
    let class = format!("{}XX", response.status / 100);
    let described = [&responses[&status], &responses[&class]]
        .into_iter()
        .find(|described| described.is_object())
        .unwrap_or_else(|| panic!("not described: {}", context()));
    let described = resolve(described);
    let content_type = response.headers["content-type"].to_str().unwrap();
    let essence = content_type.split(';').next().unwrap();
    let content = &described["content"][essence];
    assert!(
        content.is_object(),
        "{content_type} is not described: {}",
        context()
    );
    if essence == "application/json" {
        let validator = validator(&content["schema"]);
        let errors = validator
            .iter_errors(&response.body)
            .map(|error| format!("{}: {error}", error.instance_path()));
        let errors: Vec<String> = errors.collect();
        assert!(errors.is_empty(), "{errors:?}\n{}", context());
    }
}

fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .keys()
            .map(move |method| (path.as_str(), method.as_str()))
    })
}

#[test]
fn assets_openapi_document_is_current() {
    assert_current(
        "src/simulator/openapi/openapi.json",
        &document::generate(routes()),
    );
}

#[test]
fn everything_in_the_document_is_described() {
    for (path, method) in operations() {
        let operation = &DOCUMENT["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path}");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        for part in parameters.chain(operation["responses"].as_object().unwrap().values()) {
            let is_described = resolve(part)["description"].is_string();
            assert!(is_described, "{method} {path}: {part}");
        }
        // Each parameter of the template, and no other.
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let described: BTreeSet<&str> = parameters
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_template: BTreeSet<&str> = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(described, in_template, "{method} {path}");
    }
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (field, property) in properties {
            let is_described = property["description"].is_string();
            assert!(
                is_described || property["$ref"].is_string(),
                "{name}.{field}"
            );
        }
    }
}

#[test]
fn a_path_has_the_described_methods_only() {
    let client = TestClient::new();
    let paths: BTreeSet<&str> = operations().map(|(path, _)| path).collect();
    for path in paths {
        let sample = path.replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let response = client.call(method, &sample, &json!({}));
            let is_described = operations().any(|(p, m)| p == path && m == method.to_lowercase());
            assert_eq!(
                response.status != 405,
                is_described,
                "{method} {path}: {}",
                response.status
            );
        }
    }
}

#[test]
fn the_document_is_served() {
    let client = TestClient::new();
    let response = client.get("/_simulator/openapi.json");
    assert_eq!(response.text, TEXT);
    let ids: Vec<&str> = operations()
        .map(|(path, method)| {
            let id = &DOCUMENT["paths"][path][method]["operationId"];
            id.as_str().unwrap()
        })
        .collect();
    let unique: BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
}

#[test]
fn a_link_names_an_operation_with_its_parameter() {
    for (path, method) in operations() {
        let responses = DOCUMENT["paths"][path][method]["responses"]
            .as_object()
            .unwrap();
        let links = responses
            .values()
            .filter_map(|response| response["links"].as_object());
        for link in links.flat_map(|links| links.values()) {
            let (target, _) = operations()
                .find(|(path, method)| {
                    DOCUMENT["paths"][*path][*method]["operationId"] == link["operationId"]
                })
                .unwrap();
            for parameter in link["parameters"].as_object().unwrap().keys() {
                assert!(target.contains(&format!("{{{parameter}}}")), "{link}");
            }
        }
    }
}

#[test]
fn only_v1_requires_a_key() {
    let client = TestClient::new();
    for (path, method) in operations() {
        let sample = path.replace(['{', '}'], "");
        let request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(sample);
        let response = client.request(request.body(Body::from("{}")).unwrap());
        let needs_key = path.starts_with("/v1");
        assert_eq!(response.status == 401, needs_key, "{method} {path}");
    }
}
