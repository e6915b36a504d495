//! What the service says when it refuses.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::{self, truncate};

/// The documented error body: `error`, and what applies of the rest. Written by the simulator.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// For people; the documentation warns that it may change.
    pub error: String,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The channel that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// What is used of a quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<i64>,
    /// The quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// A stable word (the service's skill file).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A refusal as it was understood, whatever its shape was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The service's words, or ours for the status when it had none that can be read.
    pub message: String,
    /// The service's stable word, if it gave one.
    pub code: Option<String>,
    /// The field that is wrong.
    pub field: Option<String>,
    /// The channel that it is about.
    pub channel: Option<String>,
    /// What is used of a quota.
    pub current: Option<i64>,
    /// The quota.
    pub limit: Option<i64>,
    /// The service's id of the request, if it told one.
    pub request_id: Option<String>,
    /// The host that the answer leads to, for a redirect.
    pub redirect_host: Option<String>,
    /// Where the key was found that was refused.
    pub key_source: Option<String>,
    /// How long the service asked to be left alone, if it did.
    pub retry_after: Option<Duration>,
}

/// How much is kept of a text of the service, in characters: it may be a page.
const LONGEST_TEXT: usize = 500;

/// What may stand behind an answer that is none of the service's.
pub const INTERMEDIARY_HINT: &str =
    "Something between here and the service may answer in its place: a proxy, a login page.";

impl ApiError {
    /// Returns whether the service gives no such answer, so that it says nothing of the request: a redirect, a network that
    /// wants a login, a status that there is not.
    pub fn is_from_intermediary(&self) -> bool {
        !matches!(self.status, 200..=299 | 400..=599) || self.status == 511
    }

    /// Reads the body of an answer that is no success. Four shapes are known: the documented flat one, a nested
    /// `error: {code, message}` (an SDK's comment), `message` alone (an SDK's fallback) and the older
    /// `errors: [{code, message}]`. Anything else, HTML and nothing at all included, leaves the status to speak.
    pub fn read(status: u16, body: &[u8], request_id: Option<String>) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |value: &Value, name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(|text| truncate(text, LONGEST_TEXT))
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
            .unwrap_or_else(|| meaning(status).to_owned());
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

    /// Returns the word under which the refusal is explained: the service's own, or the one for its status.
    pub fn word(&self) -> String {
        match &self.code {
            Some(code) => code.clone(),
            None => self.status.to_string(),
        }
    }
}

/// Returns what the service's error page says of a status, in our words.
fn meaning(status: u16) -> &'static str {
    match status {
        400 | 422 => "the request is not valid",
        401 => "the API key is missing or wrong",
        402 => "a quota is used up",
        403 => "the account may not do this",
        404 => "there is nothing of that name or id",
        409 => "the request collides with an earlier one",
        407 => "a proxy in between wants a login",
        413 => "the request is too large",
        300..=399 => "the answer leads elsewhere, and no key is carried there",
        429 => "too many requests",
        511 => "the network wants a login",
        502 => "a provider behind the service failed",
        500..=599 => "the service failed",
        _ => "the service gave an answer that it does not document",
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
            write!(
                f,
                ", asked to be left alone for {}",
                text::format_duration(time)
            )?;
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
    fn every_known_shape_is_understood() {
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
    fn a_text_that_does_not_end_is_cut() {
        let body = format!(r#"{{"error":"{}","code":"{0}"}}"#, "é".repeat(501));
        let read = ApiError::read(400, body.as_bytes(), None);
        assert_eq!(read.message, format!("{}…", "é".repeat(500)));
        assert_eq!(read.code, Some(read.message));
        let whole = "e".repeat(500);
        let body = format!(r#"{{"error":"{whole}"}}"#);
        assert_eq!(ApiError::read(400, body.as_bytes(), None).message, whole);
    }

    #[test]
    fn an_unreadable_body_leaves_the_status_to_speak() {
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
