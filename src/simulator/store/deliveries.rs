//! Webhook events on their way: which are due, who has taken one, and what came of it.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row};
use uuid::Uuid;

use super::{Reader, StoreError, Writer};
use crate::api::signature::Secret;

/// How long after an attempt the next one is due, in milliseconds of virtual time (assumed). After the last there is none.
const PAUSES: [i64; 3] = [5_000, 300_000, 1_800_000];
/// How long a process may keep an event that it has taken, in milliseconds of real time: longer than any attempt takes.
const LEASE: i64 = 15_000;
/// How many events may be on their way to one endpoint, so that one that is slow leaves room for the others.
const MOST_AT_ONCE: usize = 8;

/// An event on its way to its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its run.
    pub run: i64,
    /// Its id.
    pub id: Uuid,
    /// Its endpoint.
    pub webhook: Uuid,
    /// The id of this attempt.
    pub attempt: Uuid,
    /// Where it goes.
    pub url: String,
    /// The secret that signs.
    pub secret: Secret,
    /// What is posted.
    pub body: String,
    /// When the attempt began, in milliseconds of real time: receivers compare it with their own clocks.
    pub real: i64,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The signature that was sent.
    pub signature: String,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub answer: Option<String>,
    /// Why there is no success; none when there is.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took: i64,
}

impl Reader<'_> {
    /// Returns events that are due and that nobody has taken, `room` at most, the earliest of each endpoint first. `busy`
    /// says how many are on their way already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn due_webhooks(
        &self,
        busy: &HashMap<Uuid, usize>,
        room: usize,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let mut endpoints = self.connection.prepare_cached(
            "SELECT uuid, url, secret FROM webhooks INDEXED BY webhooks_run WHERE deleted_at IS NULL AND is_active",
        )?;
        let endpoints = endpoints.query_map([], |row| {
            let secret = Secret::new(row.get::<_, String>(2)?);
            Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?, secret))
        })?;
        let mut due = Vec::new();
        for endpoint in endpoints {
            let (webhook, url, secret): (Uuid, String, Secret) = endpoint?;
            let free = MOST_AT_ONCE.saturating_sub(busy.get(&webhook).copied().unwrap_or(0));
            let free = free.min(room - due.len());
            let mut events = self.connection.prepare_cached(
                "SELECT run, id, payload FROM webhook_events INDEXED BY webhook_events_queue \
                 WHERE webhook = ?1 AND due_at <= ?2 AND (lease_until IS NULL OR lease_until <= ?3) \
                 ORDER BY due_at LIMIT ?4",
            )?;
            let limit = i64::try_from(free).unwrap_or(i64::MAX);
            let key = (webhook.into_bytes(), self.now, self.real, limit);
            let events = events.query_map(key, |row| {
                Ok(Outgoing {
                    run: row.get(0)?,
                    id: Uuid::from_bytes(row.get(1)?),
                    webhook,
                    attempt: Uuid::nil(),
                    url: url.clone(),
                    secret: secret.clone(),
                    body: row.get(2)?,
                    real: self.real,
                })
            })?;
            due.extend(events.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(due)
    }

    /// Returns when the next event is due that is not due yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_webhook(&self) -> Result<Option<i64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT min(due_at) FROM webhook_events WHERE due_at > ?1")?
            .query_row([self.now], |row| row.get(0))?)
    }

    /// Returns whether an event is due, one that is on its way included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_due_webhooks(&self) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM webhook_events WHERE due_at <= ?1 LIMIT 1")?
            .exists([self.now])?)
    }
}

