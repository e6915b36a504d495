//! `/v1/contacts`: lists, creates, reads, changes and deletes contacts.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Data;
use crate::model::{Contact, Identifier};
use crate::simulator::contact::{ContactPatch, ContactResource, check};
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams, QueryParams};
use crate::simulator::respond::ok;
use crate::simulator::store::{Scope, StoreError, StoredContact, Writer};
use crate::simulator::validate::{self, RawBody};

/// The number of contacts on a page if the request has no `limit`, as the service documents it.
const DEFAULT_LIMIT: u32 = 50;
/// The maximum number of contacts on a page, as the service documents it. The service is assumed to reject a higher
/// limit.
const MAX_LIMIT: u32 = 100;

/// One page of the list of contacts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContactsData {
    /// The contacts on this page.
    #[cfg_attr(test, schemars(length(max = 100)))]
    contacts: Vec<ContactResource>,
    /// The number of contacts that match the search, on all pages.
    total: u64,
    /// The maximum number of contacts on this page.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: u32,
    /// The number of matching contacts before this page.
    offset: u32,
}

/// A push token to add to a contact, or to remove from it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PushToken {
    /// The token by which the push provider identifies a device.
    #[cfg_attr(test, schemars(regex(pattern = r"\S")))]
    token: String,
}

/// A contact as it is after the request.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContactResponse {
    /// Always true, because errors have another body.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    success: bool,
    /// The requested contact.
    contact: ContactResource,
}

/// The response to a request that deletes a contact.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeletedResponse {
    /// Always true, because errors have another body.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    success: bool,
    /// Always true, because an unknown contact is a 404.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    deleted: bool,
}

pub async fn list(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let limit = query_params.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?;
    let offset = query_params.number("offset", 0..=u32::MAX, 0)?;
    let search = query_params
        .text("search")?
        .filter(|search| !search.is_empty());
    let search = search.map(str::to_owned);
    let (now, (contacts, total)) = scope
        .read_in_background(move |reader| reader.contacts(search.as_deref(), limit, offset))
        .await?;
    let body = ContactsData {
        contacts: contacts.into_iter().map(resource).collect(),
        total,
        limit,
        offset,
    };
    Ok(ok(now, &Data::new(body)))
}

pub async fn upsert(scope: Scope, body: RawBody) -> HandlerResult {
    let fields = validate::json_object(body)?;
    check(&fields)?;
    let uuid = fields.get("uuid").and_then(Value::as_str);
    let uuid = uuid.and_then(|text| Uuid::try_parse(text).ok());
    let patch = ContactPatch::from_fields(&fields);
    let mut kinds = [Identifier::Email, Identifier::Phone, Identifier::ExternalId].into_iter();
    if kinds.all(|kind| patch.identifier(kind).is_none()) {
        let error = "A contact needs at least one of `email`, `phone` and `external_id`";
        return Err(ApiErrorResponse::invalid(error));
    }
    let (now, contact) = scope
        .write(move |writer| writer.upsert_contact(uuid, &patch))
        .await?;
    Ok(contact_response(now, contact))
}

pub async fn show(scope: Scope, identifier: PathParams) -> HandlerResult {
    let identifier = extract::path(identifier)?;
    let key = identifier.clone();
    let (now, found) = scope.read(move |reader| reader.contact(&key)).await?;
    let contact = found.ok_or_else(|| missing(&identifier))?;
    Ok(contact_response(now, contact))
}

pub async fn update(scope: Scope, identifier: PathParams, body: RawBody) -> HandlerResult {
    let fields = validate::json_object(body)?;
    check(&fields)?;
    let patch = ContactPatch::from_fields(&fields);
    edit(&scope, identifier, move |contact| {
        *contact = patch.apply(contact)
    })
    .await
}

pub async fn add_push_token(scope: Scope, identifier: PathParams, body: RawBody) -> HandlerResult {
    let token = parse_token(body)?;
    edit(&scope, identifier, move |contact| {
        contact.append_token(&token)
    })
    .await
}

pub async fn remove_push_token(
    scope: Scope,
    identifier: PathParams,
    body: RawBody,
) -> HandlerResult {
    let token = parse_token(body)?;
    edit(&scope, identifier, move |contact| {
        contact.remove_token(&token)
    })
    .await
}

pub async fn delete(scope: Scope, identifier: PathParams) -> HandlerResult {
    let delete = |writer: &mut Writer<'_>, contact: StoredContact| writer.delete_contact(&contact);
    let (now, ()) = with_contact(&scope, identifier, delete).await?;
    let body = DeletedResponse {
        success: true,
        deleted: true,
    };
    Ok(ok(now, &body))
}

fn parse_token(body: RawBody) -> Result<String, ApiErrorResponse> {
    let fields = validate::json_object(body)?;
    match serde_json::from_value(fields.into()) {
        Ok(PushToken { token }) if !token.trim().is_empty() => Ok(token),
        _ => Err(ApiErrorResponse::wrong_value(
            "token",
            "a string that is not empty",
        )),
    }
}

async fn edit(
    scope: &Scope,
    identifier: PathParams,
    change: impl FnOnce(&mut Contact) + Send + 'static,
) -> HandlerResult {
    let edit = move |writer: &mut Writer<'_>, stored: StoredContact| {
        let mut contact = stored.contact.clone();
        change(&mut contact);
        writer.replace_contact(&stored, contact)
    };
    let (now, contact) = with_contact(scope, identifier, edit).await?;
    Ok(contact_response(now, contact))
}

/// Finds the contact that the path identifies, and runs `job` on it in the same transaction. Returns the virtual time
/// and the result of `job`, or a 404 if there is no such contact.
async fn with_contact<T: Send + 'static>(
    scope: &Scope,
    identifier: PathParams,
    job: impl FnOnce(&mut Writer<'_>, StoredContact) -> Result<T, StoreError> + Send + 'static,
) -> Result<(i64, T), ApiErrorResponse> {
    let identifier = extract::path(identifier)?;
    let key = identifier.clone();
    let (now, output) = scope
        .write(move |writer| {
            let found = writer.contact(&key)?;
            found.map(|contact| job(writer, contact)).transpose()
        })
        .await?;
    let output = output.ok_or_else(|| missing(&identifier))?;
    Ok((now, output))
}

fn contact_response(now: i64, contact: StoredContact) -> Response {
    let body = ContactResponse {
        success: true,
        contact: resource(contact),
    };
    ok(now, &body)
}

fn resource(stored: StoredContact) -> ContactResource {
    ContactResource::new(stored.number, stored.uuid, stored.contact)
}

/// Creates the 404 for an unknown contact, with the error text that the service documents.
fn missing(identifier: &str) -> ApiErrorResponse {
    ApiErrorResponse::documented(
        StatusCode::NOT_FOUND,
        format!("Contact not found: {identifier}"),
    )
}
