//! The description of all that is answered, which tests hold against what is answered.

use std::sync::LazyLock;

use serde_json::{Map, Value};

/// The description, as OpenAPI has it.
pub const TEXT: &str = include_str!("openapi.json");

/// The paths in it, read when somebody asks for one that is not there.
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let description: Map<String, Value> = serde_json::from_str(TEXT).unwrap_or_default();
    let paths = description.get("paths").and_then(Value::as_object);
    paths.map_or_else(Vec::new, |paths| paths.keys().cloned().collect())
});

/// Returns whether something answers at a path.
pub fn knows(path: &str) -> bool {
    PATHS.iter().any(|known| {
        let (known, given) = (known.split('/'), path.split('/'));
        known.clone().count() == given.clone().count()
            && known.zip(given).all(|(known, given)| {
                known == given || (known.starts_with('{') && !given.is_empty())
            })
    })
}
