//! The response to a send, decoded from every documented shape.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Channel, MAX_ID_LENGTH, NotificationStatus};

/// The response to `POST /v1/send/…`. The service's documentation has changed its shape twice, and no source documents
/// the response to an array `to`. [`SendResponse::try_from`] lists the accepted shapes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Value")]
pub struct SendResponse {
    /// The id of the notification. If `to` is an array, the id of the first notification.
    pub id: String,
    /// The event from the path of the request.
    pub event: String,
    /// The status of the notification at the time of the response: `accepted`.
    pub status: NotificationStatus,
    /// The notification of each contact if `to` is an array (assumed). Absent for a single contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<Vec<AcceptedNotification>>,
}

/// One accepted notification in the response to an array `to` (assumed).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AcceptedNotification {
    /// The id of the notification.
    pub id: String,
    /// The event from the path of the request.
    pub event: String,
    /// The status of the notification at the time of the response: `accepted`.
    pub status: NotificationStatus,
    /// The recipient, exactly as in the request. Absent if the response does not contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// The error for a response without the id of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it names no notification")]
pub struct MissingId;

impl TryFrom<Value> for SendResponse {
    type Error = MissingId;

    /// Reads one of these shapes:
    ///
    /// - `{id, event, status}` (documented)
    /// - `{id, event, status, notifications: [{id, event, status, to}]}`, or the array alone (both assumed)
    /// - `{success, deliveries: [{channel: id}]}` (in the older documentation)
    /// - `{success, data: [{channel: id}]}` (in even older documentation)
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
            // The older shape: `{channel: id}`.
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

/// Returns the id in a field; `None` if the id is missing or invalid. A valid id is 1 to 200 printable ASCII characters
/// without spaces, so that it can be printed on a line and pasted into a command.
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
