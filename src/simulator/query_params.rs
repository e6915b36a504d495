//! The parameters of a query string.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;

use super::error_response::ApiErrorResponse;

/// Names and values, in the order of the query string. Parameters that no handler reads are ignored.
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
    /// Returns a parameter, which may not be repeated.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiErrorResponse> {
        let mut values = self.0.iter().filter(|(param, _)| param == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiErrorResponse::wrong_value(name, "given once")),
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
        }
    }

    /// Returns an integer, which must be in the range.
    pub fn number<T>(
        &self,
        name: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, ApiErrorResponse>
    where
        T: FromStr + Display + PartialOrd,
    {
        let parse = |text: &str| text.parse().ok().filter(|number| range.contains(number));
        self.parse(name, parse, || {
            format!("an integer from {} to {}", range.start(), range.end())
        })
    }

    /// Returns a time, in milliseconds since the Unix epoch.
    pub fn time(&self, name: &str) -> Result<Option<i64>, ApiErrorResponse> {
        let expected = || "a time: an integer, milliseconds since the Unix epoch".to_owned();
        self.parse(name, |text| text.parse().ok(), expected)
    }

    /// Returns a boolean, which is false by default.
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
