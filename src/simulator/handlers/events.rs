//! `/v1/events`: the events that were sent so far. The bodies are those of the service's skill file.

use http::StatusCode;
use serde::Serialize;

use super::Data;
use crate::model::Channel;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::ok;
use crate::simulator::store::Scope;

/// `GET /v1/events`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventsData {
    /// In the order of their names.
    events: Vec<EventRow>,
}

/// `GET /v1/events/{identifier}`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventData {
    /// The event.
    event: EventRow,
}

/// An event that was sent.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventRow {
    /// The name that requests use.
    identifier: String,
    /// The name for display; without a definition of the event, its identifier (assumed).
    name: String,
    /// In the order in which routing tries them.
    channels: &'static [Channel],
    /// One for each channel, named after the event (assumed). Only for a single event.
    #[serde(skip_serializing_if = "Option::is_none")]
    templates: Option<Vec<Template>>,
}

/// A template of an event.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Template {
    /// The channel that it is for.
    channel: &'static Channel,
    /// Its name.
    name: String,
}

impl EventRow {
    fn new(name: String, with_templates: bool) -> Self {
        let template = |channel| Template {
            channel,
            name: name.clone(),
        };
        Self {
            templates: with_templates.then(|| Channel::ALL.iter().map(template).collect()),
            identifier: name.clone(),
            name,
            channels: &Channel::ALL,
        }
    }
}

pub async fn list(scope: Scope) -> HandlerResult {
    let (now, names) = scope.read(|reader| reader.event_names()).await?;
    let events = names.into_iter().map(|name| EventRow::new(name, false));
    let body = EventsData {
        events: events.collect(),
    };
    Ok(ok(now, &Data::new(body)))
}

pub async fn show(scope: Scope, identifier: PathParams) -> HandlerResult {
    let name = extract::path(identifier)?;
    let event = name.clone();
    let (now, exists) = scope.read(move |reader| reader.has_event(&event)).await?;
    if !exists {
        // The documented text, verbatim.
        let error = format!("Event '{name}' not found");
        return Err(ApiErrorResponse::documented(StatusCode::NOT_FOUND, error));
    }
    let body = EventData {
        event: EventRow::new(name, true),
    };
    Ok(ok(now, &Data::new(body)))
}
