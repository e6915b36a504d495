//! Delivers in the background, beside a port.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::WebhookState;
use super::delivery_pool::DeliveryPool;
use crate::simulator::Simulator;
use crate::simulator::store::{Reader, Store, StoreError};

/// How long it sleeps at most: another process may write, or move the clock.
const LONGEST_SLEEP: Duration = Duration::from_millis(250);
/// How long it sleeps at least when it is woken: sends come by the thousand, and what they plan is not due at once.
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);
/// How long what is under way has to end when it is told to stop.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Delivers webhooks of every run as long as it runs.
pub struct Dispatcher {
    store: Arc<Store>,
    webhook_state: Arc<WebhookState>,
}

impl Dispatcher {
    /// Returns the dispatcher of a simulator.
    pub fn new(simulator: &Simulator) -> Self {
        Self {
            store: simulator.store(),
            webhook_state: simulator.webhook_state(),
        }
    }

    /// Delivers until `shutdown` is ready; then what is under way has a moment to end, and the rest is given back. A file
    /// that cannot be written for a while delays deliveries and loses none.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut delivery_pool =
            DeliveryPool::new(Arc::clone(&self.store), self.webhook_state.rules.clone());
        let mut shutdown = pin!(shutdown);
        loop {
            let pause = self
                .round(&mut delivery_pool)
                .await
                .unwrap_or(LONGEST_SLEEP);
            let least = Instant::now() + SHORTEST_SLEEP;
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = delivery_pool.land() => continue,
                () = sleep(pause) => {}
                () = self.webhook_state.wake.notified() => tokio::time::sleep_until(least).await,
            }
        }
        let last = async {
            while delivery_pool.is_flying() {
                delivery_pool.land().await;
            }
        };
        drop(timeout(LAST_WAIT, last).await);
        // Whatever cannot be given back is due again when its lease ends.
        drop(delivery_pool.give_up().await);
    }

    /// Does what is to be done now, and returns how long there is nothing more.
    async fn round(&self, delivery_pool: &mut DeliveryPool) -> Result<Duration, StoreError> {
        delivery_pool.tick().await?;
        let (watching, pause) = self
            .store
            .read(|reader| Ok((reader.has_active_endpoint()?, pause(reader)?)))
            .await?;
        self.webhook_state
            .watching
            .store(watching, Ordering::Relaxed);
        Ok(pause)
    }
}

/// Returns how long it takes in real time until something is due, the longest sleep at most.
fn pause(reader: &Reader<'_>) -> Result<Duration, StoreError> {
    let Some(next) = reader.next_delivery_at()? else {
        return Ok(LONGEST_SLEEP);
    };
    let Ok(ahead) = u32::try_from(next - reader.now) else {
        return Ok(LONGEST_SLEEP);
    };
    let real = f64::from(ahead) / reader.clock.rate / 1000.0;
    let pause = Duration::try_from_secs_f64(real).unwrap_or(LONGEST_SLEEP);
    Ok(pause.clamp(Duration::from_millis(1), LONGEST_SLEEP))
}
