//! `/v1/webhooks`: the one endpoint of an application, which here is a run.

use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::EventKind;
use crate::api::signature::Secret;
use crate::api::webhooks::{WebhookEndpoint, WebhookResponse};
use crate::model::{from_millis, rfc3339};
use crate::simulator::Simulator;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::{json, with_timestamp};
use crate::simulator::store::{Endpoint, Namespace, Scope, StoreError, Writer};
use crate::simulator::validate::{self, RawBody};

/// The longest address and the longest description (assumed).
const LONGEST: usize = 2048;

/// The endpoint of the main namespace after it was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Where events are posted to.
    pub url: String,
    /// Its secret, if it is new.
    pub secret: Option<Secret>,
}

/// What is asked for an endpoint: what is left out is none.
#[derive(Debug, Default)]
struct EndpointPatch {
    url: Option<String>,
    enabled: Option<Vec<EventKind>>,
    is_active: Option<bool>,
    description: Option<Option<String>>,
}

impl Endpoint {
    /// Returns the endpoint as an answer has it; the secret is shown once.
    pub fn body(&self, with_secret: bool) -> WebhookEndpoint {
        WebhookEndpoint {
            uuid: self.uuid.to_string(),
            url: self.url.clone(),
            enabled_events: self
                .enabled
                .iter()
                .map(|kind| kind.as_str().to_owned())
                .collect(),
            description: self.description.clone(),
            is_active: self.is_active,
            signing_secret: with_secret.then(|| self.secret.expose().to_owned()),
            created_at: rfc3339(from_millis(self.created_at)),
        }
    }
}

fn answer(status: StatusCode, now: i64, webhook: Option<WebhookEndpoint>) -> HandlerResult {
    let body = WebhookResponse {
        success: true,
        webhook,
    };
    Ok(with_timestamp(now, json(status, &body)))
}

/// Returns the endpoint, or null.
pub async fn show(scope: Scope) -> HandlerResult {
    let (now, found) = scope
        .read(|reader| Ok((reader.now, reader.endpoint()?)))
        .await?;
    answer(StatusCode::OK, now, found.map(|found| found.body(false)))
}

/// Creates the endpoint.
pub async fn create(scope: Scope, body: RawBody) -> HandlerResult {
    let wanted = EndpointPatch::read(&validate::json_object(body)?)?;
    let missing = |field: &str| ApiErrorResponse::field(field, format!("`{field}` is missing"));
    let url = wanted.url.ok_or_else(|| missing("url"))?;
    let enabled = wanted.enabled.ok_or_else(|| missing("enabled_events"))?;
    let description = wanted.description.flatten();
    let is_active = wanted.is_active.unwrap_or(true);
    let (now, made) = scope
        .write(move |writer| {
            let made = add(writer, |new| Endpoint {
                url,
                enabled,
                description,
                is_active,
                ..new
            })?;
            Ok((writer.now, made))
        })
        .await?;
    match made {
        Some(made) => answer(StatusCode::CREATED, now, Some(made.body(true))),
        None => Err(ApiErrorResponse::new(
            StatusCode::CONFLICT,
            "CONFLICT",
            "A webhook endpoint already exists for this application",
        )),
    }
}

/// Adds an endpoint to the run, unless it has one.
fn add(
    writer: &mut Writer<'_>,
    shape: impl FnOnce(Endpoint) -> Endpoint,
) -> Result<Option<Endpoint>, StoreError> {
    if writer.endpoint()?.is_some() {
        return Ok(None);
    }
    let new = shape(Endpoint {
        uuid: writer.new_uuid(),
        url: String::new(),
        enabled: EventKind::ALL.to_vec(),
        description: None,
        is_active: true,
        secret: writer.generate_secret(),
        by_flag: false,
        created_at: writer.now,
    });
    writer.insert_endpoint(&new)?;
    Ok(Some(new))
}

/// An endpoint that cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The address is none.
    #[error("{0}")]
    NoAddress(String),
    /// Nothing is ever sent there.
    #[error("{0}")]
    Forbidden(String),
    /// There is one with another address.
    #[error("the file has the endpoint {0} already")]
    Another(String),
    /// The file cannot be used.
    #[error("{0}")]
    File(String),
}

impl Simulator {
    /// Registers an endpoint of the main namespace for every event, unless it is there.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn register_webhook(&self, url: &str) -> Result<Registered, RegisterError> {
        let told = |refused: ApiErrorResponse| refused.body.error.clone();
        let url = address(url).map_err(|refused| RegisterError::NoAddress(told(refused)))?;
        if let Some(reason) = self.webhook_state().rules.refuses(&url) {
            return Err(RegisterError::Forbidden(reason));
        }
        let scope = Scope::new(self.store(), Namespace::Main);
        let job = scope.write(move |writer| {
            match writer.endpoint()? {
                Some(found) if found.url == url => return Ok(Ok(Registered { url, secret: None })),
                Some(found) => return Ok(Err(RegisterError::Another(found.url))),
                None => {}
            }
            let made = add(writer, |new| Endpoint {
                url: url.clone(),
                by_flag: true,
                ..new
            })?;
            Ok(Ok(Registered {
                url,
                secret: made.map(|made| made.secret),
            }))
        });
        let done = job.await;
        done.map_err(|error| RegisterError::File(told(error.into())))?
    }
}

