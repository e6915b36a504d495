//! Attempts what is due: many at once, a few for each endpoint, so that one that is slow delays nobody else.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::Rules;
use super::deliver::Sender;
use crate::simulator::store::{AttemptOutcome, ClaimedDelivery, Store, StoreError};

/// How many attempts are under way at most.
const MOST_AT_ONCE: usize = 128;
/// How often a lease on what is under way is renewed: well before it ends.
const RENEW: Duration = Duration::from_secs(1);
/// How long to wait for what another process has taken before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

type Landed = (Arc<ClaimedDelivery>, AttemptOutcome);
type Flight = Pin<Box<dyn Future<Output = Landed> + Send>>;

/// The attempts that are under way in one place.
pub struct DeliveryPool {
    store: Arc<Store>,
    sender: Arc<Sender>,
    futures: FuturesUnordered<Flight>,
    /// What is under way, by the attempt's id.
    in_flight: HashMap<Uuid, Arc<ClaimedDelivery>>,
    /// What has ended and is not recorded yet.
    completed: Vec<Landed>,
    /// When leases were renewed.
    renewed: Instant,
}

impl DeliveryPool {
    /// Returns a crew that keeps to rules.
    pub fn new(store: Arc<Store>, rules: Rules) -> Self {
        Self {
            store,
            sender: Arc::new(Sender::new(rules)),
            futures: FuturesUnordered::new(),
            in_flight: HashMap::new(),
            completed: Vec::new(),
            renewed: Instant::now(),
        }
    }

    /// Returns whether something is under way.
    pub fn is_flying(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// Records what has ended and starts what is due, in one transaction. Returns whether there was anything to do.
    pub async fn tick(&mut self) -> Result<bool, StoreError> {
        let mut busy: HashMap<Uuid, usize> = HashMap::new();
        for delivery in self.in_flight.values() {
            *busy.entry(delivery.webhook).or_default() += 1;
        }
        let room = MOST_AT_ONCE - self.in_flight.len();
        let renew = !self.in_flight.is_empty() && self.renewed.elapsed() >= RENEW;
        let kept: Vec<_> = self.in_flight.values().filter(|_| renew).cloned().collect();
        if self.completed.is_empty() && !renew {
            // Looking takes no lock that others wait for.
            let (busy, room) = (busy.clone(), room.min(1));
            let look = self.store.read(move |r| r.due_deliveries(&busy, room));
            if look.await?.is_empty() {
                return Ok(false);
            }
        }
        // What cannot be stored now is kept for the next time.
        let completed = self.completed.clone();
        let taken = self
            .store
            .write(move |writer| {
                for (delivery, outcome) in &completed {
                    writer.record_attempt(delivery, outcome, false)?;
                }
                kept.iter()
                    .try_for_each(|delivery| writer.renew_lease(delivery))?;
                writer.claim_deliveries(&busy, room)
            })
            .await?;
        self.completed.clear();
        if renew || self.in_flight.is_empty() {
            self.renewed = Instant::now();
        }
        for delivery in taken {
            self.start(delivery);
        }
        Ok(true)
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

    /// Waits until an attempt has ended; for ever when none is under way.
    pub async fn land(&mut self) {
        match self.futures.next().await {
            Some(first) => self.note(first),
            None => std::future::pending().await,
        }
        while let Some(Some(another)) = self.futures.next().now_or_never() {
            self.note(another);
        }
    }

    fn note(&mut self, completed: Landed) {
        self.in_flight.remove(&completed.0.attempt);
        self.completed.push(completed);
    }

    /// Attempts everything that is due, also what falls due meanwhile, and waits for what others have taken. Ends with the
    /// deadline, and gives back what is still under way then.
    pub async fn settle(&mut self, deadline: Instant) -> Result<(), StoreError> {
        while Instant::now() < deadline {
            let worked = self.tick().await?;
            if !self.in_flight.is_empty() {
                let soon = deadline.min(Instant::now() + RENEW);
                drop(timeout_at(soon, self.land()).await);
            } else if !worked {
                if !self
                    .store
                    .read(|reader| reader.has_due_deliveries())
                    .await?
                {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        self.give_up().await
    }

    /// Records what has ended and gives back the rest, which is due again at once.
    pub async fn give_up(&mut self) -> Result<(), StoreError> {
        let completed = std::mem::take(&mut self.completed);
        let in_flight: Vec<Arc<ClaimedDelivery>> = self
            .in_flight
            .drain()
            .map(|(_, delivery)| delivery)
            .collect();
        self.futures.clear();
        if completed.is_empty() && in_flight.is_empty() {
            return Ok(());
        }
        let job = self.store.write(move |writer| {
            for (delivery, outcome) in &completed {
                writer.record_attempt(delivery, outcome, false)?;
            }
            let mut in_flight = in_flight.iter();
            in_flight.try_for_each(|delivery| writer.release_lease(delivery))
        });
        job.await
    }
}

/// Attempts one delivery that was taken by hand.
pub async fn attempt(rules: &Rules, delivery: &ClaimedDelivery) -> AttemptOutcome {
    Sender::new(rules.clone()).attempt(delivery).await
}
