//! Delivers webhooks in the background while a server runs.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::delivery_pool::DeliveryPool;
use crate::simulator::handle::Simulator;
use crate::simulator::store::{Reader, StoreError};

/// The longest pause between two checks for due deliveries. Another process may add events or move the clock without
/// waking the dispatcher.
const MAX_PAUSE: Duration = Duration::from_millis(250);
/// How long the dispatcher waits after a request has woken it. Thousands of sends can arrive in a row, and their events
/// are rarely due at once, so a check after each send would be wasteful.
const MIN_PAUSE: Duration = Duration::from_millis(10);
/// How long attempts in flight may continue after a shutdown has begun.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// Delivers the webhooks of all namespaces until `shutdown` completes. While the file cannot be written, deliveries are
/// delayed, but none are lost.
pub async fn dispatch(simulator: &Simulator, shutdown: impl Future<Output = ()>) {
    let state = &simulator.webhook_state;
    let mut pool = DeliveryPool::new(Arc::clone(&simulator.store), state.rules.clone());
    let mut shutdown = pin!(shutdown);
    loop {
        let pause = tick(simulator, &mut pool).await.unwrap_or(MAX_PAUSE);
        let earliest = Instant::now() + MIN_PAUSE;
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            () = pool.wait_for_completion() => {}
            () = sleep(pause) => {}
            () = state.work_available.notified() => sleep_until(earliest).await,
        }
    }
    let complete = async {
        while pool.has_in_flight() {
            pool.wait_for_completion().await;
        }
    };
    drop(timeout(SHUTDOWN_GRACE, complete).await);
    // If this fails, the deliveries are due again when their leases expire.
    drop(pool.release().await);
}

/// Starts the deliveries that are due. Returns how long to wait before the next check if nothing wakes the dispatcher.
async fn tick(simulator: &Simulator, pool: &mut DeliveryPool) -> Result<Duration, StoreError> {
    pool.tick().await?;
    let read = simulator
        .store
        .read(|reader| Ok((reader.has_active_endpoint()?, time_until_due(reader)?)));
    let (has_active_endpoint, pause) = read.await?;
    let state = &simulator.webhook_state;
    state
        .has_active_endpoint
        .store(has_active_endpoint, Ordering::Relaxed);
    Ok(pause)
}

/// Returns the real time until the next delivery is due, but at most `MAX_PAUSE`.
fn time_until_due(reader: &Reader<'_>) -> Result<Duration, StoreError> {
    let Some(next) = reader.next_delivery_at()? else {
        return Ok(MAX_PAUSE);
    };
    let Ok(virtual_millis) = u32::try_from(next - reader.now) else {
        return Ok(MAX_PAUSE);
    };
    // A frozen clock has the rate 0. The quotient is then infinite, and the conversion fails.
    let seconds = f64::from(virtual_millis) / reader.clock.rate / 1000.0;
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(MAX_PAUSE);
    Ok(pause.clamp(Duration::from_millis(1), MAX_PAUSE))
}
