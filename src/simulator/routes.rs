//! The table of routes. The router and the OpenAPI document are both built from it.

#[cfg(test)]
use serde_json::json;

use super::handlers::{
    cancel, clock, contacts, control, events, messages, notifications, send, suppressions,
};
use super::metrics::metrics;
#[cfg(test)]
use super::openapi::{bodies, operation::Operation};
use super::paths::matches;
use super::route::{Route, route};
use super::webhooks::{control as webhook_control, endpoints};
#[cfg(test)]
use crate::api::control::{
    ChangedResponse, ClockRequest, ClockState, MessagesResponse, ResetResponse, Statistics,
    SuppressionRequest, SuppressionsResponse, TimelineResponse,
};
#[cfg(test)]
use crate::api::webhooks::{DeliveriesResponse, DeliveryDetail, TriggerRequest, WebhookResponse};
#[cfg(test)]
use crate::api::{CancelRequest, CancelResponse, SendResponse};
#[cfg(test)]
use crate::model::{Channel, Notification};

/// Returns all routes.
pub fn routes() -> impl Iterator<Item = Route> {
    send_routes()
        .into_iter()
        .chain(contact_routes())
        .chain(event_routes())
        .chain(endpoint_routes())
        .chain(message_routes())
        .chain(control_routes())
        .chain(delivery_routes())
}

/// Returns whether a path has a route.
pub fn has_route(path: &str) -> bool {
    routes().any(|route| matches(route.path, path))
}

fn send_routes() -> [Route; 4] {
    [
        route!(
            post,
            "/v1/send/{event}",
            send::send,
            send_operation("send", "Send an event")
        ),
        route!(
            post,
            "/v1/send/{event}/{channel}",
            send::send_over_channel,
            send_operation("sendOverChannel", "Send an event over one channel").path_param_of(
                "channel",
                "The only channel to use.",
                &json!({"type": "string", "enum": Channel::ALL}),
            ),
        ),
        route!(
            get,
            "/v1/notifications/{id}",
            notifications::show,
            Operation::new::<Notification>("notification", "Get a notification with its messages")
                .path_param("id", "The id of the notification.")
                .not_found(),
        ),
        route!(
            post,
            "/v1/cancel/{event}",
            cancel::cancel,
            Operation::new::<CancelResponse>(
                "cancel",
                "Cancel what is still queued of an event for a recipient"
            )
            .path_param_of("event", "The name of the event.", &event_name())
            .body::<CancelRequest>()
            .example("address", json!({"to": "queued@simulator.test"})),
        ),
    ]
}

#[cfg(test)]
fn integer(minimum: u32, maximum: u32, default: u32) -> serde_json::Value {
    json!({"type": "integer", "minimum": minimum, "maximum": maximum, "default": default})
}

#[cfg(test)]
fn event_name() -> serde_json::Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"})
}

#[cfg(test)]
fn send_operation(id: &'static str, summary: &'static str) -> Operation {
    Operation::new::<SendResponse>(id, summary)
        .path_param_of("event", "The name of the event.", &event_name())
        .header(
            "X-Idempotency-Key",
            "Sends with the same key are one send, for 24 hours of virtual time.",
            &json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}),
        )
        .body::<bodies::SendBody>()
        .example("address", json!({"to": "ada@example.com", "payload": {"name": "Ada"}}))
        .example(
            "contact",
            json!({
                "to": {
                    "id": "user_1", "email": "ada@example.com", "phone": "+46701234567", "slack_id": "U12345678",
                    "telegram": 7, "discord": "8", "push_token": "t",
                },
                "payload": {},
                "language": "sv",
            }),
        )
        .example("several", json!({"to": ["sim:delivered", "sim:bounced"], "payload": {}}))
        .example("listeners", json!({"payload": {}}))
        .success(
            "The send is accepted and stored. A recipient of the domain `simulator.test` may request an invalid body.",
        )
        .link("notification", "id", "$response.body#/id")
        .link("timeline", "id", "$response.body#/id")
        .link("event", "identifier", "$response.body#/event")
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

