//! Results of delivery attempts, and the schedule of retries.

use uuid::Uuid;

use super::deliveries::ClaimedDelivery;
use super::error::StoreError;
use super::writer::Writer;

/// The delays before each retry in milliseconds of virtual time (assumed; the service documents none).
const RETRY_DELAYS_MS: [i64; 3] = [5_000, 300_000, 1_800_000];

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptOutcome {
    pub signature: String,
    /// The HTTP status of the response; none without a response.
    pub status: Option<u16>,
    /// The beginning of the response's body.
    pub response_body: Option<String>,
    /// The reason of a failure; none after a success.
    pub error: Option<String>,
    pub duration_ms: i64,
}

impl Writer<'_> {
    /// Stores the result of an attempt. A failure schedules a retry, and after the last retry the next event of the message
    /// becomes due. A replay closes an event only when it succeeds.
    pub fn record_attempt(
        &self,
        delivery: &ClaimedDelivery,
        outcome: &AttemptOutcome,
        is_replay: bool,
    ) -> Result<(), StoreError> {
        let event = self.query_first(
            "UPDATE webhook_events SET attempts = attempts + 1 WHERE namespace = ?1 AND id = ?2 \
             RETURNING state = 'open', lease IS ?3, notification",
            (delivery.namespace, delivery.id, delivery.attempt),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        // A reset may have deleted the event during the attempt.
        let Some((is_open, is_leased, notification)): Option<(bool, bool, Uuid)> = event else {
            return Ok(());
        };
        self.insert_attempt(delivery, outcome, is_replay)?;
        let succeeded = outcome.error.is_none();
        // Without the lease the event belongs to another process, or was dropped: the attempt is recorded, the state
        // stays.
        if !(is_leased || is_replay && succeeded) || (!is_open && !succeeded) {
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
        self.execute(
            "UPDATE webhook_events SET state = ?3, due_at = ?4, lease = NULL, lease_until = NULL, reason = NULL \
             WHERE namespace = ?1 AND id = ?2",
            (delivery.namespace, delivery.id, new_state, due),
        )?;
        if is_open && due.is_none() {
            // The next event of the message becomes due.
            self.execute(
                "UPDATE webhook_events SET due_at = occurs_at WHERE namespace = ?1 AND due_at IS NULL AND id = (\
                 SELECT id FROM webhook_events WHERE namespace = ?1 AND notification = ?2 AND state = 'open' \
                 ORDER BY step LIMIT 1)",
                (delivery.namespace, notification),
            )?;
        }
        Ok(())
    }

    fn insert_attempt(
        &self,
        delivery: &ClaimedDelivery,
        outcome: &AttemptOutcome,
        is_replay: bool,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO webhook_attempts (namespace, event, number, id, attempted_at, attempted_at_real, url, signature, status, response_body, error, \
             duration_ms, is_replay) VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM webhook_attempts \
             WHERE namespace = ?1 AND event = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            (
                delivery.namespace,
                delivery.id,
                delivery.attempt,
                self.now,
                self.real,
                &delivery.url,
                &outcome.signature,
                outcome.status,
                &outcome.response_body,
                &outcome.error,
                outcome.duration_ms,
                is_replay,
            ),
        )?;
        Ok(())
    }

    /// Returns the time of the next retry; none after the last one.
    fn next_due_at(&self, delivery: &ClaimedDelivery) -> Result<Option<i64>, StoreError> {
        let attempts: u32 = self.query_value(
            "SELECT count(*) FROM webhook_attempts WHERE namespace = ?1 AND event = ?2 AND NOT is_replay",
            (delivery.namespace, delivery.id),
        )?;
        let mut delays = (1..).zip(RETRY_DELAYS_MS);
        let delay = delays.find(|(attempt, _)| *attempt == attempts);
        Ok(delay.map(|(_, delay)| self.now.saturating_add(delay)))
    }
}
