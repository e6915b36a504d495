//! The answer to a send, in every shape that a source tells of.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::wire::{AcceptedBody, Receipt};

/// How long an id may be. The documented ones have 36 characters.
const LONGEST_ID: usize = 200;

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
                    id(fields, "id"),
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
        .flat_map(|fields| match id(fields, "id") {
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
                .filter_map(|(channel, _)| id(fields, channel))
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

fn id(fields: &Map<String, Value>, name: &str) -> Option<String> {
    text(fields, name).filter(|text| is_id(text))
}

/// Returns whether a text of the service can be an id. It is printed on a line of its own and pasted into commands.
fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads an id that stands beside what was asked for, so that it does no harm: what no id can have is replaced.
pub fn sanitize_id<'d, D: Deserializer<'d>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let safe = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    Ok(text.chars().take(LONGEST_ID).map(safe).collect())
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::AcceptedBody;
    use crate::api::NotificationBody;

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
        let of = |length: usize| ids(&format!(r#"{{"id":"{}"}}"#, "a".repeat(length)));
        assert!(of(200).is_some() && of(201).is_none());
    }

    #[test]
    fn ids_beside_what_was_asked_for_do_no_harm() {
        let body = r#"{"id":"a\nb","messages":[{"id":"m\u001b[2J é"}]}"#;
        let read: NotificationBody = serde_json::from_str(body).unwrap();
        assert_eq!((&*read.id, &*read.messages[0].id), ("a_b", "m_[2J__"));
    }
}
