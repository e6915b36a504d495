//! The table of routes, from which both the router and the OpenAPI document are built.

use std::sync::Arc;

use axum::routing::MethodRouter;
#[cfg(test)]
use serde_json::{Value, json};

#[cfg(test)]
use super::handlers::Data;
use super::handlers::{
    cancel, clock, contacts, control, events, messages, notifications, send, suppressions,
};
use super::metrics::metrics;
#[cfg(test)]
use super::openapi::{bodies, operation::Operation};
use super::store::Store;
use super::webhooks::{control as webhook_control, endpoints};
#[cfg(test)]
use crate::{
    api::control::{
        ChangedResponse, ClockRequest, ClockState, MessagesResponse, ResetResponse, Statistics,
        SuppressionRequest, SuppressionsResponse, TimelineResponse,
    },
    api::webhooks::{DeliveriesResponse, DeliveryDetail, TriggerRequest, WebhookResponse},
    api::{CancelRequest, CancelResponse, SendResponse},
    model::{Channel, Notification},
};

/// A path and a method, with their handler. The macro `routes!` creates routes.
pub struct Route {
    /// The template of the path, such as `/v1/send/{event}`.
    pub path: &'static str,
    /// The handler of the request. It accepts the route's method only.
    pub handler: MethodRouter<Arc<Store>>,
    /// The HTTP method in lower case, as OpenAPI requires it.
    #[cfg(test)]
    pub method: &'static str,
    #[cfg(test)]
    pub operation: Operation,
}

/// Creates an array of [`Route`]s from rows of the form `method path handler => operation;`. A row without an operation
/// does not compile. Operations are compiled in tests only, so that they do not make the release binary larger.
macro_rules! routes {
    ($($method:ident $path:literal $handler:expr => $operation:expr;)*) => {
        [$(Route {
            path: $path,
            handler: axum::routing::$method($handler),
            #[cfg(test)]
            method: stringify!($method),
            #[cfg(test)]
            operation: $operation,
        }),*]
    };
}

pub fn routes() -> impl Iterator<Item = Route> {
    api_routes().into_iter().chain(control_routes())
}

fn api_routes() -> impl IntoIterator<Item = Route> {
    routes! {
        post "/v1/send/{event}" send::send => send_operation("send", "Send an event");
        post "/v1/send/{event}/{channel}" send::send =>
            send_operation("sendOverChannel", "Send an event over one channel")
                .path_param_of("channel", "The only channel to use.", json!({"type": "string", "enum": Channel::ALL}));
        get "/v1/notifications/{id}" notifications::show =>
            Operation::new::<Notification>("notification", "Get a notification with its messages")
                .path_param("id", "The id of the notification.");
        post "/v1/cancel/{event}" cancel::cancel =>
            Operation::new::<CancelResponse>("cancel", "Cancel the queued messages of an event to a recipient")
                .path_param_of("event", "The name of the event.", event_name())
                .body::<CancelRequest>()
                .example("address", json!({"to": "queued@simulator.test"}));

        get "/v1/contacts" contacts::list =>
            Operation::new::<Data<contacts::ContactsData>>("contacts", "List or search contacts")
                .query("limit", "The maximum number of contacts.", integer(1, 100, 50))
                .query("offset", "The number of contacts to skip.", integer(0, u32::MAX, 0))
                .query("search", "A part of a name, an address, a number or an external id.", json!({"type": "string"}));
        post "/v1/contacts" contacts::upsert =>
            Operation::new::<contacts::ContactResponse>("upsertContact", "Create a contact, or update the contact with one of the identifiers")
                .body::<bodies::NewContact>()
                .example("contact", json!({
                    "external_id": "user_1", "email": "jane@example.com", "phone": "+46701234567", "name": "Jane Doe",
                    "signup_plan": "pro", "meta": {"a_b": 1},
                }))
                .links(
                    "identifier", "$response.body#/contact/uuid",
                    &["contact", "updateContact", "deleteContact", "addPushToken"],
                );
        get "/v1/contacts/{identifier}" contacts::show => contact_operation("contact", "Get a contact");
        patch "/v1/contacts/{identifier}" contacts::update =>
            contact_operation("updateContact", "Update the given fields of a contact").body::<bodies::ContactInput>();
        delete "/v1/contacts/{identifier}" contacts::delete =>
            Operation::new::<contacts::DeletedResponse>("deleteContact", "Delete a contact")
                .path_param("identifier", CONTACT_IDENTIFIER);
        post "/v1/contacts/{identifier}/push-tokens" contacts::add_push_token =>
            contact_operation("addPushToken", "Add a push token to a contact").body::<contacts::PushToken>();
        delete "/v1/contacts/{identifier}/push-tokens" contacts::remove_push_token =>
            contact_operation("removePushToken", "Remove a push token from a contact").body::<contacts::PushToken>();

        get "/v1/events" events::list =>
            Operation::new::<Data<events::EventsData>>("events", "List the events that were sent");
        get "/v1/events/{identifier}" events::show =>
            Operation::new::<Data<events::EventData>>("event", "Get an event that was sent")
                .path_param("identifier", "The name of the event.");

        get "/v1/webhooks" endpoints::show => Operation::new::<WebhookResponse>("webhook", "Get the webhook endpoint");
        post "/v1/webhooks" endpoints::create =>
            Operation::new::<WebhookResponse>("createWebhook", "Create the webhook endpoint")
                .body::<bodies::NewEndpoint>()
                .success("201", "The endpoint is created. No other response contains its secret.")
                .links("uuid", "$response.body#/webhook/uuid", &["updateWebhook", "deleteWebhook"])
                .error("409", "The application has an endpoint already.");
        patch "/v1/webhooks/{uuid}" endpoints::change =>
            Operation::new::<WebhookResponse>("updateWebhook", "Update the given fields of the webhook endpoint")
                .path_param("uuid", "The id of the endpoint.")
                .body::<bodies::EndpointInput>();
        delete "/v1/webhooks/{uuid}" endpoints::delete =>
            Operation::new::<WebhookResponse>("deleteWebhook", "Delete the webhook endpoint and its pending deliveries")
                .path_param("uuid", "The id of the endpoint.");
    }
}

