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
use crate::simulator::store::{Outcome, Outgoing, Store, StoreError};

/// How many attempts are under way at most.
const MOST_AT_ONCE: usize = 128;
/// How often a lease on what is under way is renewed: well before it ends.
const RENEW: Duration = Duration::from_secs(1);
/// How long to wait for what another process has taken before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

type Landed = (Arc<Outgoing>, Outcome);
type Flight = Pin<Box<dyn Future<Output = Landed> + Send>>;

/// The attempts that are under way in one place.
pub struct Crew {
    store: Arc<Store>,
    sender: Arc<Sender>,
    flights: FuturesUnordered<Flight>,
    /// What is under way, by the attempt's id.
    aloft: HashMap<Uuid, Arc<Outgoing>>,
    /// What has ended and is not recorded yet.
    landed: Vec<Landed>,
    /// When leases were renewed.
    renewed: Instant,
}

impl Crew {
    /// Returns a crew that keeps to rules.
    pub fn new(store: Arc<Store>, rules: Rules) -> Self {
        Self {
            store,
            sender: Arc::new(Sender::new(rules)),
            flights: FuturesUnordered::new(),
            aloft: HashMap::new(),
            landed: Vec::new(),
            renewed: Instant::now(),
        }
    }

    /// Returns whether something is under way.
    pub fn is_flying(&self) -> bool {
        !self.aloft.is_empty()
    }

    /// Records what has ended and starts what is due, in one transaction. Returns whether there was anything to do.
    pub async fn exchange(&mut self) -> Result<bool, StoreError> {
        let mut busy: HashMap<Uuid, usize> = HashMap::new();
        for outgoing in self.aloft.values() {
            *busy.entry(outgoing.webhook).or_default() += 1;
        }
        let room = MOST_AT_ONCE - self.aloft.len();
        let renew = !self.aloft.is_empty() && self.renewed.elapsed() >= RENEW;
        let kept: Vec<_> = self.aloft.values().filter(|_| renew).cloned().collect();
        if self.landed.is_empty() && !renew {
            // Looking takes no lock that others wait for.
            let (busy, room) = (busy.clone(), room.min(1));
            let look = self.store.read(move |r| r.due_webhooks(&busy, room));
            if look.await?.is_empty() {
                return Ok(false);
            }
        }
        // What cannot be stored now is kept for the next time.
        let landed = self.landed.clone();
        let taken = self
            .store
            .write(move |writer| {
                for (outgoing, outcome) in &landed {
                    writer.record_attempt(outgoing, outcome, false)?;
                }
                kept.iter()
                    .try_for_each(|outgoing| writer.keep_webhook(outgoing))?;
                writer.take_webhooks(&busy, room)
            })
            .await?;
        self.landed.clear();
        if renew || self.aloft.is_empty() {
            self.renewed = Instant::now();
        }
        for outgoing in taken {
            self.start(outgoing);
        }
        Ok(true)
    }

    fn start(&mut self, outgoing: Outgoing) {
        let outgoing = Arc::new(outgoing);
        self.aloft.insert(outgoing.attempt, Arc::clone(&outgoing));
        let sender = Arc::clone(&self.sender);
        self.flights.push(Box::pin(async move {
            let outcome = sender.attempt(&outgoing).await;
            (outgoing, outcome)
        }));
    }

    /// Waits until an attempt has ended; for ever when none is under way.
    pub async fn land(&mut self) {
        match self.flights.next().await {
            Some(first) => self.note(first),
            None => std::future::pending().await,
        }
        while let Some(Some(another)) = self.flights.next().now_or_never() {
            self.note(another);
        }
    }

    fn note(&mut self, landed: Landed) {
        self.aloft.remove(&landed.0.attempt);
        self.landed.push(landed);
    }

    /// Attempts everything that is due, also what falls due meanwhile, and waits for what others have taken. Ends with the
    /// deadline, and gives back what is still under way then.
    pub async fn settle(&mut self, deadline: Instant) -> Result<(), StoreError> {
        while Instant::now() < deadline {
            let worked = self.exchange().await?;
            if !self.aloft.is_empty() {
                let soon = deadline.min(Instant::now() + RENEW);
                drop(timeout_at(soon, self.land()).await);
            } else if !worked {
                if !self.store.read(|reader| reader.has_due_webhooks()).await? {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        self.give_up().await
    }

    /// Records what has ended and gives back the rest, which is due again at once.
    pub async fn give_up(&mut self) -> Result<(), StoreError> {
        let landed = std::mem::take(&mut self.landed);
        let aloft: Vec<Arc<Outgoing>> = self.aloft.drain().map(|(_, outgoing)| outgoing).collect();
        self.flights.clear();
        if landed.is_empty() && aloft.is_empty() {
            return Ok(());
        }
        let job = self.store.write(move |writer| {
            for (outgoing, outcome) in &landed {
                writer.record_attempt(outgoing, outcome, false)?;
            }
            let mut aloft = aloft.iter();
            aloft.try_for_each(|outgoing| writer.give_webhook_back(outgoing))
        });
        job.await
    }
}

/// Attempts one delivery that was taken by hand.
pub async fn attempt(rules: &Rules, outgoing: &Outgoing) -> Outcome {
    Sender::new(rules.clone()).attempt(outgoing).await
}
