//! The queue of webhook deliveries. Finds events that are due, leases them to a process, records the results of
//! attempts, and schedules retries.

use std::collections::HashMap;

use uuid::Uuid;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::api::signature::Secret;

/// How long a lease on a webhook event lasts, in milliseconds of real time. A process renews the leases of its
/// deliveries in progress. If the process is killed, its leases expire, and another process delivers the events.
const LEASE_MS: i64 = 3_000;
/// How long the lease on an event from `simulator webhooks trigger` lasts, in milliseconds of real time. The lease is
/// not renewed, so it must last longer than an attempt.
const TRIGGER_LEASE_MS: i64 = 15_000;
/// The maximum number of concurrent deliveries to one endpoint. The limit keeps a slow endpoint from delaying
/// deliveries to other endpoints.
const MAX_PER_ENDPOINT: usize = 8;

/// The delays before the first, second and third retry of a webhook delivery, in milliseconds of virtual time. The
/// values are assumed, because the service documents none.
const RETRY_DELAYS_MS: [i64; 3] = [5_000, 300_000, 1_800_000];

/// A webhook event that this process delivers, with all data that the attempt needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    pub namespace: i64,
    pub id: Uuid,
    pub webhook: Uuid,
    pub attempt: Uuid,
    pub url: String,
    pub secret: Secret,
    pub body: String,
    /// The real time of the attempt, in milliseconds since the Unix epoch. The signature contains this time, and
    /// receivers compare it with their own clocks.
    pub real: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptOutcome {
    pub signature: String,
    /// The HTTP status code of the response. `None` if there was no response.
    pub status: Option<u16>,
    /// The beginning of the response body. `None` if there was no response.
    pub response_body: Option<String>,
    /// Why the attempt failed. `None` if it succeeded.
    pub error: Option<String>,
    pub duration_ms: i64,
}

impl Reader<'_> {
    /// Returns at most `limit` webhook events of all namespaces that are due and not leased. For each endpoint, the
    /// earliest events come first. `in_flight` maps the UUID of an endpoint to the number of its deliveries in
    /// progress.
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

    /// Returns whether any webhook event is due, including events that are leased.
    pub fn has_due_deliveries(&self) -> Result<bool, StoreError> {
        self.query_value(
            "SELECT EXISTS (SELECT 1 FROM webhook_events WHERE due_at <= ?1)",
            [self.now],
        )
    }
}

impl Writer<'_> {
    /// Leases webhook events that are due, and returns them. No other process delivers a leased event until the result
    /// is recorded or the lease expires.
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

    /// Prepares the delivery of one webhook event, even if the event is not due. Leases the event if `lease` is true.
    /// Returns `None` if the event does not exist, or if its endpoint was deleted.
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
            self.lease(&mut delivery, TRIGGER_LEASE_MS)?;
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

    /// Ends the lease of an event whose attempt was not completed. The event is due again immediately.
    pub fn release_lease(&self, delivery: &ClaimedDelivery) -> Result<(), StoreError> {
        self.set_lease_end(delivery, None)
    }

    /// Sets when a lease expires, or ends the lease if `until` is `None`. Changes nothing if another process has leased
    /// the event in the meantime.
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

    /// Stores the result of an attempt to deliver a webhook event.
    ///
    /// If the attempt failed and retries are left, schedules the next retry. Otherwise, closes the event and makes the
    /// next event of the same message due. A failed replay changes neither the event nor its retries.
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
        // Without the lease, another process delivers the event, or the event was dropped. The attempt is recorded,
        // but the event's state does not change.
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

    /// Returns the virtual time of the next retry after a failed attempt. `None` if no retries are left.
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
