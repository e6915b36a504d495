//! `/v1/events`. The simulator has no event definitions, so it returns the events that were sent. The bodies have the
//! format in the service's skill file.

use http::StatusCode;
use serde::Serialize;

use super::Data;
use crate::model::Channel;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::ok;
use crate::simulator::store::Scope;

/// The list of events.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventsData {
    /// The events that were sent, sorted by `identifier`.
    events: Vec<EventRow>,
}

/// The details of one event.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventData {
    /// The requested event.
    event: EventRow,
}

/// An event that was sent at least once.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventRow {
    /// The name of the event in requests, such as `welcome`.
    identifier: String,
    /// The name to display. Always the same as `identifier`, because the simulator has no event definitions.
    name: String,
    /// Every channel, in the order in which a send tries them.
    channels: &'static [Channel],
    /// One template per channel. Omitted in the list of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    templates: Option<Vec<Template>>,
}

/// The template of an event for one channel.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Template {
    /// The channel of the template.
    channel: &'static Channel,
    /// The name of the template. Always the name of the event, because the simulator has no templates.
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
