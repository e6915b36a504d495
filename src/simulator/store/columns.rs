//! Conversions between the simulator's types and the values of SQLite columns.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::api::signature::Secret;
use crate::model::{Channel, Contact, MessageStatus, to_json};
use crate::simulator::error_codes::Reason;
use crate::simulator::webhook_events::EventKind;

/// A column contains a string that this program never writes.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is unknown")]
struct UnknownText(String);

/// The kinds of events that a webhook endpoint receives. They are stored in one column, as names separated by spaces.
pub struct EnabledEvents(pub Vec<EventKind>);

/// Implements `ToSql` and `FromSql` for a type that is stored as text. `$write` returns the text of a value. `$read`
/// parses the text, and returns `None` if no value has this text.
macro_rules! text_column {
    ($type:ty, $write:expr, $read:expr) => {
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok($write(self).into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let text = value.as_str()?;
                let unknown = || FromSqlError::Other(Box::new(UnknownText(text.to_owned())));
                $read(text).ok_or_else(unknown)
            }
        }
    };
}

text_column!(Channel, Channel::as_str, |text: &str| text.parse().ok());
text_column!(MessageStatus, MessageStatus::as_str, |text| {
    let status = MessageStatus::from_wire(text);
    (!matches!(status, MessageStatus::Other(_))).then_some(status)
});
text_column!(Reason, |reason: &Reason| reason.code(), Reason::from_code);
text_column!(Secret, Secret::expose, |text| Some(Secret::new(text)));
text_column!(Contact, to_json, |text| serde_json::from_str(text).ok());
text_column!(EnabledEvents, EnabledEvents::names, |text: &str| {
    let kinds = text.split(' ').map(|name| name.parse().ok());
    kinds.collect::<Option<_>>().map(EnabledEvents)
});

impl EnabledEvents {
    fn names(&self) -> String {
        self.0
            .iter()
            .map(|kind| kind.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }
}