impl Writer<'_> {
    /// Takes events that are due: nobody else takes them until they are recorded, or the lease ends.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_webhooks(
        &self,
        busy: &HashMap<Uuid, usize>,
        room: usize,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let mut due = self.due_webhooks(busy, room)?;
        for outgoing in &mut due {
            self.lease(outgoing)?;
        }
        Ok(due)
    }

    /// Takes one event, whether it is due or not. None when its endpoint is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_webhook(&self, id: Uuid, lease: bool) -> Result<Option<Outgoing>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT e.webhook, w.url, w.secret, e.payload FROM webhook_events e \
                 JOIN webhooks w ON w.uuid = e.webhook AND w.deleted_at IS NULL WHERE e.run = ?1 AND e.id = ?2",
            )?
            .query_row((self.run, id.into_bytes()), |row| {
                Ok(Outgoing {
                    run: self.run,
                    id,
                    webhook: Uuid::from_bytes(row.get(0)?),
                    attempt: self.entropy.uuid(self.real),
                    url: row.get(1)?,
                    secret: Secret::new(row.get::<_, String>(2)?),
                    body: row.get(3)?,
                    real: self.real,
                })
            })
            .optional()?;
        let Some(mut outgoing) = found else {
            return Ok(None);
        };
        if lease {
            self.lease(&mut outgoing)?;
        }
        Ok(Some(outgoing))
    }

    fn lease(&self, outgoing: &mut Outgoing) -> Result<(), StoreError> {
        outgoing.attempt = self.entropy.uuid(self.real);
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET lease = ?3, lease_until = ?4 WHERE run = ?1 AND id = ?2",
            )?
            .execute((
                outgoing.run,
                outgoing.id.into_bytes(),
                outgoing.attempt.into_bytes(),
                self.real + LEASE,
            ))?;
        Ok(())
    }

    /// Gives an event back that was not attempted to the end: it is due again at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn give_webhook_back(&self, outgoing: &Outgoing) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET lease = NULL, lease_until = NULL WHERE run = ?1 AND id = ?2 AND lease = ?3",
            )?
            .execute((
                outgoing.run,
                outgoing.id.into_bytes(),
                outgoing.attempt.into_bytes(),
            ))?;
        Ok(())
    }

    /// Stores what came of an attempt. One that failed is due again after a pause, as long as there is one; then the next
    /// event of the message takes its turn. A replay settles an event only by success.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record_attempt(
        &self,
        outgoing: &Outgoing,
        outcome: &Outcome,
        replay: bool,
    ) -> Result<(), StoreError> {
        let (run, id) = (outgoing.run, outgoing.id.into_bytes());
        let known = self
            .connection
            .prepare_cached(
                "UPDATE webhook_events SET attempts = attempts + 1 WHERE run = ?1 AND id = ?2 \
                 RETURNING state = 'open', lease IS ?3, notification, n",
            )?
            .query_row((run, id, outgoing.attempt.into_bytes()), State::read)
            .optional()?;
        // A reset, meanwhile, has forgotten it.
        let Some(state) = known else {
            return Ok(());
        };
        self.add_attempt(outgoing, outcome, replay)?;
        let good = outcome.error.is_none();
        // Who lost the lease has nothing more to say: the event is in other hands, or was dropped.
        if !(state.leased || replay && good) || (!state.open && !good) {
            return Ok(());
        }
        let due = if good {
            None
        } else {
            self.due_again(outgoing)?
        };
        let word = match (good, due) {
            (true, _) => "delivered",
            (false, Some(_)) => "open",
            (false, None) => "given_up",
        };
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET state = ?3, due_at = ?4, lease = NULL, lease_until = NULL, reason = NULL \
                 WHERE run = ?1 AND id = ?2",
            )?
            .execute((run, id, word, due))?;
        if state.open && due.is_none() {
            self.let_the_next_go(run, &state)?;
        }
        Ok(())
    }

    fn add_attempt(
        &self,
        outgoing: &Outgoing,
        outcome: &Outcome,
        replay: bool,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO webhook_attempts (run, event, number, id, at, real, url, signature, status, answer, error, \
                 took, replay) VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM webhook_attempts \
                 WHERE run = ?1 AND event = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                outgoing.run,
                outgoing.id.into_bytes(),
                outgoing.attempt.into_bytes(),
                self.now,
                self.real,
                &outgoing.url,
                &outcome.signature,
                outcome.status,
                &outcome.answer,
                &outcome.error,
                outcome.took,
                replay,
            ))?;
        Ok(())
    }

    /// Returns when an event is due again after a failed attempt that is recorded.
    fn due_again(&self, outgoing: &Outgoing) -> Result<Option<i64>, StoreError> {
        let tries: usize = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM webhook_attempts WHERE run = ?1 AND event = ?2 AND NOT replay",
            )?
            .query_row((outgoing.run, outgoing.id.into_bytes()), |row| row.get::<_, u32>(0))?
            .try_into()
            .unwrap_or(usize::MAX);
        let pause = tries.checked_sub(1).and_then(|index| PAUSES.get(index));
        Ok(pause.map(|pause| self.now.saturating_add(*pause)))
    }

    fn let_the_next_go(&self, run: i64, state: &State) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET due_at = at WHERE run = ?1 AND due_at IS NULL AND id = (\
                 SELECT id FROM webhook_events WHERE run = ?1 AND notification = ?2 AND n = ?3 AND state = 'open' \
                 ORDER BY step LIMIT 1)",
            )?
            .execute((run, state.notification, state.number))?;
        Ok(())
    }
}

/// An event when an attempt ends.
struct State {
    open: bool,
    leased: bool,
    notification: [u8; 16],
    number: i64,
}

impl State {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            open: row.get(0)?,
            leased: row.get(1)?,
            notification: row.get(2)?,
            number: row.get(3)?,
        })
    }
}
