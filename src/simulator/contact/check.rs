//! Validates the fields of a contact in requests to the contacts API.

use serde_json::{Map, Value};

use crate::model::{Contact, Identifier, Recipient};
use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::scenarios::PREFIX;

/// Returns an error for the first invalid field. Null is valid for every field, because it removes the field from the
/// contact.
pub fn check(fields: &Map<String, Value>) -> Result<(), ApiErrorResponse> {
    let mut present = fields.iter().filter(|(_, value)| !value.is_null());
    present.try_for_each(|(name, value)| check_field(name, value))
}

fn check_field(name: &str, value: &Value) -> Result<(), ApiErrorResponse> {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let (is_valid, kind) = match Identifier::from_field(name) {
        Some(Identifier::Email | Identifier::Phone) => return check_address(name, value),
        Some(Identifier::Uuid) => {
            let id = value.as_str().map(uuid::Uuid::try_parse);
            (matches!(id, Some(Ok(_))), "a UUID")
        }
        Some(Identifier::PushToken) if name.ends_with('s') => {
            let tokens = value.as_array();
            let are_texts = tokens.is_some_and(|tokens| tokens.iter().all(is_text));
            (are_texts, "an array of strings")
        }
        Some(Identifier::PushToken) => (is_text(value), "a string"),
        Some(_) => (is_text(value) || value.is_number(), "a string or a number"),
        None if name == "meta" => (value.is_object(), "an object"),
        None if Contact::default().text_mut(name).is_some() => (value.is_string(), "a string"),
        // Custom fields can have any value.
        None => return Ok(()),
    };
    if is_valid {
        return Ok(());
    }
    Err(ApiErrorResponse::wrong_value(name, kind))
}

/// Validates the field `email` or `phone` with the same rules as a recipient. Both fields also accept `sim:<scenario>`.
fn check_address(name: &str, value: &Value) -> Result<(), ApiErrorResponse> {
    let Some(text) = value.as_str() else {
        return Err(ApiErrorResponse::wrong_value(name, "a string"));
    };
    if text.starts_with(PREFIX) {
        return Ok(());
    }
    let code = if name == "email" {
        "INVALID_EMAIL"
    } else {
        "INVALID_PHONE"
    };
    let field = Map::from_iter([(name.to_owned(), value.clone())]);
    match Recipient::from_fields(field) {
        Ok(_) => Ok(()),
        Err(error) => Err(ApiErrorResponse::field_with_code(name, code, error.reason)),
    }
}
