//! The bodies of error responses, in the documented shape and in older ones.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::{self, truncate};

/// The body of an error response in the documented shape. The simulator writes this shape.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// The reason for the error, as text for people. According to the service's documentation, its wording may change.
    pub error: String,
    /// The name of the invalid field, such as `to`. Absent if the error is not about one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The channel that the error is about. Absent if the error is not about one channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The used part of the monthly quota. Present only with status 402.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<i64>,
    /// The monthly quota. Present only with status 402.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// A stable error code, such as `VALIDATION_ERROR` (from the service's skill file). Absent in errors that are
    /// documented without a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// An error response, decoded from any known shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub status: u16,
    /// The service's message, or a description of the status if the body has no message.
    pub message: String,
    pub code: Option<String>,
    pub field: Option<String>,
    pub channel: Option<String>,
    pub current: Option<i64>,
    pub limit: Option<i64>,
    /// The id of the request in the service's logs, from the header `X-Request-Id`.
    pub request_id: Option<String>,
    pub redirect_host: Option<String>,
    /// The source of the rejected API key, such as `SENDIVENT_API_KEY`. `None` unless the live service returned 401.
    pub key_source: Option<String>,
    /// The pause before a retry that the service requests with the header `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// The maximum length of a message, in characters. A longer message is truncated, because it may be a whole page.
const MAX_TEXT_LENGTH: usize = 500;

/// The hint for a response from a proxy or from the login page of a network instead of the service.
pub const INTERMEDIARY_HINT: &str =
    "Check for a proxy or a login page that responds in place of the service.";

impl ApiError {
    /// Returns whether the status is one that the service never sends: a redirect, 511 (the network requires a login)
    /// or an unassigned status. The response then comes from a proxy or from the login page of a network, and the
    /// request may not have reached the service.
    pub fn is_from_intermediary(&self) -> bool {
        !matches!(self.status, 200..=299 | 400..=599) || self.status == 511
    }

    /// Returns whether the same request may succeed later, such as after a 429 or a 503.
    pub fn is_transient(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500..=599)
            && !matches!(self.status, 501 | 505 | 507)
    }

    /// Decodes the body of an error response. Four shapes are known:
    ///
    /// - `{error}` with optional `field`, `channel`, `current`, `limit` and `code` (documented)
    /// - `{error: {code, message}}` (in a comment of an SDK)
    /// - `{message}` (a fallback in an SDK)
    /// - `{errors: [{code, message}]}` (in the older documentation)
    ///
    /// For any other body, such as HTML or an empty one, the message describes the status.
    pub fn read(status: u16, body: &[u8], request_id: Option<String>) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |value: &Value, name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(|text| truncate(text, MAX_TEXT_LENGTH))
        };
        let number = |name: &str| body.get(name).and_then(Value::as_i64);
        let nested = [body.get("error"), body.pointer("/errors/0")]
            .into_iter()
            .flatten()
            .find(|value| value.is_object())
            .unwrap_or(&Value::Null);
        let message = text(&body, "error")
            .or_else(|| text(nested, "message"))
            .or_else(|| text(&body, "message"))
            .unwrap_or_else(|| default_message(status).to_owned());
        Self {
            status,
            message,
            code: text(&body, "code").or_else(|| text(nested, "code")),
            field: text(&body, "field"),
            channel: text(&body, "channel"),
            current: number("current"),
            limit: number("limit"),
            request_id,
            redirect_host: None,
            key_source: None,
            retry_after: None,
        }
    }

    /// Returns the name to pass to `sendivent explain`: the service's error code, or the status if there is no code.
    pub fn topic(&self) -> String {
        match &self.code {
            Some(code) => code.clone(),
            None => self.status.to_string(),
        }
    }
}

fn default_message(status: u16) -> &'static str {
    match status {
        400 | 422 => "the request is not valid",
        401 => "the API key is missing or wrong",
        402 => "the quota is used up",
        403 => "the account is not allowed to do this",
        404 => "there is nothing with that name or id",
        409 => "the request conflicts with an earlier one",
        407 => "a proxy requires a login",
        413 => "the request is too large",
        300..=399 => "redirects are not followed, because they could leak the API key",
        429 => "too many requests",
        511 => "the network requires a login",
        502 => "a provider behind the service failed",
        500..=599 => "the service failed",
        _ => "the response is not documented",
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (HTTP {}",
            self.message.trim_end_matches('.'),
            self.status
        )?;
        if let Some(field) = &self.field {
            write!(f, ", field `{field}`")?;
        }
        if let Some(channel) = &self.channel {
            write!(f, ", channel {channel}")?;
        }
        if let Some(host) = &self.redirect_host {
            write!(f, ", to {host}")?;
        }
        if let Some(source) = &self.key_source {
            write!(f, ", key from {source}")?;
        }
        if let Some(time) = self.retry_after {
            write!(f, ", retry after {}", text::format_duration(time))?;
        }
        if let (Some(current), Some(limit)) = (self.current, self.limit) {
            write!(f, ", {current} of {limit} used")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::ApiError;

    fn shown(status: u16, body: &str) -> String {
        ApiError::read(status, body.as_bytes(), None).to_string()
    }

    #[test]
    fn every_known_shape_is_decoded() {
        assert_eq!(
            shown(401, r#"{"error":"Invalid API key"}"#),
            "Invalid API key (HTTP 401)"
        );
        assert_eq!(
            shown(
                400,
                r#"{"error":"Phone number must be in E.164 format","field":"to"}"#
            ),
            "Phone number must be in E.164 format (HTTP 400, field `to`)"
        );
        assert_eq!(
            shown(
                402,
                r#"{"error":"Monthly notification quota exceeded","current":10000,"limit":10000}"#
            ),
            "Monthly notification quota exceeded (HTTP 402, 10000 of 10000 used)"
        );
        let nested = ApiError::read(
            404,
            br#"{"error":{"code":"EVENT_NOT_FOUND","message":"No such event"}}"#,
            None,
        );
        assert_eq!(
            (nested.code.as_deref(), nested.message.as_str()),
            (Some("EVENT_NOT_FOUND"), "No such event")
        );
        let older = ApiError::read(
            422,
            br#"{"success":false,"deliveries":[],"errors":[{"code":"INTEGRATION_MISSING","message":"No email integration configured"}]}"#,
            None,
        );
        assert_eq!(older.code.as_deref(), Some("INTEGRATION_MISSING"));
        assert_eq!(shown(500, r#"{"message":"oops"}"#), "oops (HTTP 500)");
    }

    #[test]
    fn a_long_message_is_truncated() {
        let body = format!(r#"{{"error":"{}","code":"{0}"}}"#, "é".repeat(501));
        let read = ApiError::read(400, body.as_bytes(), None);
        assert_eq!(read.message, format!("{}…", "é".repeat(500)));
        assert_eq!(read.code, Some(read.message));
        let longest = "e".repeat(500);
        let body = format!(r#"{{"error":"{longest}"}}"#);
        assert_eq!(ApiError::read(400, body.as_bytes(), None).message, longest);
    }

    #[test]
    fn an_unreadable_body_gets_a_message_for_the_status() {
        for body in [
            "",
            "<html>502</html>",
            "{\"error\":",
            "null",
            "[]",
            "7",
            "{\"error\":\"\"}",
        ] {
            assert_eq!(
                shown(502, body),
                "a provider behind the service failed (HTTP 502)",
                "{body}"
            );
        }
    }
}
