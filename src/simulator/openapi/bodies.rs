//! Bodies without a serde type: handlers read and write them field by field, because their fields are open.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::model::SendRequest;
use crate::simulator::webhook_events::EventKind;

/// Defines a type that has a schema and no values.
macro_rules! body {
    ($name:ident, $schema:expr) => {
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                $schema(generator)
            }
        }
    };
}

body!(SendBody, |generator: &mut SchemaGenerator| {
    let mut schema = SendRequest::json_schema(generator);
    // The simulator accepts a send without `payload`, which this program and the official SDKs always send.
    schema.remove("required");
    schema.insert(
        "description".to_owned(),
        json!("A send. Without `to`, it goes to the event's listeners."),
    );
    schema
});

body!(ContactInput, |_: &mut SchemaGenerator| {
    let identifier = |description: &str| json!({"type": ["string", "integer", "null"], "pattern": "\\S", "description": description});
    let text = |description: &str| json!({"type": ["string", "null"], "description": description});
    json_schema!({
        "description": "Fields of a contact. Unknown fields are merged into `meta`, in camelCase; null removes a field.",
        "type": "object",
        "properties": {
            "uuid": {"type": ["string", "null"], "format": "uuid", "description": "Sendivent's id of the contact."},
            "id": identifier("Another name of `external_id`."),
            "external_id": identifier("The caller's own id of the contact."),
            "externalId": identifier("Another name of `external_id`."),
            "email": {"type": ["string", "null"], "format": "email", "description": "An email address, or `sim:<scenario>`."},
            "phone": {
                "type": ["string", "null"], "pattern": r"^(\+[1-9][0-9]{6,14}|sim:.*)$",
                "description": "A phone number in E.164, or `sim:<scenario>`.",
            },
            "slack_id": identifier("The id of a Slack user."),
            "slack": identifier("Another name of `slack_id`."),
            "telegram": identifier("The id of a Telegram chat."),
            "discord": identifier("The id of a Discord user."),
            "push_token": {"type": ["string", "null"], "pattern": "\\S", "description": "A push token to add."},
            "push_tokens": {
                "type": ["array", "null"], "items": {"type": "string", "pattern": "\\S"},
                "description": "All push tokens.",
            },
            "name": text("The full name."),
            "first_name": text("The first name."),
            "last_name": text("The last name."),
            "avatar": text("The URL of a picture."),
            "username": text("A name for display."),
            "language": text("The language of templates."),
            "meta": {"type": ["object", "null"], "description": "Replaces the contact's `meta`."},
        },
    })
});

body!(NewContact, |_: &mut SchemaGenerator| json_schema!({
    "description": "Fields of a contact, with one of its identifiers at least.",
    "allOf": [
        {"$ref": "#/components/schemas/ContactInput"},
        {"anyOf": [
            {"required": ["email"]},
            {"required": ["phone"]},
            {"required": ["external_id"]},
            {"required": ["externalId"]},
            {"required": ["id"]},
        ]},
    ],
}));

body!(PushToken, |_: &mut SchemaGenerator| json_schema!({
    "description": "A push token.",
    "type": "object",
    "properties": {"token": {"type": "string", "pattern": "\\S", "description": "The token."}},
    "required": ["token"],
}));

body!(EndpointInput, |_: &mut SchemaGenerator| json_schema!({
    "description": "Fields of a webhook endpoint.",
    "type": "object",
    "properties": {
        "url": {
            "type": "string", "format": "uri", "maxLength": 2048, "pattern": "^https?://[A-Za-z0-9]",
            "description": "The URL that events are posted to.",
        },
        "enabled_events": {
            "type": "array", "minItems": 1,
            "items": {"type": "string", "enum": EventKind::ALL.map(EventKind::as_str)},
            "description": "The names of the events to post.",
        },
        "is_active": {"type": "boolean", "description": "Whether events are posted; true by default."},
        "description": {"type": ["string", "null"], "maxLength": 2048, "description": "For display."},
    },
}));

body!(NewEndpoint, |_: &mut SchemaGenerator| json_schema!({
    "description": "A webhook endpoint.",
    "allOf": [
        {"$ref": "#/components/schemas/EndpointInput"},
        {"required": ["enabled_events", "url"]},
    ],
}));

body!(PlainText, |_: &mut SchemaGenerator| json_schema!({
    "type": "string",
    "description": "Prometheus text format, version 0.0.4: the gauges sendivent_messages, sendivent_notifications and \
        sendivent_webhook_deliveries of the key's namespace.",
}));

body!(
    AnyObject,
    |_: &mut SchemaGenerator| json_schema!({"type": "object"})
);
