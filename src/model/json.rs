//! JSON text of this program's own types.

use serde::Serialize;

/// Serializes a value of a type that always has a JSON form: text keys, and no `Serialize` that fails by itself.
///
/// # Panics
/// When it has none, which is a defect of this program.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("a type of this program has a JSON form")
}
