//! The forms of a contact's fields, checked as those of a recipient are.

use serde_json::{Map, Value};

use super::changes::{META, stored_name};
use crate::model::Recipient;
use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::scenarios::PREFIX;

/// Checks what a request of the contacts API says of a contact. Null is good everywhere: it takes a field away.
///
/// # Errors
/// A 400 that names the field.
pub fn check(given: &Map<String, Value>) -> Result<(), ApiErrorResponse> {
    let mut given = given.iter().filter(|(_, value)| !value.is_null());
    given.try_for_each(|(name, value)| check_field(name, value))
}

fn check_field(name: &str, value: &Value) -> Result<(), ApiErrorResponse> {
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let (fits, kind) = match name {
        "uuid" => (
            value
                .as_str()
                .is_some_and(|text| uuid::Uuid::try_parse(text).is_ok()),
            "a UUID",
        ),
        META => (value.is_object(), "an object"),
        "push_token" | "pushToken" => (text(value), "a text"),
        name => match stored_name(name) {
            None => return Ok(()),
            Some("email" | "phone") => return check_address(name, value),
            Some("pushTokens") => (
                value
                    .as_array()
                    .is_some_and(|tokens| tokens.iter().all(text)),
                "a list of texts",
            ),
            Some("externalId" | "slackId" | "telegram" | "discord") => {
                (text(value) || value.is_number(), "a text or a number")
            }
            Some(_) => (value.is_string(), "a text"),
        },
    };
    if fits {
        return Ok(());
    }
    Err(ApiErrorResponse::field(
        name,
        format!("`{name}` must be {kind}"),
    ))
}

/// `sim:…` is good in the place of an address and of a number, as in a recipient.
fn check_address(name: &str, value: &Value) -> Result<(), ApiErrorResponse> {
    if value.as_str().is_some_and(|text| text.starts_with(PREFIX)) {
        return Ok(());
    }
    let alone = Map::from_iter([(name.to_owned(), value.clone())]);
    let code = if name == "email" {
        "INVALID_EMAIL"
    } else {
        "INVALID_PHONE"
    };
    match Recipient::from_fields(alone) {
        Ok(_) => Ok(()),
        Err(error) if value.is_string() => {
            Err(
                ApiErrorResponse::new(http::StatusCode::BAD_REQUEST, code, error.reason)
                    .with_field(name),
            )
        }
        Err(_) => Err(ApiErrorResponse::field(
            name,
            format!("`{name}` must be a text"),
        )),
    }
}
