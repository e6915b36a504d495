//! `/_simulator/openapi.json`: every answer that any of these tests gets is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::Body;
use http::Request;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::driver::{Answer, Room};

const TEXT: &str = include_str!("../openapi.json");
/// Where routes are made.
const ROUTERS: [&str; 1] = [include_str!("../router.rs")];

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap());
static VALIDATORS: LazyLock<Mutex<BTreeMap<String, Arc<Validator>>>> =
    LazyLock::new(Mutex::default);

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(wanted, given)| {
            wanted == given || (wanted.starts_with('{') && !given.is_empty())
        })
}

/// Follows a reference inside the description.
fn followed(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(place) => DESCRIPTION.pointer(place.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn validator(place: String, schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    let made = validators.entry(place).or_insert_with(|| {
        let schema = json!({"allOf": [schema], "components": DESCRIPTION["components"]});
        Arc::new(
            jsonschema::options()
                .should_validate_formats(true)
                .build(&schema)
                .unwrap(),
        )
    });
    Arc::clone(made)
}

/// Holds an answer against the description: its status is there, its type, and its body has the shape.
pub fn hold(method: &str, path: &str, answer: &Answer) {
    let shown = || format!("{method} {path}: {} {}", answer.status, answer.text);
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let found = paths.iter().find(|(template, _)| matches(template, path));
    let operation = found.map(|(_, item)| &item[method.to_lowercase()]);
    let Some(operation) = operation.filter(|operation| operation.is_object()) else {
        assert!(
            [401, 404, 405, 415, 501].contains(&answer.status),
            "{}",
            shown()
        );
        let error = &DESCRIPTION["components"]["schemas"]["Error"];
        assert!(
            validator("Error".to_owned(), error).is_valid(&answer.body),
            "{}",
            shown()
        );
        return;
    };
    let responses = &operation["responses"];
    let status = answer.status.to_string();
    let class = format!("{}XX", answer.status / 100);
    let response = [&responses[&status], &responses[&class]]
        .into_iter()
        .find(|r| r.is_object());
    let response = followed(response.unwrap_or_else(|| panic!("not described: {}", shown())));
    let given = answer.headers["content-type"].to_str().unwrap();
    let essence = given.split(';').next().unwrap();
    let content = &response["content"][essence];
    assert!(content.is_object(), "{given} is not described: {}", shown());
    if essence == "application/json" {
        let place = format!("{} {status}", operation["operationId"]);
        let validator = validator(place, &content["schema"]);
        let errors = validator
            .iter_errors(&answer.body)
            .map(|e| format!("{}: {e}", e.instance_path()));
        let errors: Vec<String> = errors.collect();
        assert!(errors.is_empty(), "{errors:?}\n{}", shown());
    }
}

fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .keys()
            .map(move |method| (path.as_str(), method.as_str()))
    })
}

#[test]
fn what_is_routed_is_what_is_described() {
    let routed: BTreeSet<&str> = ROUTERS
        .iter()
        .flat_map(|text| text.split(".route(").skip(1))
        .map(|rest| rest.split('"').nth(1).unwrap())
        .collect();
    let openapi: BTreeSet<&str> = operations().map(|(path, _)| path).collect();
    assert_eq!(routed, openapi);
    let room = Room::new();
    for path in &openapi {
        let sample = path.replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = room.ask(method, &sample, &json!({}));
            let known = operations().any(|(p, m)| p == *path && m == method.to_lowercase());
            assert_eq!(
                answer.status != 405,
                known,
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

#[test]
fn it_is_served_as_it_is() {
    let room = Room::new();
    let answer = room.get("/_simulator/openapi.json");
    assert_eq!(answer.text, TEXT);
    let names: Vec<&str> = operations()
        .map(|(path, method)| {
            DESCRIPTION["paths"][path][method]["operationId"]
                .as_str()
                .unwrap()
        })
        .collect();
    let unique: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn a_key_is_needed_below_v1_only() {
    let room = Room::new();
    for (path, method) in operations() {
        let sample = path.replace(['{', '}'], "");
        let request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(sample);
        let answer = room.request(request.body(Body::from("{}")).unwrap());
        assert_eq!(
            answer.status == 401,
            path.starts_with("/v1"),
            "{method} {path}"
        );
    }
}
