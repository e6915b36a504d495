//! Answers that misbehave on purpose: HTTP errors, broken bodies, and answers that never come.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::error_response::ApiErrorResponse;
use super::respond::json_bytes;
use crate::model::Channel;

/// What the transport must do instead of giving the answer. It lies in the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Never answer. Nothing was stored.
    Timeout,
    /// Reset the connection. Nothing was stored.
    Reset,
    /// Drop the connection without an answer. The send **was stored**.
    LostAnswer,
}

/// How a port gives a body, in a response's extensions. Inside the process it comes as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The connection ends before so many bytes have come.
    Cut {
        /// How long the body claims to be.
        promised: usize,
    },
    /// In drops of 16 bytes, five a second.
    Drip,
}

/// What a recipient made of the answer, in one word, in a response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoiled(pub &'static str);

/// A body that is not the JSON that is documented, on a send that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenBody {
    /// Nothing at all.
    Empty,
    /// A page, as a proxy in between gives.
    Html,
    /// JSON that stops in the middle.
    Truncated,
    /// JSON that is a text.
    Scalar,
    /// JSON that is an array.
    Array,
    /// The right one, slowly.
    Drip,
}

const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Sendivent</title></head><body>It works.</body></html>";
const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";

impl BrokenBody {
    /// Returns the answer, made from the body that would have been right.
    pub fn answer(self, good: &str) -> Response {
        let json = |text: &str| json_bytes(StatusCode::OK, text.as_bytes().to_vec());
        let (mut response, word, delivery) = match self {
            Self::Empty => (json(""), "emptybody", None),
            Self::Html => (Html(PAGE).into_response(), "htmlbody", None),
            Self::Truncated => {
                // Our bodies are ASCII at the front: the id of a notification.
                let half = good.get(..good.len().min(20)).unwrap_or_default();
                let promised = good.len();
                (json(half), "truncated", Some(Delivery::Cut { promised }))
            }
            Self::Scalar => (json("\"accepted\""), "scalarbody", None),
            Self::Array => (json("[]"), "arraybody", None),
            Self::Drip => (json(good), "drip", Some(Delivery::Drip)),
        };
        let extensions = response.extensions_mut();
        extensions.insert(Spoiled(word));
        delivery.map(|delivery| extensions.insert(delivery));
        response
    }
}

impl Fault {
    /// Returns an empty answer that carries the fault, for the transport to act on.
    pub fn answer(self) -> Response {
        let mut response = StatusCode::GATEWAY_TIMEOUT.into_response();
        response.extensions_mut().insert(self);
        let word = match self {
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::LostAnswer => "lostanswer",
        };
        response.extensions_mut().insert(Spoiled(word));
        response
    }
}

/// An HTTP error that a recipient asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAnswer {
    /// The HTTP status, 400 to 599.
    pub status: u16,
    /// The event of the request, which the documented 404 names.
    pub event: String,
    /// The channel of the request, which decides what a 400 complains about.
    pub channel: Channel,
}

impl HttpAnswer {
    /// Returns the answer: 502 is a page, for that is what a gateway gives.
    pub fn answer(&self) -> Response {
        let mut response = if self.status == 502 {
            (StatusCode::BAD_GATEWAY, Html(BAD_GATEWAY)).into_response()
        } else {
            self.api_error().into_response()
        };
        response.extensions_mut().insert(Spoiled("http"));
        response
    }

    /// The bodies of 400 (phones), 401, 402 and 404 are documented and given word for word; the others are assumed.
    fn api_error(&self) -> ApiErrorResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let documented = |error: &str| ApiErrorResponse::documented(status, error);
        let assumed = |code: &str, error: &str| ApiErrorResponse::new(status, code, error);
        let after = |seconds, refused: ApiErrorResponse| ApiErrorResponse {
            retry_after: Some(seconds),
            ..refused
        };
        match self.status {
            400 => match self.channel {
                Channel::Sms | Channel::Whatsapp => {
                    documented("Phone number must be in E.164 format").with_field("to")
                }
                Channel::Email => {
                    assumed("INVALID_EMAIL", "Invalid email address").with_field("to")
                }
                _ => assumed("VALIDATION_ERROR", "Invalid recipient").with_field("to"),
            },
            401 => documented("Invalid API key"),
            402 => {
                let mut refused = documented("Monthly notification quota exceeded");
                refused.body.current = Some(10_000);
                refused.body.limit = Some(10_000);
                refused
            }
            403 => assumed("FORBIDDEN", "Subscription inactive"),
            404 => documented(&format!("Event '{}' not found", self.event)),
            409 => assumed("CONFLICT", "Duplicate request"),
            422 => assumed("VALIDATION_ERROR", "The request cannot be processed"),
            429 => after(1, assumed("RATE_LIMITED", "Rate limit exceeded")),
            503 => after(5, assumed("SERVER_ERROR", "Service unavailable")),
            504 => assumed("SERVER_ERROR", "Gateway timeout"),
            500.. => assumed("SERVER_ERROR", "Internal server error"),
            _ => assumed(
                "VALIDATION_ERROR",
                status.canonical_reason().unwrap_or("ApiErrorResponse"),
            ),
        }
    }
}
