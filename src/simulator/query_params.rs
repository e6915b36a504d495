//! What stands behind the `?` of a request.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;

use super::error_response::ApiErrorResponse;

/// The fields of a query string, in order. What is not asked for is passed over.
pub struct QueryParams(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryParams {
    type Rejection = ApiErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiErrorResponse> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(fields)) => Ok(Self(fields)),
            Err(_) => Err(ApiErrorResponse::invalid("The query string cannot be read")),
        }
    }
}

impl QueryParams {
    /// Returns a field.
    ///
    /// # Errors
    /// A 400 for one that is given twice.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiErrorResponse> {
        let mut values = self.0.iter().filter(|(given, _)| given == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(wrong(name, "be given once")),
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
        }
    }

    /// Returns a whole number.
    ///
    /// # Errors
    /// A 400 for what is none, or lies outside.
    pub fn number<T>(
        &self,
        name: &str,
        within: RangeInclusive<T>,
    ) -> Result<Option<T>, ApiErrorResponse>
    where
        T: FromStr + Display + PartialOrd,
    {
        let read = |text: &str| text.parse().ok().filter(|number| within.contains(number));
        self.read(name, read, || {
            let (least, most) = (within.start(), within.end());
            format!("be a whole number from {least} to {most}")
        })
    }

    /// Returns a time, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// A 400 for what is none.
    pub fn time(&self, name: &str) -> Result<Option<i64>, ApiErrorResponse> {
        let kind = || "be a time: whole milliseconds since the Unix epoch".to_owned();
        self.read(name, |text| text.parse().ok(), kind)
    }

    /// Returns whether something is wanted; what is left out is not.
    ///
    /// # Errors
    /// A 400 for what is neither true nor false.
    pub fn flag(&self, name: &str) -> Result<bool, ApiErrorResponse> {
        let kind = || "be true or false".to_owned();
        let found = self.read(name, |text| text.parse().ok(), kind)?;
        Ok(found.unwrap_or(false))
    }

    fn read<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
        kind: impl Fn() -> String,
    ) -> Result<Option<T>, ApiErrorResponse> {
        let found = self.text(name)?;
        let read = |text| read(text).ok_or_else(|| wrong(name, &kind()));
        found.map(read).transpose()
    }
}

fn wrong(name: &str, kind: &str) -> ApiErrorResponse {
    ApiErrorResponse::field(name, format!("`{name}` must {kind}"))
}
