//! Serialization of this program's own types as JSON.

use serde::Serialize;
use serde_json::Value;

/// Serializes a value as JSON text.
///
/// # Panics
/// If the value cannot be serialized, for example because a map has keys that are not strings. This does not happen for
/// types of this program.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("a type of this program has a JSON form")
}

/// Serializes a value as a JSON value.
///
/// # Panics
/// Under the same condition as [`to_json`].
pub fn to_json_value<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).expect("a type of this program has a JSON form")
}
