//! The OpenAPI document, which tests compare with the responses.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::paths::matches;

/// The document.
pub const TEXT: &str = include_str!("openapi.json");

static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let document: Map<String, Value> = serde_json::from_str(TEXT).unwrap_or_default();
    let paths = document.get("paths").and_then(Value::as_object);
    paths.map_or_else(Vec::new, |paths| paths.keys().cloned().collect())
});

/// Returns whether a path has a route.
pub fn knows(path: &str) -> bool {
    PATHS.iter().any(|template| matches(template, path))
}
