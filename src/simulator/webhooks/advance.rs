//! Moving the clock forward: everything that is due by then has happened when it ends, webhooks included.
//!
//! The clock stops at every moment at which a webhook falls due, until the attempt has ended: whoever is told sees the
//! namespace of that moment, and a retry that falls due on the way has its turn.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::WebhookState;
use super::delivery_pool::DeliveryPool;
use crate::api::control::{ClockRequest, ClockState};
use crate::simulator::clock::InvalidOrder;
use crate::simulator::store::{Store, StoreError, Writer};

/// How long this may take in real time. Then the clock goes on, and what was not attempted is due: a client waits half a
/// minute for an answer.
const LIMIT: Duration = Duration::from_secs(25);

enum Step {
    /// Something is due now.
    Stop,
    /// The end is reached.
    Arrived(ClockState),
    /// The order cannot be followed.
    ConfigError(InvalidOrder),
}

/// Moves the clock forward by so many milliseconds.
///
/// # Errors
/// [`StoreError`]; the clock may be anywhere on the way then.
pub async fn advance(
    store: Arc<Store>,
    webhook_state: &WebhookState,
    ahead: u64,
) -> Result<Result<ClockState, InvalidOrder>, StoreError> {
    let deadline = Instant::now() + LIMIT;
    let mut delivery_pool = DeliveryPool::new(Arc::clone(&store), webhook_state.rules.clone());
    let start = store.read(|reader| Ok((reader.now, reader.clock, reader.real)));
    let (now, clock, real) = start.await?;
    if let Err(error) = clock.after(&ClockRequest::Advance(ahead), real) {
        return Ok(Err(error));
    }
    let target = now.saturating_add(i64::try_from(ahead).unwrap_or(i64::MAX));
    loop {
        let late = Instant::now() >= deadline;
        match store
            .write(move |writer| step(writer, target, late))
            .await?
        {
            Step::Arrived(body) => return Ok(Ok(body)),
            Step::ConfigError(error) => return Ok(Err(error)),
            Step::Stop => delivery_pool.settle(deadline).await?,
        }
    }
}

/// Moves the clock to the next moment at which something is due, or to the end.
fn step(writer: &mut Writer<'_>, target: i64, late: bool) -> Result<Step, StoreError> {
    let next = if late {
        None
    } else if writer.has_due_deliveries()? {
        return Ok(Step::Stop);
    } else {
        writer.next_delivery_at()?.filter(|at| *at <= target)
    };
    let ahead = next.unwrap_or(target).saturating_sub(writer.now);
    let order = ClockRequest::Advance(u64::try_from(ahead).unwrap_or(0));
    let clock = match writer.clock.after(&order, writer.real) {
        Ok(clock) => clock,
        Err(error) => return Ok(Step::ConfigError(error)),
    };
    writer.set_clock(&clock)?;
    Ok(match next {
        Some(_) => Step::Stop,
        None => Step::Arrived(ClockState {
            now: clock.now(writer.real),
            real: writer.real,
            rate: clock.rate,
        }),
    })
}
