//! Attempts to deliver a webhook event: what came of each, and what follows from it.

use rusqlite::{OptionalExtension, Row};

use super::{ClaimedDelivery, StoreError, Writer};

/// How long after an attempt the next one is due, in milliseconds of virtual time (assumed). After the last there is none.
const RETRY_DELAYS_MS: [i64; 3] = [5_000, 300_000, 1_800_000];

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptOutcome {
    /// The signature that was sent.
    pub signature: String,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub response_body: Option<String>,
    /// Why there is no success; none when there is.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
}

impl Writer<'_> {
    /// Stores what came of an attempt. One that failed is due again after a pause, as long as there is one; then the next
    /// event of the message takes its turn. A replay settles an event only by success.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record_attempt(
        &self,
        delivery: &ClaimedDelivery,
        outcome: &AttemptOutcome,
        replay: bool,
    ) -> Result<(), StoreError> {
        let (namespace, id) = (delivery.namespace, delivery.id.into_bytes());
        let known = self
            .connection
            .prepare_cached(
                "UPDATE webhook_events SET attempts = attempts + 1 WHERE namespace = ?1 AND id = ?2 \
                 RETURNING state = 'open', lease IS ?3, notification, number",
            )?
            .query_row((namespace, id, delivery.attempt.into_bytes()), EventState::read)
            .optional()?;
        // A reset, meanwhile, has forgotten it.
        let Some(state) = known else {
            return Ok(());
        };
        self.add_attempt(delivery, outcome, replay)?;
        let good = outcome.error.is_none();
        // Who lost the lease has nothing more to say: the event is in other hands, or was dropped.
        if !(state.leased || replay && good) || (!state.open && !good) {
            return Ok(());
        }
        let due = if good {
            None
        } else {
            self.next_due_at(delivery)?
        };
        let word = match (good, due) {
            (true, _) => "delivered",
            (false, Some(_)) => "open",
            (false, None) => "given_up",
        };
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET state = ?3, due_at = ?4, lease = NULL, lease_until = NULL, reason = NULL \
                 WHERE namespace = ?1 AND id = ?2",
            )?
            .execute((namespace, id, word, due))?;
        if state.open && due.is_none() {
            self.release_next(namespace, &state)?;
        }
        Ok(())
    }

    fn add_attempt(
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

    /// Returns when an event is due again after a failed attempt that is recorded.
    fn next_due_at(&self, delivery: &ClaimedDelivery) -> Result<Option<i64>, StoreError> {
        let tries: usize = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM webhook_attempts WHERE namespace = ?1 AND event = ?2 AND NOT is_replay",
            )?
            .query_row((delivery.namespace, delivery.id.into_bytes()), |row| row.get::<_, u32>(0))?
            .try_into()
            .unwrap_or(usize::MAX);
        let pause = tries
            .checked_sub(1)
            .and_then(|index| RETRY_DELAYS_MS.get(index));
        Ok(pause.map(|pause| self.now.saturating_add(*pause)))
    }

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

/// An event when an attempt ends.
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
