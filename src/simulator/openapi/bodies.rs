//! Schemas of request bodies that have no serde type. Their handlers check each field separately, so that the error
//! names the invalid field. The types in this file exist only for their schemas.
#![expect(dead_code, reason = "no value of these types is made")]

use schemars::{JsonSchema, Schema};

use crate::model::SendRequest;
use crate::simulator::webhook_events::EventKind;

// The simulator accepts a send without `payload`, which this program and the official SDKs always send.
/// A send. Without `to`, the event is sent to its listeners, the recipients in the event's definition.
#[derive(JsonSchema)]
#[schemars(transform = make_optional)]
pub struct SendBody(SendRequest);

/// Fields of a contact. Unknown fields are added to `meta`, with names in camelCase. Null removes a field.
#[derive(JsonSchema)]
pub struct ContactInput {
    /// The UUID that Sendivent assigned to the contact.
    #[schemars(extend("format" = "uuid"))]
    uuid: Option<String>,
    /// An alias of `external_id`.
    id: Option<Id>,
    /// The caller's own id of the contact, such as `user_1`.
    external_id: Option<Id>,
    /// An alias of `external_id`.
    #[schemars(rename = "externalId")]
    external_id_in_camel_case: Option<Id>,
    /// An email address, or `sim:<scenario>`.
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// A phone number in E.164 format, such as `+46701234567`, or `sim:<scenario>`.
    #[schemars(regex(pattern = r"^(\+[1-9][0-9]{6,14}|sim:.*)$"))]
    phone: Option<String>,
    /// The id of a Slack user, such as `U12345678`.
    slack_id: Option<Id>,
    /// An alias of `slack_id`.
    slack: Option<Id>,
    /// The id of a Telegram chat, such as `123456`.
    telegram: Option<Id>,
    /// The id of a Discord user.
    discord: Option<Id>,
    /// A push token to put before the existing ones.
    #[schemars(regex(pattern = r"\S"))]
    push_token: Option<String>,
    /// Replaces all push tokens of the contact.
    #[schemars(inner(regex(pattern = r"\S")))]
    push_tokens: Option<Vec<String>>,
    /// The full name, such as `Ada Lovelace`.
    name: Option<String>,
    /// The first name. Defaults to the first word of `name`.
    first_name: Option<String>,
    /// The last name. Defaults to `name` without its first word.
    last_name: Option<String>,
    /// The URL of a picture. Defaults to the Gravatar URL for `email`.
    avatar: Option<String>,
    /// The name to display for the contact.
    username: Option<String>,
    /// The language in which the contact receives messages, such as `sv`.
    language: Option<String>,
    /// Custom fields. Replaces all custom fields of the contact.
    meta: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(JsonSchema)]
#[schemars(extend("type" = ["string", "integer"], "pattern" = r"\S"))]
struct Id(String);

/// Fields of a contact to create or to update. At least one of `email`, `phone` and `external_id` is required.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["email"]},
    {"required": ["phone"]},
    {"required": ["external_id"]},
    {"required": ["externalId"]},
    {"required": ["id"]},
]))]
pub struct NewContact(ContactInput);

/// A webhook endpoint to create.
#[derive(JsonSchema)]
#[schemars(extend("required" = ["url", "enabled_events"]))]
pub struct NewEndpoint {
    /// The URL to which the simulator posts events.
    #[schemars(url, length(max = 2048), regex(pattern = "^https?://[A-Za-z0-9]"))]
    url: String,
    /// The names of the events to post, such as `delivery.delivered`.
    #[schemars(length(min = 1), extend("items" = {"type": "string", "enum": EventKind::ALL.map(EventKind::as_str)}))]
    enabled_events: Vec<String>,
    /// Whether events are posted to the endpoint; true by default.
    is_active: bool,
    /// A note for people, which has no effect on deliveries.
    #[schemars(length(max = 2048))]
    description: Option<String>,
}

/// Changes to a webhook endpoint. An omitted field stays unchanged.
#[derive(JsonSchema)]
#[schemars(transform = make_optional)]
pub struct EndpointInput(NewEndpoint);

fn make_optional(schema: &mut Schema) {
    schema.remove("required");
}
