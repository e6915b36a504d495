//! Handlers for `/v1/webhooks`, which manage the webhook endpoint. In the service, an endpoint belongs to an
//! application. In the simulator, an endpoint belongs to a namespace.

use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::api::webhooks::{WebhookEndpoint, WebhookResponse};
use crate::model::from_millis;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::{json, with_timestamp};
use crate::simulator::store::{Endpoint, Scope, StoreError, Writer};
use crate::simulator::validate::{self, RawBody};
use crate::simulator::webhook_events::{EventKind, UnknownEvent};

const KIND: &str = "Webhook";
/// The maximum length of a URL and of a description, in bytes. The value is assumed.
const MAX_TEXT: usize = 2048;

pub async fn show(scope: Scope) -> HandlerResult {
    let (now, endpoint) = scope.read(|reader| reader.endpoint()).await?;
    respond(StatusCode::OK, now, endpoint.as_ref().map(endpoint_body))
}

pub async fn create(scope: Scope, body: RawBody) -> HandlerResult {
    let patch = EndpointPatch::parse(&validate::json_object(body)?)?;
    for (field, is_missing) in [
        ("url", patch.url.is_none()),
        ("enabled_events", patch.enabled.is_none()),
    ] {
        if is_missing {
            let error = format!("`{field}` is missing");
            return Err(ApiErrorResponse::field(field, error));
        }
    }
    let create = scope.write(move |writer| insert_endpoint(writer, |new| patch.apply(new)));
    let (now, created) = create.await?;
    let created = created.ok_or_else(|| {
        ApiErrorResponse::conflict("A webhook endpoint already exists for this application")
    })?;
    // No other response contains the signing secret.
    let body = WebhookEndpoint {
        signing_secret: Some(created.secret.expose().to_owned()),
        ..endpoint_body(&created)
    };
    respond(StatusCode::CREATED, now, Some(body))
}

pub async fn change(scope: Scope, uuid: PathParams, body: RawBody) -> HandlerResult {
    let uuid = extract::path_uuid(uuid, KIND)?;
    let patch = EndpointPatch::parse(&validate::json_object(body)?)?;
    let (now, changed) = scope
        .write(move |writer| {
            let changed = find(writer, uuid)?.map(|endpoint| patch.apply(endpoint));
            if let Some(changed) = &changed {
                writer.update_endpoint(changed)?;
            }
            Ok(changed)
        })
        .await?;
    let changed = changed.ok_or_else(|| extract::not_found(KIND, uuid))?;
    respond(StatusCode::OK, now, Some(endpoint_body(&changed)))
}

pub async fn delete(scope: Scope, uuid: PathParams) -> HandlerResult {
    let uuid = extract::path_uuid(uuid, KIND)?;
    let (now, deleted) = scope
        .write(move |writer| {
            let endpoint = find(writer, uuid)?;
            if endpoint.is_some() {
                writer.delete_endpoint(uuid)?;
            }
            Ok(endpoint)
        })
        .await?;
    let deleted = deleted.ok_or_else(|| extract::not_found(KIND, uuid))?;
    let body = WebhookEndpoint {
        is_active: false,
        ..endpoint_body(&deleted)
    };
    respond(StatusCode::OK, now, Some(body))
}

/// Creates the endpoint of the namespace and returns it. `customize` receives an endpoint with default values, and
/// returns the endpoint to store. The result is `None` if the namespace already has an endpoint.
pub fn insert_endpoint(
    writer: &mut Writer<'_>,
    customize: impl FnOnce(Endpoint) -> Endpoint,
) -> Result<Option<Endpoint>, StoreError> {
    if writer.endpoint()?.is_some() {
        return Ok(None);
    }
    let endpoint = customize(Endpoint {
        uuid: writer.new_uuid(),
        url: String::new(),
        enabled: EventKind::ALL.to_vec(),
        description: None,
        is_active: true,
        secret: writer.generate_secret(),
        by_flag: false,
        created_at: writer.now,
    });
    writer.insert_endpoint(&endpoint)?;
    Ok(Some(endpoint))
}

/// Converts an endpoint to the JSON object for responses, without the signing secret.
pub fn endpoint_body(endpoint: &Endpoint) -> WebhookEndpoint {
    let enabled = endpoint.enabled.iter();
    WebhookEndpoint {
        uuid: endpoint.uuid.to_string(),
        url: endpoint.url.clone(),
        enabled_events: enabled.map(|kind| kind.as_str().to_owned()).collect(),
        description: endpoint.description.clone(),
        is_active: endpoint.is_active,
        signing_secret: None,
        created_at: from_millis(endpoint.created_at).to_string(),
    }
}

fn find(writer: &Writer<'_>, uuid: Uuid) -> Result<Option<Endpoint>, StoreError> {
    let endpoint = writer.endpoint()?;
    Ok(endpoint.filter(|endpoint| endpoint.uuid == uuid))
}

fn respond(status: StatusCode, now: i64, webhook: Option<WebhookEndpoint>) -> HandlerResult {
    let body = WebhookResponse {
        success: true,
        webhook,
    };
    Ok(with_timestamp(now, json(status, &body)))
}

/// The URL of an endpoint is malformed, too long, or neither HTTP nor HTTPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`url` must begin with http:// or https://, and have a host")]
pub struct InvalidUrl;

/// The fields of an endpoint in a request. A field is `None` if the request does not contain it.
#[derive(Debug, Default)]
pub struct EndpointPatch {
    pub url: Option<String>,
    pub enabled: Option<Vec<EventKind>>,
    pub is_active: Option<bool>,
    /// The new description. `Some(None)` removes the description, and `None` keeps it.
    pub description: Option<Option<String>>,
}

impl EndpointPatch {
    /// Parses the fields of an endpoint from a request body. Unknown fields are ignored.
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

/// Checks that a string is an HTTP or HTTPS URL with a host. Whether webhooks may be posted to the host is checked at
/// each attempt.
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
