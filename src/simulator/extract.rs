//! Reads parameters from the path and the query string of a request.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use http::request::Parts;
use uuid::Uuid;

use super::error_response::ApiErrorResponse;
use crate::model::{Channel, EventName, InvalidEvent, UnknownChannel};
use crate::text;

pub type PathParams<T = String> = Result<Path<T>, PathRejection>;

/// Returns the parameters of a path, or a 400 if their percent-encoding is invalid.
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

/// Parses the path parameter as a UUID. The error for an invalid UUID is a 404, because no resource has such an id.
/// `kind` is the type of the resource for the error message, such as `Notification`.
pub fn path_uuid(params: PathParams, kind: &str) -> Result<Uuid, ApiErrorResponse> {
    let text = path(params)?;
    Uuid::try_parse(&text).map_err(|_| not_found(kind, &text))
}

/// Creates a 404 such as `Notification not found: <id>`. An id that exists only in another namespace gets the same
/// error as an unknown id.
pub fn not_found(kind: &str, id: impl Display) -> ApiErrorResponse {
    ApiErrorResponse::not_found(format!("{kind} not found: {id}"))
}

/// Parses the name of a channel. The error message suggests the most similar name, or lists all channels if none is
/// similar.
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

/// The names and values of the parameters in a query string. Parameters that the handler does not read are ignored.
pub struct QueryParams(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryParams {
    type Rejection = ApiErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiErrorResponse> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(_) => Err(ApiErrorResponse::invalid(
                "The query string cannot be decoded",
            )),
        }
    }
}

impl QueryParams {
    /// Returns the value of a parameter; `None` if it is missing. A repeated parameter is an error.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiErrorResponse> {
        let mut values = self.0.iter().filter(|(param, _)| param == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiErrorResponse::wrong_value(name, "given once")),
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
        }
    }

    /// Returns the value of a parameter as a number, or `default` if the parameter is missing. A value that is not a
    /// number in `range` is an error.
    pub fn number<T>(
        &self,
        name: &str,
        range: RangeInclusive<T>,
        default: T,
    ) -> Result<T, ApiErrorResponse>
    where
        T: FromStr + Display + PartialOrd,
    {
        let parse = |text: &str| text.parse().ok().filter(|number| range.contains(number));
        let expected = || format!("an integer from {} to {}", range.start(), range.end());
        Ok(self.parse(name, parse, expected)?.unwrap_or(default))
    }

    /// Returns the value of a parameter as a time, in milliseconds since the Unix epoch; `None` if the parameter is
    /// missing.
    pub fn time(&self, name: &str) -> Result<Option<i64>, ApiErrorResponse> {
        let expected = || "a time: an integer, milliseconds since the Unix epoch".to_owned();
        self.parse(name, |text| text.parse().ok(), expected)
    }

    /// Returns the value of a parameter as a boolean; false if the parameter is missing.
    pub fn flag(&self, name: &str) -> Result<bool, ApiErrorResponse> {
        let expected = || "true or false".to_owned();
        let value = self.parse(name, |text| text.parse().ok(), expected)?;
        Ok(value.unwrap_or(false))
    }

    fn parse<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        expected: impl Fn() -> String,
    ) -> Result<Option<T>, ApiErrorResponse> {
        let text = self.text(name)?;
        let parse =
            |text| parse(text).ok_or_else(|| ApiErrorResponse::wrong_value(name, &expected()));
        text.map(parse).transpose()
    }
}
