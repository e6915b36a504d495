//! Bodies of requests without a serde type: handlers check their fields one by one, so that an error names the field. The
//! types here only have schemas.
#![expect(dead_code, reason = "no value of these types is made")]

use schemars::{JsonSchema, Schema};

use crate::model::SendRequest;
use crate::simulator::webhook_events::EventKind;

/// A send. Without `to`, it goes to the event's listeners.
// The simulator accepts a send without `payload`, which this program and the official SDKs always send.
#[derive(JsonSchema)]
#[schemars(transform = make_optional)]
pub struct SendBody(SendRequest);

/// Fields of a contact. Unknown fields are merged into `meta`, in camelCase; null removes a field.
#[derive(JsonSchema)]
pub struct ContactInput {
    /// Sendivent's id of the contact.
    #[schemars(extend("format" = "uuid"))]
    uuid: Option<String>,
    /// Another name of `external_id`.
    id: Option<Id>,
    /// The caller's own id of the contact.
    external_id: Option<Id>,
    /// Another name of `external_id`.
    #[schemars(rename = "externalId")]
    external_id_in_camel_case: Option<Id>,
    /// An email address, or `sim:<scenario>`.
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// A phone number in E.164, or `sim:<scenario>`.
    #[schemars(regex(pattern = r"^(\+[1-9][0-9]{6,14}|sim:.*)$"))]
    phone: Option<String>,
    /// The id of a Slack user.
    slack_id: Option<Id>,
    /// Another name of `slack_id`.
    slack: Option<Id>,
    /// The id of a Telegram chat.
    telegram: Option<Id>,
    /// The id of a Discord user.
    discord: Option<Id>,
    /// A push token to add.
    #[schemars(regex(pattern = r"\S"))]
    push_token: Option<String>,
    /// All push tokens.
    #[schemars(inner(regex(pattern = r"\S")))]
    push_tokens: Option<Vec<String>>,
    /// The full name.
    name: Option<String>,
    /// The first name.
    first_name: Option<String>,
    /// The last name.
    last_name: Option<String>,
    /// The URL of a picture.
    avatar: Option<String>,
    /// A name for display.
    username: Option<String>,
    /// The language of templates.
    language: Option<String>,
    /// Replaces the contact's `meta`.
    meta: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(JsonSchema)]
#[schemars(extend("type" = ["string", "integer"], "pattern" = r"\S"))]
struct Id(String);

/// Fields of a contact, with one of its identifiers at least.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["email"]},
    {"required": ["phone"]},
    {"required": ["external_id"]},
    {"required": ["externalId"]},
    {"required": ["id"]},
]))]
pub struct NewContact(ContactInput);

/// A webhook endpoint.
#[derive(JsonSchema)]
#[schemars(extend("required" = ["url", "enabled_events"]))]
pub struct NewEndpoint {
    /// The URL that events are posted to.
    #[schemars(url, length(max = 2048), regex(pattern = "^https?://[A-Za-z0-9]"))]
    url: String,
    /// The names of the events to post.
    #[schemars(length(min = 1), extend("items" = {"type": "string", "enum": EventKind::ALL.map(EventKind::as_str)}))]
    enabled_events: Vec<String>,
    /// Whether events are posted; true by default.
    is_active: bool,
    /// For display.
    #[schemars(length(max = 2048))]
    description: Option<String>,
}

/// Changes to a webhook endpoint.
#[derive(JsonSchema)]
#[schemars(transform = make_optional)]
pub struct EndpointInput(NewEndpoint);

fn make_optional(schema: &mut Schema) {
    schema.remove("required");
}
