//! The events API, below `/v1/events`: the events that were sent so far. Its shape is that of the service's skill file.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::routing::get;
use http::StatusCode;
use serde::Serialize;

use super::contacts::Data;
use super::error_response::{ApiErrorResponse, json};
use super::routes::{HandlerResult, at, path_refused};
use super::store::{Scope, Store};
use crate::model::Channel;

#[derive(Serialize)]
struct EventsBody {
    events: Vec<EventRow>,
}

#[derive(Serialize)]
struct EventBody {
    event: EventRow,
}

#[derive(Serialize)]
struct EventRow {
    identifier: String,
    /// An event without a definition is called by its identifier (assumed).
    name: String,
    /// In the order in which routing tries them.
    channels: Vec<String>,
    /// A plain one for each channel, named after the event (assumed). Only for a single event.
    #[serde(skip_serializing_if = "Option::is_none")]
    templates: Option<Vec<Template>>,
}

#[derive(Serialize)]
struct Template {
    channel: String,
    name: String,
}

impl EventRow {
    fn new(name: String, with_templates: bool) -> Self {
        let channels: Vec<String> = Channel::ALL.iter().map(ToString::to_string).collect();
        let template = |channel: &String| Template {
            channel: channel.clone(),
            name: name.clone(),
        };
        Self {
            templates: with_templates.then(|| channels.iter().map(template).collect()),
            identifier: name.clone(),
            name,
            channels,
        }
    }
}

/// Returns the routes of the events API.
pub fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/v1/events", get(list))
        .route("/v1/events/{identifier}", get(show))
}

async fn list(scope: Scope) -> HandlerResult {
    let (now, names) = scope
        .read(|reader| Ok((reader.now, reader.event_names()?)))
        .await?;
    let events = names.into_iter().map(|name| EventRow::new(name, false));
    let body = EventsBody {
        events: events.collect(),
    };
    Ok(at(now, json(StatusCode::OK, &Data::new(body))))
}

async fn show(scope: Scope, identifier: Result<Path<String>, PathRejection>) -> HandlerResult {
    let Path(name) = identifier.map_err(path_refused)?;
    let wanted = name.clone();
    let (now, seen) = scope
        .read(move |reader| Ok((reader.now, reader.has_event(&wanted)?)))
        .await?;
    if !seen {
        // Documented word for word.
        let error = format!("Event '{name}' not found");
        return Err(ApiErrorResponse::documented(StatusCode::NOT_FOUND, error));
    }
    let body = EventBody {
        event: EventRow::new(name, true),
    };
    Ok(at(now, json(StatusCode::OK, &Data::new(body))))
}