/// Changes the fields of the endpoint that the body names.
pub async fn change(scope: Scope, uuid: PathParams, body: RawBody) -> HandlerResult {
    let uuid = named(uuid)?;
    let wanted = EndpointPatch::read(&validate::json_object(body)?)?;
    let (now, changed) = scope
        .write(move |writer| {
            let found = writer.endpoint()?.filter(|found| found.uuid == uuid);
            let changed = found.map(|found| Endpoint {
                url: wanted.url.unwrap_or(found.url),
                enabled: wanted.enabled.unwrap_or(found.enabled),
                is_active: wanted.is_active.unwrap_or(found.is_active),
                description: wanted.description.unwrap_or(found.description),
                ..found
            });
            if let Some(changed) = &changed {
                writer.update_endpoint(changed)?;
            }
            Ok((writer.now, changed))
        })
        .await?;
    let changed = changed.ok_or_else(|| missing(&uuid.to_string()))?;
    answer(StatusCode::OK, now, Some(changed.body(false)))
}

/// Deletes the endpoint.
pub async fn delete(scope: Scope, uuid: PathParams) -> HandlerResult {
    let uuid = named(uuid)?;
    let (now, found) = scope
        .write(move |writer| {
            let found = writer.endpoint()?.filter(|found| found.uuid == uuid);
            if found.is_some() {
                writer.delete_endpoint(uuid)?;
            }
            Ok((writer.now, found))
        })
        .await?;
    let deleted = found.ok_or_else(|| missing(&uuid.to_string()))?;
    let mut body = deleted.body(false);
    body.is_active = false;
    answer(StatusCode::OK, now, Some(body))
}

fn named(uuid: PathParams) -> Result<Uuid, ApiErrorResponse> {
    let text = extract::path(uuid)?;
    Uuid::try_parse(&text).map_err(|_| missing(&text))
}

fn missing(uuid: &str) -> ApiErrorResponse {
    ApiErrorResponse::not_found(format!("Webhook not found: {uuid}"))
}

impl EndpointPatch {
    /// Reads the fields that an endpoint has. Others are passed over.
    fn read(fields: &Map<String, Value>) -> Result<Self, ApiErrorResponse> {
        let mut wanted = Self::default();
        for (name, value) in fields {
            let wrong =
                |kind: &str| ApiErrorResponse::field(name, format!("`{name}` must be {kind}"));
            match (name.as_str(), value) {
                ("url", Value::String(url)) => wanted.url = Some(address(url)?),
                ("url", _) => return Err(wrong("a text")),
                ("enabled_events", Value::Array(names)) => wanted.enabled = Some(events(names)?),
                ("enabled_events", _) => return Err(wrong("a list of events")),
                ("is_active", Value::Bool(active)) => wanted.is_active = Some(*active),
                ("is_active", _) => return Err(wrong("true or false")),
                ("description", Value::Null) => wanted.description = Some(None),
                ("description", Value::String(text)) if text.len() <= LONGEST => {
                    wanted.description = Some(Some(text.clone()));
                }
                ("description", _) => return Err(wrong("a text of 2048 bytes at most")),
                _ => {}
            }
        }
        Ok(wanted)
    }
}

/// Checks an address. Whether something may be sent there is another question, asked when it is.
fn address(url: &str) -> Result<String, ApiErrorResponse> {
    let parsed = url.parse::<Uri>().ok();
    let good = parsed.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    });
    if good && url.len() <= LONGEST {
        Ok(url.to_owned())
    } else {
        Err(ApiErrorResponse::field(
            "url",
            "`url` must be an address that begins with http:// or https://",
        ))
    }
}

fn events(names: &[Value]) -> Result<Vec<EventKind>, ApiErrorResponse> {
    let wrong = |error: String| ApiErrorResponse::field("enabled_events", error);
    let mut events = names
        .iter()
        .map(|name| match name.as_str() {
            Some(name) => name
                .parse()
                .map_err(|error: super::events::UnknownEvent| wrong(error.to_string())),
            None => Err(wrong("`enabled_events` must be a list of texts".to_owned())),
        })
        .collect::<Result<Vec<EventKind>, _>>()?;
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        return Err(wrong("`enabled_events` names no event".to_owned()));
    }
    Ok(events)
}