fn control_routes() -> impl IntoIterator<Item = Route> {
    routes! {
        get "/_simulator/messages" messages::list =>
            selection(Operation::new::<MessagesResponse>("messages", "List messages, newest first"));
        get "/_simulator/statistics" messages::statistics =>
            selection(Operation::new::<Statistics>("statistics", "Count messages"));
        get "/_simulator/metrics" metrics =>
            Operation {
                content_type: "text/plain",
                description: "Prometheus text format, version 0.0.4: the gauges sendivent_messages, sendivent_notifications \
                    and sendivent_webhook_deliveries of the key's namespace.",
                ..Operation::new::<String>("metrics", "Count messages, notifications and webhook deliveries, for Prometheus")
            };
        get "/_simulator/notifications/{id}/timeline" messages::timeline =>
            Operation::new::<TimelineResponse>("timeline", "Get the timelines of a notification's messages, including the future")
                .path_param("id", "The id of the notification.");

        get "/_simulator/clock" clock::show =>
            Operation::new::<ClockState>("clock", "Get the clock, which all namespaces share");
        post "/_simulator/clock" clock::command =>
            Operation::new::<ClockState>("commandClock", "Freeze, resume, advance or speed up the clock").body::<ClockRequest>();
        get "/_simulator/suppressions" suppressions::list =>
            Operation::new::<SuppressionsResponse>("suppressions", "Get the suppression list");
        post "/_simulator/suppressions" suppressions::command =>
            Operation::new::<ChangedResponse>("commandSuppressions", "Add to the suppression list, or remove from it")
                .body::<SuppressionRequest>();
        post "/_simulator/reset" control::reset =>
            Operation::new::<ResetResponse>("reset", "Delete the contents of the key's namespace, and reset the clock if it is the main one")
                .query("all", "Delete every namespace, and reset the clock.", json!({"type": "boolean", "default": false}))
                .ignored_body("Ignored, and optional. The Content-Type is required, so that a web page cannot send this request.");
        get "/_simulator/ready" control::ready =>
            Operation::new::<control::ReadyResponse>("ready", "Check that requests are accepted");
        get "/_simulator/openapi.json" control::openapi =>
            Operation {
                uses_store: false,
                ..Operation::new::<serde_json::Map<String, Value>>("openapi", "Get this document")
            };

        get "/_simulator/webhooks" webhook_control::list =>
            Operation::new::<DeliveriesResponse>("webhookDeliveries", "List webhook deliveries, newest first")
                .query("limit", "The maximum number of deliveries.", integer(1, 1000, 50));
        post "/_simulator/webhooks/trigger" webhook_control::trigger =>
            Operation::new::<DeliveryDetail>("triggerWebhook", "Deliver a synthetic event to the endpoint now")
                .body::<TriggerRequest>()
                .error("409", "There is no active endpoint.");
        get "/_simulator/webhooks/{id}" webhook_control::show =>
            Operation::new::<DeliveryDetail>("webhookDelivery", "Get a webhook delivery with its payload and every attempt")
                .path_param("id", "The id of the delivery.");
        post "/_simulator/webhooks/{id}/replay" webhook_control::replay =>
            Operation::new::<DeliveryDetail>("replayWebhook", "Deliver again now: the same payload, a new id and a new signature")
                .path_param("id", "The id of the delivery.")
                .error("409", "The event has not happened yet, or its endpoint was deleted.");
    }
}