fn contact_routes() -> [Route; 7] {
    [
        route!(
            get, "/v1/contacts",
            contacts::list,
            Operation::new::<contacts::ContactsResponse>("contacts", "List or search contacts")
                .query("limit", "The maximum number of contacts.", &integer(1, 100, 50))
                .query("offset", "The number of contacts to skip.", &integer(0, u32::MAX, 0))
                .query("search", "A part of a name, an address, a number or an external id.", &json!({"type": "string"})),
        ),
        route!(
            post, "/v1/contacts",
            contacts::upsert,
            Operation::new::<contacts::ContactResponse>("upsertContact", "Create a contact, or update the one with such an identifier")
                .body::<bodies::NewContact>()
                .example("contact", json!({
                    "external_id": "user_1", "email": "jane@example.com", "phone": "+46701234567", "name": "Jane Doe",
                    "signup_plan": "pro", "meta": {"a_b": 1},
                }))
                .link("contact", "identifier", "$response.body#/contact/uuid")
                .link("updateContact", "identifier", "$response.body#/contact/uuid")
                .link("deleteContact", "identifier", "$response.body#/contact/uuid")
                .link("addPushToken", "identifier", "$response.body#/contact/uuid"),
        ),
        route!(
            get, "/v1/contacts/{identifier}",
            contacts::show,
            contact_operation("contact", "Get a contact"),
        ),
        route!(
            patch, "/v1/contacts/{identifier}",
            contacts::update,
            contact_operation("updateContact", "Update the fields of a contact that are given")
                .body::<bodies::ContactInput>(),
        ),
        route!(
            delete, "/v1/contacts/{identifier}",
            contacts::delete,
            Operation::new::<contacts::DeletedResponse>("deleteContact", "Delete a contact")
                .path_param("identifier", CONTACT_IDENTIFIER)
                .not_found(),
        ),
        route!(
            post, "/v1/contacts/{identifier}/push-tokens",
            contacts::add_push_token,
            contact_operation("addPushToken", "Add a push token to a contact").body::<bodies::PushToken>(),
        ),
        route!(
            delete, "/v1/contacts/{identifier}/push-tokens",
            contacts::remove_push_token,
            contact_operation("removePushToken", "Remove a push token from a contact").body::<bodies::PushToken>(),
        ),
    ]
}

#[cfg(test)]
const CONTACT_IDENTIFIER: &str =
    "A UUID, an external id, an address, a number or the id of a Slack user; URL-encoded.";

#[cfg(test)]
fn contact_operation(id: &'static str, summary: &'static str) -> Operation {
    Operation::new::<contacts::ContactResponse>(id, summary)
        .path_param("identifier", CONTACT_IDENTIFIER)
        .not_found()
}

fn event_routes() -> [Route; 2] {
    [
        route!(
            get,
            "/v1/events",
            events::list,
            Operation::new::<events::EventsResponse>("events", "List the events that were sent"),
        ),
        route!(
            get,
            "/v1/events/{identifier}",
            events::show,
            Operation::new::<events::EventResponse>("event", "Get an event that was sent")
                .path_param("identifier", "The name of the event.")
                .not_found(),
        ),
    ]
}

fn endpoint_routes() -> [Route; 4] {
    [
        route!(
            get,
            "/v1/webhooks",
            endpoints::show,
            Operation::new::<WebhookResponse>("webhook", "Get the webhook endpoint"),
        ),
        route!(
            post,
            "/v1/webhooks",
            endpoints::create,
            Operation::new::<WebhookResponse>("createWebhook", "Create the webhook endpoint")
                .body::<bodies::NewEndpoint>()
                .created()
                .success("The endpoint is created. No other response contains its secret.")
                .link("updateWebhook", "uuid", "$response.body#/webhook/uuid")
                .link("deleteWebhook", "uuid", "$response.body#/webhook/uuid")
                .error("409", "The application has an endpoint already."),
        ),
        route!(
            patch,
            "/v1/webhooks/{uuid}",
            endpoints::change,
            endpoint_operation(
                "updateWebhook",
                "Update the fields of the webhook endpoint that are given"
            )
            .body::<bodies::EndpointInput>(),
        ),
        route!(
            delete,
            "/v1/webhooks/{uuid}",
            endpoints::delete,
            endpoint_operation(
                "deleteWebhook",
                "Delete the webhook endpoint and its pending deliveries"
            ),
        ),
    ]
}

#[cfg(test)]
fn endpoint_operation(id: &'static str, summary: &'static str) -> Operation {
    Operation::new::<WebhookResponse>(id, summary)
        .path_param("uuid", "The id of the endpoint.")
        .not_found()
}

