//! Runs webhook deliveries concurrently. The number of deliveries per endpoint is limited, so that a slow endpoint does
//! not delay deliveries to other endpoints.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::rules::WebhookRules;
use super::sender::WebhookSender;
use crate::simulator::store::{AttemptOutcome, ClaimedDelivery, Store, StoreError, Writer};

/// The maximum number of deliveries in progress, for all endpoints together.
const MAX_IN_FLIGHT: usize = 128;
/// The time between two renewals of the leases in use. It is shorter than a lease, so that no lease expires during an
/// attempt.
const RENEW_INTERVAL: Duration = Duration::from_secs(1);
/// How often to check whether another process has finished the deliveries that it claimed.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

type Completed = (Arc<ClaimedDelivery>, AttemptOutcome);
type AttemptFuture = Pin<Box<dyn Future<Output = Completed> + Send>>;

/// A pool of concurrent deliveries. One transaction records all finished attempts and claims the next deliveries.
pub struct DeliveryPool {
    store: Arc<Store>,
    sender: Arc<WebhookSender>,
    futures: FuturesUnordered<AttemptFuture>,
    /// The deliveries whose attempts are in flight. The key is the id of the attempt.
    in_flight: HashMap<Uuid, Arc<ClaimedDelivery>>,
    /// Finished attempts whose results are not stored yet.
    completed: Vec<Completed>,
    leases_renewed_at: Instant,
}

impl DeliveryPool {
    pub fn new(store: Arc<Store>, rules: WebhookRules) -> Self {
        Self {
            store,
            sender: Arc::new(WebhookSender::new(rules)),
            futures: FuturesUnordered::new(),
            in_flight: HashMap::new(),
            completed: Vec::new(),
            leases_renewed_at: Instant::now(),
        }
    }

    pub fn has_in_flight(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// Stores the results of finished attempts, renews leases, and claims due deliveries, all in one transaction. Then
    /// starts the claimed deliveries. Returns whether there was anything to do.
    pub async fn tick(&mut self) -> Result<bool, StoreError> {
        let capacity = MAX_IN_FLIGHT - self.in_flight.len();
        let must_renew = self.has_in_flight() && self.leases_renewed_at.elapsed() >= RENEW_INTERVAL;
        let per_endpoint = self.count_per_endpoint();
        if self.completed.is_empty() && !must_renew {
            let (counts, limit) = (per_endpoint.clone(), capacity.min(1));
            // Checked with a read first, because a read never makes writers wait.
            let due = self
                .store
                .read(move |reader| reader.due_deliveries(&counts, limit));
            if due.await?.is_empty() {
                return Ok(false);
            }
        }
        let renewals: Vec<_> = if must_renew {
            self.in_flight.values().cloned().collect()
        } else {
            Vec::new()
        };
        // Cloned, so that the results can be recorded by the next call if this transaction fails.
        let completed = self.completed.clone();
        let claim = self.store.write(move |writer| {
            record_all(writer, &completed)?;
            for delivery in &renewals {
                writer.renew_lease(delivery)?;
            }
            writer.claim_deliveries(&per_endpoint, capacity)
        });
        let claimed = claim.await?;
        self.completed.clear();
        if must_renew || self.in_flight.is_empty() {
            self.leases_renewed_at = Instant::now();
        }
        for delivery in claimed {
            self.start(delivery);
        }
        Ok(true)
    }

    fn count_per_endpoint(&self) -> HashMap<Uuid, usize> {
        let mut counts = HashMap::new();
        for delivery in self.in_flight.values() {
            *counts.entry(delivery.webhook).or_default() += 1;
        }
        counts
    }

    fn start(&mut self, delivery: ClaimedDelivery) {
        let delivery = Arc::new(delivery);
        self.in_flight
            .insert(delivery.attempt, Arc::clone(&delivery));
        let sender = Arc::clone(&self.sender);
        self.futures.push(Box::pin(async move {
            let outcome = sender.attempt(&delivery).await;
            (delivery, outcome)
        }));
    }

    /// Waits until an attempt ends. Never returns if no attempt is in flight.
    pub async fn wait_for_completion(&mut self) {
        match self.futures.next().await {
            Some(first) => self.complete(first),
            None => std::future::pending().await,
        }
        while let Some(Some(another)) = self.futures.next().now_or_never() {
            self.complete(another);
        }
    }

    fn complete(&mut self, completed: Completed) {
        self.in_flight.remove(&completed.0.attempt);
        self.completed.push(completed);
    }

    /// Delivers all due webhooks, including those that become due in the meantime. Also waits for deliveries that
    /// another process has claimed. At `deadline`, cancels the attempts that are still in flight.
    pub async fn run_until_idle(&mut self, deadline: Instant) -> Result<(), StoreError> {
        while Instant::now() < deadline {
            let has_worked = self.tick().await?;
            if self.has_in_flight() {
                let renew_at = deadline.min(Instant::now() + RENEW_INTERVAL);
                drop(timeout_at(renew_at, self.wait_for_completion()).await);
            } else if !has_worked {
                if !self
                    .store
                    .read(|reader| reader.has_due_deliveries())
                    .await?
                {
                    return Ok(());
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
        self.release().await
    }

    /// Stores the results of finished attempts, and cancels all other attempts. The cancelled deliveries are due again
    /// immediately.
    pub async fn release(&mut self) -> Result<(), StoreError> {
        let completed = std::mem::take(&mut self.completed);
        let cancelled: Vec<Arc<ClaimedDelivery>> = self
            .in_flight
            .drain()
            .map(|(_, delivery)| delivery)
            .collect();
        self.futures.clear();
        if completed.is_empty() && cancelled.is_empty() {
            return Ok(());
        }
        let job = self.store.write(move |writer| {
            record_all(writer, &completed)?;
            for delivery in &cancelled {
                writer.release_lease(delivery)?;
            }
            Ok(())
        });
        job.await
    }
}

fn record_all(writer: &mut Writer<'_>, completed: &[Completed]) -> Result<(), StoreError> {
    for (delivery, outcome) in completed {
        writer.record_attempt(delivery, outcome, false)?;
    }
    Ok(())
}