pub fn has_route(path: &str) -> bool {
    routes().any(|route| matches(route.path, path))
}

/// Returns whether a path matches a template such as `/v1/send/{event}`. A parameter such as `{event}` matches exactly
/// one segment, which must not be empty.
pub fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(expected, segment)| {
            expected == segment || expected.starts_with('{') && !segment.is_empty()
        })
}

#[cfg(test)]
fn integer(minimum: u32, maximum: u32, default: u32) -> Value {
    json!({"type": "integer", "minimum": minimum, "maximum": maximum, "default": default})
}

#[cfg(test)]
fn event_name() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"})
}

#[cfg(test)]
#[rustfmt::skip]
fn send_operation(id: &'static str, summary: &'static str) -> Operation {
    Operation::new::<SendResponse>(id, summary)
        .path_param_of("event", "The name of the event.", event_name())
        .parameter(
            "header", "X-Idempotency-Key", "A repeated send with the same key gets the response of the first one, for 24 hours of virtual time.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}),
        )
        .body::<bodies::SendBody>()
        .example("address", json!({"to": "ada@example.com", "payload": {"name": "Ada"}}))
        .example("contact", json!({
            "to": {
                "id": "user_1", "email": "ada@example.com", "phone": "+46701234567", "slack_id": "U12345678",
                "telegram": 7, "discord": "8", "push_token": "t",
            },
            "payload": {},
            "language": "sv",
        }))
        .example("several", json!({"to": ["sim:delivered", "sim:bounced"], "payload": {}}))
        .example("listeners", json!({"payload": {}}))
        .success("200", "The send is accepted and stored. A recipient of the domain `simulator.test` may request an invalid body.")
        .links("id", "$response.body#/id", &["notification", "timeline"])
        .links("identifier", "$response.body#/event", &["event"])
        .error("402", "Requested by a recipient: the quota is used up.")
        .error("403", "Requested by a recipient: the subscription is inactive.")
        .error("404", "Requested by a recipient: the event is unknown.")
        .error("409", "The idempotency key was used for another request, or a recipient requested this error.")
        .error("422", "Requested by a recipient.")
        .error("429", "Requested by a recipient: too many requests.")
        .error("4XX", "Requested by a recipient: `+1500555`, `04` and two digits.")
        .error("500", "Requested by a recipient.")
        .error("502", "Requested by a recipient: an HTML page, as a gateway returns it.")
        .error("504", "Requested by a recipient.")
        .error("5XX", "Requested by a recipient: `+1500555`, `05` and two digits.")
}

#[cfg(test)]
const CONTACT_IDENTIFIER: &str =
    "A UUID, an external id, an address, a number or the id of a Slack user; URL-encoded.";

#[cfg(test)]
fn contact_operation(id: &'static str, summary: &'static str) -> Operation {
    Operation::new::<contacts::ContactResponse>(id, summary)
        .path_param("identifier", CONTACT_IDENTIFIER)
}

#[cfg(test)]
#[rustfmt::skip]
fn selection(operation: Operation) -> Operation {
    let time = json!({"type": "integer", "format": "int64", "description": "Milliseconds since the Unix epoch."});
    let text = json!({"type": "string"});
    operation
        .query("limit", "The maximum number of messages; `statistics` ignores it.", integer(1, 10_000, 50))
        .query("since", "Queued at or after this time.", time.clone())
        .query("until", "Queued before this time.", time.clone())
        .query("status", "Statuses, separated by commas.", text.clone())
        .query("channel", "Channels, separated by commas.", text.clone())
        .query("event", "The name of an event.", text.clone())
        .query("to", "The identifier of a recipient.", text)
        .query("changed_after", "Changed after this time; the oldest change first.", time)
        .query(
            "at_end",
            "Read statuses, reasons and times at the end of each timeline, not as they are now. Messages that stay \
             queued forever stay queued. Cannot be combined with `changed_after`.",
            json!({"type": "boolean", "default": false}),
        )
}
