//! The parameters of a path.

use std::fmt::Display;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use uuid::Uuid;

use super::error_response::ApiErrorResponse;
use crate::model::{Channel, EventName, InvalidEvent, UnknownChannel};
use crate::text;

/// The parameters of a path, if its percent-encoding is valid.
pub type PathParams<T = String> = Result<Path<T>, PathRejection>;

/// Returns the parameters of a path; a 400 if the percent-encoding is invalid.
pub fn path<T>(params: PathParams<T>) -> Result<T, ApiErrorResponse> {
    match params {
        Ok(Path(params)) => Ok(params),
        Err(rejection) => Err(ApiErrorResponse::invalid(format!(
            "The path cannot be decoded: {}",
            rejection.body_text()
        ))),
    }
}

pub fn parse_event(name: &str) -> Result<EventName, ApiErrorResponse> {
    name.parse()
        .map_err(|error: InvalidEvent| ApiErrorResponse::field("event", error.to_string()))
}

/// Returns the UUID in a path. One that is malformed names nothing: the error is a 404.
pub fn path_uuid(params: PathParams, kind: &str) -> Result<Uuid, ApiErrorResponse> {
    let text = path(params)?;
    Uuid::try_parse(&text).map_err(|_| not_found(kind, &text))
}

/// Returns a 404 for an id, also for one of another namespace.
pub fn not_found(kind: &str, id: impl Display) -> ApiErrorResponse {
    ApiErrorResponse::not_found(format!("{kind} not found: {id}"))
}

/// Parses the name of a channel. The error suggests the nearest, or lists all of them.
pub fn parse_channel(name: &str) -> Result<Channel, ApiErrorResponse> {
    name.parse().map_err(|error: UnknownChannel| {
        let known = Channel::ALL.map(|channel| channel.to_string());
        let names = known.iter().map(String::as_str);
        let hint = match text::closest_match(name, names) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the channels are {}", text::join_and(&known)),
        };
        ApiErrorResponse::field("channel", format!("{error}; {hint}"))
    })
}
