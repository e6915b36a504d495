//! The contacts API, below `/v1/contacts`.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::contact::{Changes, Profile, check};
use super::error_response::{ApiErrorResponse, json};
use super::query_params::QueryParams;
use super::routes::{HandlerResult, at, path_refused};
use super::store::{Scope, Store, StoreError, StoredContact, Writer};
use super::validate;

/// How many contacts a list has when nothing else is asked for (documented).
const USUAL_LIMIT: u32 = 50;
/// How many contacts a list can have (documented; that more is refused is assumed).
const HIGHEST_LIMIT: u32 = 100;

type Body = Result<Bytes, BytesRejection>;
type Identifier = Result<Path<String>, PathRejection>;

/// What the service wraps lists in.
#[derive(Serialize)]
pub struct Data<T> {
    success: bool,
    data: T,
}

#[derive(Serialize)]
struct ContactsBody {
    contacts: Vec<Value>,
    total: u64,
    limit: u32,
    offset: u32,
}

#[derive(Serialize)]
struct ContactBody {
    success: bool,
    contact: Value,
}

#[derive(Serialize)]
struct DeletedBody {
    success: bool,
    deleted: bool,
}

impl<T> Data<T> {
    /// Wraps something in `{"success": true, "data": …}`.
    pub fn new(data: T) -> Self {
        let success = true;
        Self { success, data }
    }
}

/// Returns the routes of the contacts API.
pub fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/v1/contacts", get(list).post(upsert))
        .route(
            "/v1/contacts/{identifier}",
            get(show).patch(change).delete(forget),
        )
        .route(
            "/v1/contacts/{identifier}/push-tokens",
            post(add_token).delete(remove_token),
        )
}

async fn list(scope: Scope, query_params: QueryParams) -> HandlerResult {
    let limit = query_params.number("limit", 1..=HIGHEST_LIMIT)?;
    let limit = limit.unwrap_or(USUAL_LIMIT);
    let offset = query_params.number("offset", 0..=u32::MAX)?.unwrap_or(0);
    let search = query_params
        .text("search")?
        .filter(|search| !search.is_empty());
    let search = search.map(str::to_owned);
    let (now, (contacts, total)) = scope
        .read_in_background(move |reader| {
            Ok((
                reader.now,
                reader.contacts(search.as_deref(), limit, offset)?,
            ))
        })
        .await?;
    let body = ContactsBody {
        contacts: contacts.iter().map(StoredContact::body).collect(),
        total,
        limit,
        offset,
    };
    Ok(at(now, json(StatusCode::OK, &Data::new(body))))
}

async fn upsert(scope: Scope, body: Body) -> HandlerResult {
    let fields = validate::object(body)?;
    check(&fields)?;
    let uuid = fields.get("uuid").and_then(Value::as_str);
    let uuid = uuid.and_then(|text| uuid::Uuid::try_parse(text).ok());
    let changes = Changes::collect(&fields);
    let needed = ["email", "phone", "externalId"];
    if needed.iter().all(|name| changes.identifier(name).is_none()) {
        let error = "A contact needs at least one of `email`, `phone` and `external_id`";
        return Err(ApiErrorResponse::invalid(error));
    }
    let (now, contact) = scope
        .write(move |writer| Ok((writer.now, writer.upsert_contact(uuid, &changes)?)))
        .await?;
    Ok(shown(now, &contact))
}

async fn show(scope: Scope, identifier: Identifier) -> HandlerResult {
    let Path(identifier) = identifier.map_err(path_refused)?;
    let wanted = identifier.clone();
    let (now, found) = scope
        .read(move |reader| Ok((reader.now, reader.contact(&wanted)?)))
        .await?;
    let contact = found.ok_or_else(|| missing(&identifier))?;
    Ok(shown(now, &contact))
}

async fn change(scope: Scope, identifier: Identifier, body: Body) -> HandlerResult {
    let fields = validate::object(body)?;
    check(&fields)?;
    let changes = Changes::collect(&fields);
    edit(&scope, identifier, move |profile| profile.with(&changes)).await
}

async fn add_token(scope: Scope, identifier: Identifier, body: Body) -> HandlerResult {
    let token = token(body)?;
    edit(&scope, identifier, move |profile| {
        profile.with_token_behind(&token)
    })
    .await
}

async fn remove_token(scope: Scope, identifier: Identifier, body: Body) -> HandlerResult {
    let token = token(body)?;
    edit(&scope, identifier, move |profile| {
        profile.without_token(&token)
    })
    .await
}

fn token(body: Body) -> Result<String, ApiErrorResponse> {
    let fields: Map<String, Value> = validate::object(body)?;
    match fields.get("token").and_then(Value::as_str) {
        Some(token) if !token.trim().is_empty() => Ok(token.to_owned()),
        _ => Err(ApiErrorResponse::field("token", "`token` must be a text")),
    }
}

async fn edit(
    scope: &Scope,
    identifier: Identifier,
    change: impl FnOnce(&Profile) -> Profile + Send + 'static,
) -> HandlerResult {
    let edit = move |writer: &mut Writer<'_>, contact: StoredContact| {
        let profile = change(&contact.profile);
        writer.replace_contact(&contact, profile)
    };
    let (now, contact) = with_contact(scope, identifier, edit).await?;
    Ok(shown(now, &contact))
}

async fn forget(scope: Scope, identifier: Identifier) -> HandlerResult {
    let forget = |writer: &mut Writer<'_>, contact: StoredContact| writer.delete_contact(&contact);
    let (now, ()) = with_contact(&scope, identifier, forget).await?;
    let body = DeletedBody {
        success: true,
        deleted: true,
    };
    Ok(at(now, json(StatusCode::OK, &body)))
}

/// Does something to the contact that a path names.
async fn with_contact<T: Send + 'static>(
    scope: &Scope,
    identifier: Identifier,
    job: impl FnOnce(&mut Writer<'_>, StoredContact) -> Result<T, StoreError> + Send + 'static,
) -> Result<(i64, T), ApiErrorResponse> {
    let Path(identifier) = identifier.map_err(path_refused)?;
    let wanted = identifier.clone();
    let (now, done) = scope
        .write(move |writer| {
            let found = writer.contact(&wanted)?;
            let done = found.map(|contact| job(writer, contact)).transpose()?;
            Ok((writer.now, done))
        })
        .await?;
    let done = done.ok_or_else(|| missing(&identifier))?;
    Ok((now, done))
}

fn shown(now: i64, contact: &StoredContact) -> axum::response::Response {
    let body = ContactBody {
        success: true,
        contact: contact.body(),
    };
    at(now, json(StatusCode::OK, &body))
}

/// The documented 404, word for word.
fn missing(identifier: &str) -> ApiErrorResponse {
    ApiErrorResponse::documented(
        StatusCode::NOT_FOUND,
        format!("Contact not found: {identifier}"),
    )
}
