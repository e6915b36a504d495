//! Parsing the fields of an endpoint in a request that creates or changes it.

use http::Uri;
use serde_json::{Map, Value};

use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::store::Endpoint;
use crate::simulator::webhook_events::{EventKind, UnknownEvent};

/// The longest URL and the longest description, in bytes (assumed).
const MAX_TEXT: usize = 2048;

/// A text is not the URL of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`url` must begin with http:// or https://, and have a host")]
pub struct InvalidUrl;

/// The fields of a request; `None` for those that are absent.
#[derive(Debug, Default)]
pub struct EndpointPatch {
    pub url: Option<String>,
    pub enabled: Option<Vec<EventKind>>,
    pub is_active: Option<bool>,
    /// `Some(None)` removes the description.
    pub description: Option<Option<String>>,
}

impl EndpointPatch {
    /// Parses the fields of an endpoint, and ignores unknown fields.
    pub fn parse(fields: &Map<String, Value>) -> Result<Self, ApiErrorResponse> {
        let mut patch = Self::default();
        for (name, value) in fields {
            let wrong_type = |kind: &str| ApiErrorResponse::wrong_value(name, kind);
            match (name.as_str(), value) {
                ("url", Value::String(url)) => patch.url = Some(parse_url(url)?),
                ("url", _) => return Err(wrong_type("a string")),
                ("enabled_events", Value::Array(names)) => {
                    patch.enabled = Some(parse_events(names)?);
                }
                ("enabled_events", _) => return Err(wrong_type("an array of event names")),
                ("is_active", Value::Bool(is_active)) => patch.is_active = Some(*is_active),
                ("is_active", _) => return Err(wrong_type("true or false")),
                ("description", Value::Null) => patch.description = Some(None),
                ("description", Value::String(text)) if text.len() <= MAX_TEXT => {
                    patch.description = Some(Some(text.clone()));
                }
                ("description", _) => {
                    return Err(wrong_type("null or a string of at most 2048 bytes"));
                }
                _ => {}
            }
        }
        Ok(patch)
    }

    pub fn apply(self, endpoint: Endpoint) -> Endpoint {
        Endpoint {
            url: self.url.unwrap_or(endpoint.url),
            enabled: self.enabled.unwrap_or(endpoint.enabled),
            is_active: self.is_active.unwrap_or(endpoint.is_active),
            description: self.description.unwrap_or(endpoint.description),
            ..endpoint
        }
    }
}

/// Checks the form of a URL. Whether webhooks may be posted to it is checked at each attempt.
pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
    let uri: Uri = url.parse().map_err(|_| InvalidUrl)?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    if is_http && has_host && url.len() <= MAX_TEXT {
        Ok(())
    } else {
        Err(InvalidUrl)
    }
}

fn parse_url(url: &str) -> Result<String, ApiErrorResponse> {
    match check_url(url) {
        Ok(()) => Ok(url.to_owned()),
        Err(error) => Err(ApiErrorResponse::field("url", error.to_string())),
    }
}

fn parse_events(names: &[Value]) -> Result<Vec<EventKind>, ApiErrorResponse> {
    let field_error = |error: String| ApiErrorResponse::field("enabled_events", error);
    let mut events = Vec::new();
    for name in names {
        let Some(name) = name.as_str() else {
            return Err(field_error(
                "`enabled_events` must be an array of strings".to_owned(),
            ));
        };
        let kind = name.parse();
        events.push(kind.map_err(|error: UnknownEvent| field_error(error.to_string()))?);
    }
    if events.is_empty() {
        return Err(field_error("`enabled_events` is empty".to_owned()));
    }
    events.sort_unstable();
    events.dedup();
    Ok(events)
}
