//! Validation of a contact's fields in a request of the contacts API.

use serde_json::{Map, Value};

use crate::model::{Contact, Identifier, Recipient};
use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::scenarios::PREFIX;

/// Validates the fields of a request. Null is valid everywhere: it removes a field.
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

/// An email address or a phone number, validated as in a recipient. `sim:…` may replace either.
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
