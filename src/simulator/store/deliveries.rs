//! The delivery queue of webhook events: due events, and the leases of processes that deliver them.

use std::collections::HashMap;

use uuid::Uuid;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::api::signature::Secret;

/// The length of a lease in milliseconds of real time, after which the event of a killed process is due again. A process
/// that is still delivering renews it.
const LEASE_MS: i64 = 3_000;
/// The length of the lease of a manual replay, which is not renewed: longer than any attempt.
const MANUAL_LEASE_MS: i64 = 15_000;
/// The maximum number of concurrent deliveries to one endpoint, so that a slow endpoint does not block the others.
const MAX_PER_ENDPOINT: usize = 8;

/// An event that this process delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    pub namespace: i64,
    pub id: Uuid,
    pub webhook: Uuid,
    pub attempt: Uuid,
    pub url: String,
    pub secret: Secret,
    pub body: String,
    /// The real time of the attempt in milliseconds, for the signature: receivers compare it with their own clocks.
    pub real: i64,
}

impl Reader<'_> {
    /// Returns events that are due and not leased, at most `limit`, the earliest of each endpoint first. `in_flight` is the
    /// number of deliveries in progress for each endpoint.
    pub fn due_deliveries(
        &self,
        in_flight: &HashMap<Uuid, usize>,
        limit: usize,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let endpoints: Vec<(Uuid, String, Secret)> = self.query_all(
            "SELECT uuid, url, secret FROM webhooks INDEXED BY webhooks_namespace WHERE deleted_at IS NULL AND is_active",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let mut due = Vec::new();
        for (webhook, url, secret) in endpoints {
            let in_flight = in_flight.get(&webhook).copied().unwrap_or(0);
            let free = MAX_PER_ENDPOINT.saturating_sub(in_flight);
            let free = free.min(limit - due.len());
            due.extend(self.query_all(
                "SELECT namespace, id, payload FROM webhook_events INDEXED BY webhook_events_queue \
                 WHERE webhook = ?1 AND due_at <= ?2 AND (lease_until IS NULL OR lease_until <= ?3) \
                 ORDER BY due_at LIMIT ?4",
                (webhook, self.now, self.real, i64::try_from(free).unwrap_or(i64::MAX)),
                |row| {
                    Ok(ClaimedDelivery {
                        namespace: row.get(0)?,
                        id: row.get(1)?,
                        webhook,
                        attempt: Uuid::nil(),
                        url: url.clone(),
                        secret: secret.clone(),
                        body: row.get(2)?,
                        real: self.real,
                    })
                },
            )?);
        }
        Ok(due)
    }

    pub fn next_delivery_at(&self) -> Result<Option<i64>, StoreError> {
        self.query_value(
            "SELECT min(due_at) FROM webhook_events WHERE due_at > ?1",
            [self.now],
        )
    }

    /// Returns whether an event is due, leased or not.
    pub fn has_due_deliveries(&self) -> Result<bool, StoreError> {
        self.query_value(
            "SELECT EXISTS (SELECT 1 FROM webhook_events WHERE due_at <= ?1)",
            [self.now],
        )
    }
}

impl Writer<'_> {
    /// Leases events that are due: no other process delivers them until their results are recorded, or the leases expire.
    pub fn claim_deliveries(
        &self,
        in_flight: &HashMap<Uuid, usize>,
        limit: usize,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let mut due = self.due_deliveries(in_flight, limit)?;
        for delivery in &mut due {
            self.lease(delivery, LEASE_MS)?;
        }
        Ok(due)
    }

    /// Returns one event for a delivery, due or not, with a lease if `lease` is set. None when its endpoint was deleted.
    pub fn claim_delivery(
        &self,
        id: Uuid,
        lease: bool,
    ) -> Result<Option<ClaimedDelivery>, StoreError> {
        let found = self.query_first(
            "SELECT e.webhook, w.url, w.secret, e.payload FROM webhook_events e \
             JOIN webhooks w ON w.uuid = e.webhook AND w.deleted_at IS NULL WHERE e.namespace = ?1 AND e.id = ?2",
            (self.namespace, id),
            |row| {
                Ok(ClaimedDelivery {
                    namespace: self.namespace,
                    id,
                    webhook: row.get(0)?,
                    attempt: self.entropy.uuid_v7(self.real),
                    url: row.get(1)?,
                    secret: row.get(2)?,
                    body: row.get(3)?,
                    real: self.real,
                })
            },
        )?;
        let Some(mut delivery) = found else {
            return Ok(None);
        };
        if lease {
            self.lease(&mut delivery, MANUAL_LEASE_MS)?;
        }
        Ok(Some(delivery))
    }

    fn lease(&self, delivery: &mut ClaimedDelivery, length: i64) -> Result<(), StoreError> {
        delivery.attempt = self.entropy.uuid_v7(self.real);
        let until = self.real + length;
        self.execute(
            "UPDATE webhook_events SET lease = ?3, lease_until = ?4 WHERE namespace = ?1 AND id = ?2",
            (delivery.namespace, delivery.id, delivery.attempt, until),
        )?;
        Ok(())
    }

    pub fn renew_lease(&self, delivery: &ClaimedDelivery) -> Result<(), StoreError> {
        self.set_lease_end(delivery, Some(self.real + LEASE_MS))
    }

    /// Gives up the lease of an event whose attempt did not complete: it is due again at once.
    pub fn release_lease(&self, delivery: &ClaimedDelivery) -> Result<(), StoreError> {
        self.set_lease_end(delivery, None)
    }

    /// Changes the end of a lease, unless another process has leased the event since.
    fn set_lease_end(
        &self,
        delivery: &ClaimedDelivery,
        until: Option<i64>,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE webhook_events SET lease_until = ?4 WHERE namespace = ?1 AND id = ?2 AND lease = ?3",
            (delivery.namespace, delivery.id, delivery.attempt, until),
        )?;
        Ok(())
    }
}
