//! The response to a send, in every shape that a source documents.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Channel, MAX_ID_LENGTH, NotificationStatus};

/// The response to `POST /v1/send/…`. No source documents the response to an array `to`, and the shape has changed
/// twice: [`SendResponse::try_from`] lists what is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Value")]
pub struct SendResponse {
    /// Id of the notification; of the first, for an array.
    pub id: String,
    /// The event, echoed.
    pub event: String,
    /// `accepted`.
    pub status: NotificationStatus,
    /// One for each contact of an array (assumed).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<Vec<AcceptedNotification>>,
}

/// One accepted notification of an array send (assumed).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AcceptedNotification {
    /// Id of the notification.
    pub id: String,
    /// The event.
    pub event: String,
    /// `accepted`.
    pub status: NotificationStatus,
    /// The recipient as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// The response has no id of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it names no notification")]
pub struct MissingId;

impl TryFrom<Value> for SendResponse {
    type Error = MissingId;

    /// Reads `{id, event, status}` (documented), the same with a list of notifications, a list alone (both assumed for an
    /// array `to`), and `{success, deliveries: [{channel: id}]}` of the older documentation (`data` before that).
    fn try_from(body: Value) -> Result<Self, MissingId> {
        let nothing = Map::new();
        let (fields, items) = match &body {
            Value::Array(items) => (&nothing, Some(items)),
            Value::Object(fields) => {
                let lists = ["notifications", "deliveries", "data"];
                let items = lists.iter().find_map(|name| fields.get(*name)?.as_array());
                (fields, items)
            }
            _ => return Err(MissingId),
        };
        let list = items.map_or_else(Vec::new, |items| accepted_notifications(items));
        let first = list.first().map(|accepted| accepted.id.clone());
        Ok(Self {
            id: id(fields, "id").or(first).ok_or(MissingId)?,
            event: text(fields, "event"),
            status: NotificationStatus::from_wire(&text(fields, "status")),
            notifications: (!list.is_empty()).then_some(list),
        })
    }
}

fn accepted_notifications(items: &[Value]) -> Vec<AcceptedNotification> {
    items
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|fields| match id(fields, "id") {
            Some(id) => vec![AcceptedNotification {
                id,
                event: text(fields, "event"),
                status: NotificationStatus::from_wire(&text(fields, "status")),
                to: fields.get("to").cloned(),
            }],
            // The older shape: the name of a channel, and the id of what was sent over it.
            None => fields
                .keys()
                .filter(|name| name.parse::<Channel>().is_ok())
                .filter_map(|channel| id(fields, channel))
                .map(|id| AcceptedNotification {
                    id,
                    event: String::new(),
                    status: NotificationStatus::default(),
                    to: None,
                })
                .collect(),
        })
        .collect()
}

/// Returns an id. It is printed on a line of its own and pasted into commands: a text that could do harm there is none.
fn id(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let id = text(fields, name);
    let valid =
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    valid.then_some(id)
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    let text = fields.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::SendResponse;

    fn ids(body: &str) -> Option<(String, Vec<String>)> {
        let response: SendResponse = serde_json::from_str(body).ok()?;
        let list = response.notifications.unwrap_or_default();
        Some((
            response.id,
            list.into_iter().map(|accepted| accepted.id).collect(),
        ))
    }

    #[test]
    fn every_known_shape_yields_its_ids() {
        for (body, id, list) in [
            (
                r#"{"id":"a","event":"welcome","status":"accepted","new":1}"#,
                "a",
                &[][..],
            ),
            (
                r#"{"id":"a","notifications":[{"id":"a"},{"id":"b","to":"x"}]}"#,
                "a",
                &["a", "b"],
            ),
            (r#"[{"id":"a"},{"id":"b"}]"#, "a", &["a", "b"]),
            (
                r#"{"success":true,"deliveries":[{"email":"a"},{"sms":"b"}]}"#,
                "a",
                &["a", "b"],
            ),
            (r#"{"success":true,"data":[{"email":"a"}]}"#, "a", &["a"]),
        ] {
            let list = list.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(ids(body), Some((id.to_owned(), list)), "{body}");
        }
    }

    #[test]
    fn a_response_without_a_valid_id_is_an_error() {
        for body in [
            "",
            "[]",
            "{}",
            "\"accepted\"",
            "7",
            "null",
            r#"{"id":""}"#,
            r#"{"id":7}"#,
            r#"{"id":"a b"}"#,
            r#"{"id":"a\nb"}"#,
            r#"{"id":"a\u001b[2J"}"#,
            r#"{"id":"\u00e5"}"#,
            r#"{"deliveries":[{"email":"a\tb"}]}"#,
            r#"{"success":true,"deliveries":[]}"#,
            r#"{"data":[{"pigeon":"a"}]}"#,
            "<html>",
        ] {
            assert_eq!(ids(body), None, "{body}");
        }
        let with_length = |length: usize| ids(&format!(r#"{{"id":"{}"}}"#, "a".repeat(length)));
        assert!(with_length(200).is_some() && with_length(201).is_none());
    }
}
