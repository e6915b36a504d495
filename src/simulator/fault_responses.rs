//! Builds the responses of scenarios that break a request: HTTP errors, broken bodies, and placeholders for responses
//! that the transport does not send.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::error_response::ApiErrorResponse;
use super::faults::{BodyTransfer, BrokenResponse, Fault, FaultName};
use super::respond::json_bytes;
use crate::model::{Channel, EventName};

const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Sendivent</title></head><body>It works.</body></html>";
const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";

impl BrokenResponse {
    /// Builds the broken response. `documented` is the JSON body of the correct response.
    pub fn response(self, documented: &str) -> Response {
        let json = |text: &str| json_bytes(StatusCode::OK, text.as_bytes().to_vec());
        let (mut response, name, transfer) = match self {
            Self::Lost => return Fault::LostResponse.into_response(),
            Self::Empty => (json(""), "emptybody", None),
            Self::Html => (Html(PAGE).into_response(), "htmlbody", None),
            Self::Truncated => {
                // No character is split, because the body begins with the id of the notification, which is ASCII.
                let start = documented
                    .get(..documented.len().min(20))
                    .unwrap_or_default();
                let content_length = documented.len();
                let transfer = BodyTransfer::CutOff { content_length };
                (json(start), "truncated", Some(transfer))
            }
            Self::Scalar => (json("\"accepted\""), "scalarbody", None),
            Self::Array => (json("[]"), "arraybody", None),
            Self::Drip => (json(documented), "drip", Some(BodyTransfer::Drip)),
        };
        let extensions = response.extensions_mut();
        extensions.insert(FaultName(name));
        transfer.map(|transfer| extensions.insert(transfer));
        response
    }
}

impl IntoResponse for Fault {
    /// Builds an empty placeholder response with the fault among its extensions. The transport simulates the fault
    /// instead of sending the response.
    fn into_response(self) -> Response {
        let name = match self {
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::LostResponse => "lostresponse",
        };
        let mut response = StatusCode::GATEWAY_TIMEOUT.into_response();
        let extensions = response.extensions_mut();
        extensions.insert(self);
        extensions.insert(FaultName(name));
        response
    }
}

pub fn http_error(status: u16, event: &EventName, channel: &Channel) -> Response {
    let mut response = if status == 502 {
        // The response looks like the HTML page of a gateway in front of the service.
        (StatusCode::BAD_GATEWAY, Html(BAD_GATEWAY)).into_response()
    } else {
        api_error(status, event, channel).into_response()
    };
    response.extensions_mut().insert(FaultName("http"));
    response
}

/// Builds the error response for a status code that a recipient selects, such as 404. The bodies of 400 (for phone
/// numbers), 401, 402 and 404 are copied from the documentation; the others are assumed.
fn api_error(code: u16, event: &EventName, channel: &Channel) -> ApiErrorResponse {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let documented = |error: &str| ApiErrorResponse::documented(status, error);
    let assumed = |code: &str, error: &str| ApiErrorResponse::new(status, code, error);
    let retry_after = |seconds, error: ApiErrorResponse| ApiErrorResponse {
        retry_after: Some(seconds),
        ..error
    };
    match code {
        400 => match channel {
            Channel::Sms | Channel::Whatsapp => {
                documented("Phone number must be in E.164 format").with_field("to")
            }
            Channel::Email => assumed("INVALID_EMAIL", "Invalid email address").with_field("to"),
            _ => assumed("VALIDATION_ERROR", "Invalid recipient").with_field("to"),
        },
        401 => documented("Invalid API key"),
        402 => {
            let mut error = documented("Monthly notification quota exceeded");
            error.body.current = Some(10_000);
            error.body.limit = Some(10_000);
            error
        }
        403 => assumed("FORBIDDEN", "Subscription inactive"),
        404 => documented(&format!("Event '{event}' not found")),
        409 => assumed("CONFLICT", "Duplicate request"),
        422 => assumed("VALIDATION_ERROR", "The request cannot be processed"),
        429 => retry_after(1, assumed("RATE_LIMITED", "Rate limit exceeded")),
        503 => retry_after(5, assumed("SERVER_ERROR", "Service unavailable")),
        504 => assumed("SERVER_ERROR", "Gateway timeout"),
        500.. => assumed("SERVER_ERROR", "Internal server error"),
        _ => assumed(
            "VALIDATION_ERROR",
            status.canonical_reason().unwrap_or("Request rejected"),
        ),
    }
}
