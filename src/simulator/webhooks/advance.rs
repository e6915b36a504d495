//! Moves the virtual clock forward, and delivers the webhooks that become due on the way.
//!
//! The clock stops at each time at which a delivery is due, and continues when the attempt has ended. A receiver that
//! queries the simulator therefore sees the state at that time. Retries that become due before the target time are
//! made, too.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::delivery_pool::DeliveryPool;
use super::state::WebhookState;
use crate::api::control::{ClockRequest, ClockState};
use crate::simulator::clock::InvalidClockRequest;
use crate::simulator::store::{Store, StoreError, Writer};

/// How long advancing the clock may take, in real time. After this time, the clock jumps to the target, and the
/// remaining deliveries stay due. The limit is below the 30 s that clients wait for a response.
const TIME_LIMIT: Duration = Duration::from_secs(25);

enum Step {
    /// Deliveries are due at the time that the clock now shows.
    DeliveriesDue,
    TargetReached(ClockState),
    /// The clock cannot reach the target, because another request has changed the clock in the meantime.
    Rejected(InvalidClockRequest),
}

/// Moves the virtual clock forward by `millis` milliseconds, and delivers the webhooks that become due.
///
/// # Errors
/// After a [`StoreError`], the clock can show any time between the start and the target.
pub async fn advance(
    store: Arc<Store>,
    webhook_state: &WebhookState,
    millis: u64,
) -> Result<Result<ClockState, InvalidClockRequest>, StoreError> {
    let deadline = Instant::now() + TIME_LIMIT;
    let mut pool = DeliveryPool::new(Arc::clone(&store), webhook_state.rules.clone());
    let start = store.read(|reader| Ok((reader.now, reader.clock, reader.real)));
    let (now, clock, real) = start.await?;
    if let Err(error) = clock.after(&ClockRequest::Advance(millis), real) {
        return Ok(Err(error));
    }
    let target = now.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX));
    loop {
        let is_late = Instant::now() >= deadline;
        let step = store.write(move |writer| step(writer, target, is_late));
        match step.await? {
            Step::TargetReached(state) => return Ok(Ok(state)),
            Step::Rejected(error) => return Ok(Err(error)),
            Step::DeliveriesDue => pool.run_until_idle(deadline).await?,
        }
    }
}

/// If a delivery is already due, leaves the clock where it is. Otherwise, moves the clock to the next time at which a
/// delivery is due, but not past `target`. If `is_late` is true, ignores deliveries and moves the clock to `target`.
fn step(writer: &mut Writer<'_>, target: i64, is_late: bool) -> Result<Step, StoreError> {
    let next = if is_late {
        None
    } else if writer.has_due_deliveries()? {
        return Ok(Step::DeliveriesDue);
    } else {
        writer.next_delivery_at()?.filter(|at| *at <= target)
    };
    let millis = next.unwrap_or(target).saturating_sub(writer.now);
    let request = ClockRequest::Advance(u64::try_from(millis).unwrap_or(0));
    Ok(match (writer.change_clock(&request)?, next) {
        (Err(error), _) => Step::Rejected(error),
        (Ok(_), Some(_)) => Step::DeliveriesDue,
        (Ok(state), None) => Step::TargetReached(state),
    })
}
