//! The answer to a send, in every shape that a source tells of.

use serde_json::{Map, Value};

use super::wire::{AcceptedBody, Receipt};

/// The answer names no notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it names no notification")]
pub struct NoReceipt;

impl TryFrom<Value> for AcceptedBody {
    type Error = NoReceipt;

    /// Reads `{id, event, status}` (documented), the same with a list of notifications, a list alone (both assumed for an
    /// array `to`), and `{success, deliveries: [{channel: id}]}` of the older documentation (`data` before that).
    fn try_from(body: Value) -> Result<Self, NoReceipt> {
        let (id, event, status, list) = match &body {
            Value::Array(items) => (None, String::new(), String::new(), receipts(items)),
            Value::Object(fields) => {
                let lists = ["notifications", "deliveries", "data"];
                let list = lists.iter().find_map(|name| fields.get(*name)?.as_array());
                (
                    text(fields, "id"),
                    text(fields, "event").unwrap_or_default(),
                    text(fields, "status").unwrap_or_default(),
                    list.map_or_else(Vec::new, |items| receipts(items)),
                )
            }
            _ => return Err(NoReceipt),
        };
        let first = list.first().map(|receipt| receipt.id.clone());
        Ok(Self {
            id: id.or(first).ok_or(NoReceipt)?,
            event,
            status,
            notifications: (!list.is_empty()).then_some(list),
        })
    }
}

fn receipts(items: &[Value]) -> Vec<Receipt> {
    items
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|fields| match text(fields, "id") {
            Some(id) => vec![Receipt {
                id,
                event: text(fields, "event").unwrap_or_default(),
                status: text(fields, "status").unwrap_or_default(),
                to: fields.get("to").cloned(),
            }],
            // The older form: a name of a channel, and the id of what was sent over it.
            None => fields
                .iter()
                .filter(|(channel, _)| channel.parse::<crate::model::Channel>().is_ok())
                .filter_map(|(channel, _)| text(fields, channel))
                .map(|id| Receipt {
                    id,
                    event: String::new(),
                    status: String::new(),
                    to: None,
                })
                .collect(),
        })
        .collect()
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::AcceptedBody;

    fn ids(body: &str) -> Option<(String, Vec<String>)> {
        let read: AcceptedBody = serde_json::from_str(body).ok()?;
        let list = read.notifications.unwrap_or_default();
        Some((
            read.id,
            list.into_iter().map(|receipt| receipt.id).collect(),
        ))
    }

    #[test]
    fn every_known_shape_gives_its_ids() {
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
    fn what_names_no_notification_is_no_receipt() {
        for body in [
            "",
            "[]",
            "{}",
            "\"accepted\"",
            "7",
            "null",
            r#"{"id":""}"#,
            r#"{"id":7}"#,
            r#"{"success":true,"deliveries":[]}"#,
            r#"{"data":[{"pigeon":"a"}]}"#,
            "<html>",
        ] {
            assert_eq!(ids(body), None, "{body}");
        }
    }
}