fn message_routes() -> [Route; 4] {
    [
        route!(
            get,
            "/_simulator/messages",
            messages::list,
            selection(Operation::new::<MessagesResponse>(
                "messages",
                "List messages, newest first"
            )),
        ),
        route!(
            get,
            "/_simulator/statistics",
            messages::statistics,
            selection(Operation::new::<Statistics>("statistics", "Count messages")),
        ),
        route!(
            get,
            "/_simulator/metrics",
            metrics,
            Operation::new::<bodies::PlainText>(
                "metrics",
                "Count messages, notifications and webhook deliveries, for Prometheus",
            )
            .content_type("text/plain"),
        ),
        route!(
            get,
            "/_simulator/notifications/{id}/timeline",
            messages::timeline,
            Operation::new::<TimelineResponse>(
                "timeline",
                "Get the timelines of a notification's messages, including the future"
            )
            .path_param("id", "The id of the notification.")
            .not_found(),
        ),
    ]
}

#[cfg(test)]
fn selection(operation: Operation) -> Operation {
    let time = json!({"type": "integer", "format": "int64", "description": "Milliseconds since the Unix epoch."});
    let text = json!({"type": "string"});
    operation
        .query("limit", "The maximum number of messages; `statistics` ignores it.", &integer(1, 10_000, 50))
        .query("since", "Queued at or after this time.", &time)
        .query("until", "Queued before this time.", &time)
        .query("status", "Statuses, separated by commas.", &text)
        .query("channel", "Channels, separated by commas.", &text)
        .query("event", "The name of an event.", &text)
        .query("to", "The identifier of a recipient.", &text)
        .query("changed_after", "Changed after this time; the oldest change first.", &time)
        .query(
            "at_end",
            "Read statuses, reasons and times at the end of each timeline, not as they are now. Messages that stay \
             queued forever stay queued. Cannot be combined with `changed_after`.",
            &json!({"type": "boolean", "default": false}),
        )
}

fn control_routes() -> [Route; 7] {
    [
        route!(
            get, "/_simulator/clock",
            clock::show,
            Operation::new::<ClockState>("clock", "Get the clock, which all namespaces share"),
        ),
        route!(
            post, "/_simulator/clock",
            clock::command,
            Operation::new::<ClockState>("commandClock", "Freeze, resume, advance or speed up the clock")
                .body::<ClockRequest>(),
        ),
        route!(
            get, "/_simulator/suppressions",
            suppressions::list,
            Operation::new::<SuppressionsResponse>("suppressions", "Get the suppression list"),
        ),
        route!(
            post, "/_simulator/suppressions",
            suppressions::command,
            Operation::new::<ChangedResponse>("commandSuppressions", "Add to the suppression list, or remove from it")
                .body::<SuppressionRequest>(),
        ),
        route!(
            post, "/_simulator/reset",
            control::reset,
            Operation::new::<ResetResponse>(
                "reset",
                "Delete the contents of the key's namespace, and reset the clock if it is the main one",
            )
            .query("all", "Delete every namespace, and reset the clock.", &json!({"type": "boolean", "default": false}))
            .ignored_body("Ignored, and optional. The Content-Type is required, so that a web page cannot send this request."),
        ),
        route!(
            get, "/_simulator/ready",
            control::ready,
            Operation::new::<control::ReadyResponse>("ready", "Check that requests are accepted"),
        ),
        route!(
            get, "/_simulator/openapi.json",
            control::openapi,
            Operation::new::<bodies::AnyObject>("openapi", "Get this document").constant(),
        ),
    ]
}

fn delivery_routes() -> [Route; 4] {
    [
        route!(
            get,
            "/_simulator/webhooks",
            webhook_control::list,
            Operation::new::<DeliveriesResponse>(
                "webhookDeliveries",
                "List webhook deliveries, newest first"
            )
            .query(
                "limit",
                "The maximum number of deliveries.",
                &integer(1, 1000, 50)
            ),
        ),
        route!(
            post,
            "/_simulator/webhooks/trigger",
            webhook_control::trigger,
            Operation::new::<DeliveryDetail>(
                "triggerWebhook",
                "Deliver a made-up event to the endpoint now"
            )
            .body::<TriggerRequest>()
            .error("409", "There is no active endpoint."),
        ),
        route!(
            get,
            "/_simulator/webhooks/{id}",
            webhook_control::show,
            delivery_operation(
                "webhookDelivery",
                "Get a webhook delivery with its payload and every attempt"
            ),
        ),
        route!(
            post,
            "/_simulator/webhooks/{id}/replay",
            webhook_control::replay,
            delivery_operation(
                "replayWebhook",
                "Deliver again now: the same payload, a new id and a new signature"
            )
            .error(
                "409",
                "The event has not happened yet, or its endpoint was deleted."
            ),
        ),
    ]
}

#[cfg(test)]
fn delivery_operation(id: &'static str, summary: &'static str) -> Operation {
    Operation::new::<DeliveryDetail>(id, summary)
        .path_param("id", "The id of the delivery.")
        .not_found()
}
