//! Lists of webhook deliveries with their attempts.

use rusqlite::{OptionalExtension, Row};
use uuid::Uuid;

use super::error::StoreError;
use super::id_sequence;
use super::reader::Reader;
use crate::api::signature::{SIGNATURE, WEBHOOK_ID};
use crate::api::webhooks::{Attempt, Delivery, DeliveryDetail};

const COLUMNS: &str = "id, event, notification, number, recipient, state, occurs_at, due_at, attempts, reason, payload";
const ATTEMPT_COLUMNS: &str = "number, id, attempted_at, attempted_at_real, url, signature, status, response_body, error, duration_ms, is_replay";

impl Reader<'_> {
    /// Returns the deliveries of the namespace, the newest event first, and whether more exist.
    pub(crate) fn deliveries(&self, limit: usize) -> Result<(Vec<Delivery>, bool), StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM webhook_events WHERE namespace = ?1 ORDER BY id DESC LIMIT ?2"
        ))?;
        let limit_plus_one = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let rows = statement.query_map((self.namespace, limit_plus_one), read_delivery)?;
        let mut list = rows.collect::<Result<Vec<_>, _>>()?;
        let more = list.len() > limit;
        list.truncate(limit);
        for (_, delivery) in &mut list {
            delivery.last = self.attempts(&delivery.id, true)?.pop();
        }
        Ok((
            list.into_iter().map(|(_, delivery)| delivery).collect(),
            more,
        ))
    }

    /// Returns one delivery with all its attempts.
    pub(crate) fn delivery(&self, id: Uuid) -> Result<Option<DeliveryDetail>, StoreError> {
        let row = self
            .connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM webhook_events WHERE namespace = ?1 AND id = ?2"
            ))?
            .query_row((self.namespace, id.into_bytes()), read_delivery)
            .optional()?;
        let Some((payload, mut delivery)) = row else {
            return Ok(None);
        };
        let attempts = self.attempts(&delivery.id, false)?;
        delivery.last = attempts.last().cloned();
        Ok(Some(DeliveryDetail {
            now: self.now,
            delivery,
            payload,
            attempts,
        }))
    }

    fn attempts(&self, event: &str, only_last: bool) -> Result<Vec<Attempt>, StoreError> {
        let event = Uuid::try_parse(event).unwrap_or_default().into_bytes();
        let limit = if only_last { 1 } else { -1 };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ATTEMPT_COLUMNS} FROM webhook_attempts WHERE namespace = ?1 AND event = ?2 ORDER BY number DESC LIMIT ?3"
        ))?;
        let rows = statement.query_map((self.namespace, event, limit), read_attempt)?;
        let mut attempts = rows.collect::<Result<Vec<_>, _>>()?;
        attempts.reverse();
        Ok(attempts)
    }
}

/// Reads [`COLUMNS`] into the payload, which only a single delivery shows, and the delivery.
fn read_delivery(row: &Row<'_>) -> rusqlite::Result<(String, Delivery)> {
    let notification = Uuid::from_bytes(row.get(2)?);
    let state: String = row.get(5)?;
    let attempts: u32 = row.get(8)?;
    let status = match state.as_str() {
        "open" if attempts == 0 => "waiting".to_owned(),
        "open" => "retrying".to_owned(),
        _ => state,
    };
    let delivery = Delivery {
        id: Uuid::from_bytes(row.get(0)?).to_string(),
        event: row.get(1)?,
        message: id_sequence::of_message(notification, row.get(3)?).to_string(),
        notification: notification.to_string(),
        recipient: row.get(4)?,
        status,
        at: row.get(6)?,
        due_at: row.get(7)?,
        attempts,
        last: None,
        reason: row.get(9)?,
    };
    Ok((row.get(10)?, delivery))
}

fn read_attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let id = Uuid::from_bytes(row.get(1)?).to_string();
    Ok(Attempt {
        number: row.get(0)?,
        at: row.get(2)?,
        real: row.get(3)?,
        url: row.get(4)?,
        headers: vec![
            (SIGNATURE.to_owned(), row.get(5)?),
            (WEBHOOK_ID.to_owned(), id),
        ],
        status: row.get(6)?,
        answer: row.get(7)?,
        error: row.get(8)?,
        took: row.get(9)?,
        replay: row.get(10)?,
    })
}
