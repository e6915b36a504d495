//! `/v1/webhooks`: the endpoint of an application, which in the simulator is a namespace.

use http::StatusCode;
use uuid::Uuid;

use super::endpoint_patch::EndpointPatch;
use crate::api::webhooks::{WebhookEndpoint, WebhookResponse};
use crate::model::from_millis;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::{json, with_timestamp};
use crate::simulator::store::{Endpoint, Scope, StoreError, Writer};
use crate::simulator::validate::{self, RawBody};
use crate::simulator::webhook_events::EventKind;

const KIND: &str = "Webhook";

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
    // The only response with the secret.
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

/// Inserts an endpoint of the namespace, unless there is one. `customize` changes the defaults.
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

/// Returns the endpoint as responses have it, without the secret.
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
