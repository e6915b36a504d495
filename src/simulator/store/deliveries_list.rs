//! Lists webhook deliveries together with their attempts.

use rusqlite::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::id_sequence;
use super::reader::Reader;
use crate::api::signature::{SIGNATURE, WEBHOOK_ID};
use crate::api::webhooks::{Attempt, Delivery, DeliveryDetail, ListedDelivery};
use crate::model::from_millis;

const COLUMNS: &str =
    "id, event, notification, recipient, state, occurs_at, due_at, attempts, reason, payload";

impl Reader<'_> {
    /// Returns at most `limit` deliveries of the namespace, newest event first, and whether there are more.
    pub fn deliveries(&self, limit: usize) -> Result<(Vec<ListedDelivery>, bool), StoreError> {
        let limit_plus_one = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut list = self.query_all(
            &format!(
                "SELECT {COLUMNS} FROM webhook_events WHERE namespace = ?1 ORDER BY id DESC LIMIT ?2"
            ),
            (self.namespace, limit_plus_one),
            read_delivery,
        )?;
        let more = list.len() > limit;
        list.truncate(limit);
        let listed = list.into_iter().map(|delivery| {
            let last = self.attempts(&delivery.id, 1)?.pop();
            Ok(ListedDelivery { delivery, last })
        });
        Ok((listed.collect::<Result<_, StoreError>>()?, more))
    }

    pub fn delivery(&self, id: Uuid) -> Result<Option<DeliveryDetail>, StoreError> {
        let row = self.query_first(
            &format!("SELECT {COLUMNS} FROM webhook_events WHERE namespace = ?1 AND id = ?2"),
            (self.namespace, id),
            |row| Ok((read_delivery(row)?, row.get(9)?)),
        )?;
        let Some((delivery, payload)) = row else {
            return Ok(None);
        };
        let attempts = self.attempts(&delivery.id, u32::MAX)?;
        Ok(Some(DeliveryDetail {
            at: from_millis(self.now),
            delivery,
            payload,
            attempts,
        }))
    }

    /// Returns the latest `limit` attempts at a delivery, oldest first.
    fn attempts(&self, event: &str, limit: u32) -> Result<Vec<Attempt>, StoreError> {
        let event = Uuid::try_parse(event).unwrap_or_default();
        let mut attempts = self.query_all(
            "SELECT number, id, attempted_at, attempted_at_real, url, signature, status, response_body, error, duration_ms, is_replay \
             FROM webhook_attempts WHERE namespace = ?1 AND event = ?2 ORDER BY number DESC LIMIT ?3",
            (self.namespace, event, limit),
            read_attempt,
        )?;
        attempts.reverse();
        Ok(attempts)
    }
}

/// Reads the [`COLUMNS`] of a delivery, except the payload. [`Reader::delivery`] reads the payload.
fn read_delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let notification: Uuid = row.get(2)?;
    let state: String = row.get(4)?;
    let attempts: u32 = row.get(7)?;
    let status = match state.as_str() {
        "open" if attempts == 0 => "waiting".to_owned(),
        "open" => "retrying".to_owned(),
        _ => state,
    };
    Ok(Delivery {
        id: row.get::<_, Uuid>(0)?.to_string(),
        event: row.get(1)?,
        message_id: id_sequence::message_id(notification).to_string(),
        notification_id: notification.to_string(),
        recipient: row.get(3)?,
        status,
        at: from_millis(row.get(5)?),
        due_at: row.get::<_, Option<i64>>(6)?.map(from_millis),
        attempts,
        reason: row.get(8)?,
    })
}

fn read_attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let id: Uuid = row.get(1)?;
    Ok(Attempt {
        number: row.get(0)?,
        at: from_millis(row.get(2)?),
        real: from_millis(row.get(3)?),
        url: row.get(4)?,
        headers: [
            (SIGNATURE.to_owned(), row.get(5)?),
            (WEBHOOK_ID.to_owned(), id.to_string()),
        ]
        .into(),
        http_status: row.get(6)?,
        response_body: row.get(7)?,
        error: row.get(8)?,
        duration_ms: row.get(9)?,
        replay: row.get(10)?,
    })
}
