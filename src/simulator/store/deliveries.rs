//! Webhook events on their way: which are due, who has taken one, and what came of it.

use std::collections::HashMap;

use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Reader, StoreError, Writer};
use crate::api::signature::Secret;

/// How long a process keeps an event that it has taken, in milliseconds of real time, unless it renews the lease. What a
/// process had that was killed is due again after so long.
const LEASE_MS: i64 = 3_000;
/// The same for an event that is taken by hand, whose lease nobody renews: longer than any attempt takes.
const MANUAL_LEASE_MS: i64 = 15_000;
/// How many events may be on their way to one endpoint, so that one that is slow leaves room for the others.
const MAX_PER_ENDPOINT: usize = 8;

/// An event on its way to its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// Its namespace.
    pub namespace: i64,
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

impl Reader<'_> {
    /// Returns events that are due and that nobody has taken, `room` at most, the earliest of each endpoint first. `busy`
    /// says how many are on their way already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn due_deliveries(
        &self,
        busy: &HashMap<Uuid, usize>,
        room: usize,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let mut endpoints = self.connection.prepare_cached(
            "SELECT uuid, url, secret FROM webhooks INDEXED BY webhooks_namespace WHERE deleted_at IS NULL AND is_active",
        )?;
        let endpoints = endpoints.query_map([], |row| {
            let secret = Secret::new(row.get::<_, String>(2)?);
            Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?, secret))
        })?;
        let mut due = Vec::new();
        for endpoint in endpoints {
            let (webhook, url, secret): (Uuid, String, Secret) = endpoint?;
            let free = MAX_PER_ENDPOINT.saturating_sub(busy.get(&webhook).copied().unwrap_or(0));
            let free = free.min(room - due.len());
            let mut events = self.connection.prepare_cached(
                "SELECT namespace, id, payload FROM webhook_events INDEXED BY webhook_events_queue \
                 WHERE webhook = ?1 AND due_at <= ?2 AND (lease_until IS NULL OR lease_until <= ?3) \
                 ORDER BY due_at LIMIT ?4",
            )?;
            let limit = i64::try_from(free).unwrap_or(i64::MAX);
            let key = (webhook.into_bytes(), self.now, self.real, limit);
            let events = events.query_map(key, |row| {
                Ok(ClaimedDelivery {
                    namespace: row.get(0)?,
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
    pub fn next_delivery_at(&self) -> Result<Option<i64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT min(due_at) FROM webhook_events WHERE due_at > ?1")?
            .query_row([self.now], |row| row.get(0))?)
    }

    /// Returns whether an event is due, one that is on its way included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_due_deliveries(&self) -> Result<bool, StoreError> {
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
    pub fn claim_deliveries(
        &self,
        busy: &HashMap<Uuid, usize>,
        room: usize,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let mut due = self.due_deliveries(busy, room)?;
        for delivery in &mut due {
            self.lease(delivery, LEASE_MS)?;
        }
        Ok(due)
    }

    /// Takes one event, whether it is due or not. None when its endpoint is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn claim_delivery(
        &self,
        id: Uuid,
        lease: bool,
    ) -> Result<Option<ClaimedDelivery>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT e.webhook, w.url, w.secret, e.payload FROM webhook_events e \
                 JOIN webhooks w ON w.uuid = e.webhook AND w.deleted_at IS NULL WHERE e.namespace = ?1 AND e.id = ?2",
            )?
            .query_row((self.namespace, id.into_bytes()), |row| {
                Ok(ClaimedDelivery {
                    namespace: self.namespace,
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
        let Some(mut delivery) = found else {
            return Ok(None);
        };
        if lease {
            self.lease(&mut delivery, MANUAL_LEASE_MS)?;
        }
        Ok(Some(delivery))
    }

    fn lease(&self, delivery: &mut ClaimedDelivery, length: i64) -> Result<(), StoreError> {
        delivery.attempt = self.entropy.uuid(self.real);
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET lease = ?3, lease_until = ?4 WHERE namespace = ?1 AND id = ?2",
            )?
            .execute((
                delivery.namespace,
                delivery.id.into_bytes(),
                delivery.attempt.into_bytes(),
                self.real + length,
            ))?;
        Ok(())
    }

    /// Keeps an event that was taken for another while.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn renew_lease(&self, delivery: &ClaimedDelivery) -> Result<(), StoreError> {
        self.end_lease(delivery, Some(self.real + LEASE_MS))
    }

    /// Gives an event back that was not attempted to the end: it is due again at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn release_lease(&self, delivery: &ClaimedDelivery) -> Result<(), StoreError> {
        self.end_lease(delivery, None)
    }

    /// Moves the end of a lease, if it still holds.
    fn end_lease(&self, delivery: &ClaimedDelivery, until: Option<i64>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE webhook_events SET lease_until = ?4 WHERE namespace = ?1 AND id = ?2 AND lease = ?3",
            )?
            .execute((
                delivery.namespace,
                delivery.id.into_bytes(),
                delivery.attempt.into_bytes(),
                until,
            ))?;
        Ok(())
    }
}
