//! Results of delivery attempts, and the schedule of retries.

use rusqlite::{OptionalExtension, Row};

use super::deliveries::ClaimedDelivery;
use super::error::StoreError;
use super::writer::Writer;

/// The delays before each retry in milliseconds of virtual time (assumed; the service documents none).
const RETRY_DELAYS_MS: [i64; 3] = [5_000, 300_000, 1_800_000];

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AttemptOutcome {
    pub(crate) signature: String,
    /// The HTTP status of the response; none without a response.
    pub(crate) status: Option<u16>,
    /// The beginning of the response's body.
    pub(crate) response_body: Option<String>,
    /// The reason of a failure; none after a success.
    pub(crate) error: Option<String>,
    pub(crate) duration_ms: i64,
}

impl Writer<'_> {
    /// Stores the result of an attempt. A failure schedules a retry, and after the last retry the next event of the message
    /// becomes due. A replay closes an event only when it succeeds.
    pub(crate) fn record_attempt(
        &self,
        delivery: &ClaimedDelivery,
        outcome: &AttemptOutcome,
        replay: bool,
    ) -> Result<(), StoreError> {
        let (namespace, id) = (delivery.namespace, delivery.id.into_bytes());
        let event = self
            .connection
            .prepare_cached(
                "UPDATE webhook_events SET attempts = attempts + 1 WHERE namespace = ?1 AND id = ?2 \
                 RETURNING state = 'open', lease IS ?3, notification, number",
            )?
            .query_row((namespace, id, delivery.attempt.into_bytes()), EventState::read)
            .optional()?;
        // A reset may have deleted the event during the attempt.
        let Some(state) = event else {
            return Ok(());
        };
        self.insert_attempt(delivery, outcome, replay)?;
        let succeeded = outcome.error.is_none();
        // Without the lease the event belongs to another process, or was dropped: the attempt is recorded, the state
        // stays.
        if !(state.leased || replay && succeeded) || (!state.open && !succeeded) {
            return Ok(());
        }
        let due = if succeeded {
            None
        } else {
            self.next_due_at(delivery)?
        };
        let new_state = match (succeeded, due) {
            (true, _) => "delivered",
            (false, Some(_)) => "open",
            (false, None) => "given_up",
        };
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET state = ?3, due_at = ?4, lease = NULL, lease_until = NULL, reason = NULL \
                 WHERE namespace = ?1 AND id = ?2",
            )?
            .execute((namespace, id, new_state, due))?;
        if state.open && due.is_none() {
            self.release_next(namespace, &state)?;
        }
        Ok(())
    }

    fn insert_attempt(
        &self,
        delivery: &ClaimedDelivery,
        outcome: &AttemptOutcome,
        replay: bool,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO webhook_attempts (namespace, event, number, id, attempted_at, attempted_at_real, url, signature, status, response_body, error, \
                 duration_ms, is_replay) VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM webhook_attempts \
                 WHERE namespace = ?1 AND event = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                delivery.namespace,
                delivery.id.into_bytes(),
                delivery.attempt.into_bytes(),
                self.now,
                self.real,
                &delivery.url,
                &outcome.signature,
                outcome.status,
                &outcome.response_body,
                &outcome.error,
                outcome.duration_ms,
                replay,
            ))?;
        Ok(())
    }

    /// Returns the time of the next retry; none after the last one.
    fn next_due_at(&self, delivery: &ClaimedDelivery) -> Result<Option<i64>, StoreError> {
        let attempts: usize = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM webhook_attempts WHERE namespace = ?1 AND event = ?2 AND NOT is_replay",
            )?
            .query_row((delivery.namespace, delivery.id.into_bytes()), |row| row.get::<_, u32>(0))?
            .try_into()
            .unwrap_or(usize::MAX);
        let delay = attempts
            .checked_sub(1)
            .and_then(|index| RETRY_DELAYS_MS.get(index));
        Ok(delay.map(|delay| self.now.saturating_add(*delay)))
    }

    /// Makes the next open event of the message due.
    fn release_next(&self, namespace: i64, state: &EventState) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET due_at = occurs_at WHERE namespace = ?1 AND due_at IS NULL AND id = (\
                 SELECT id FROM webhook_events WHERE namespace = ?1 AND notification = ?2 AND number = ?3 AND state = 'open' \
                 ORDER BY step LIMIT 1)",
            )?
            .execute((namespace, state.notification, state.number))?;
        Ok(())
    }
}

struct EventState {
    open: bool,
    leased: bool,
    notification: [u8; 16],
    number: i64,
}

impl EventState {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            open: row.get(0)?,
            leased: row.get(1)?,
            notification: row.get(2)?,
            number: row.get(3)?,
        })
    }
}
