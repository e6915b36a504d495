//! Moving the clock forward, together with the webhooks that fall due meanwhile.
//!
//! The clock stops at each time at which a delivery falls due, until the attempt has ended: a receiver that reads the
//! simulator sees the state at that time, and a retry that falls due before the target is made.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::delivery_pool::DeliveryPool;
use super::state::WebhookState;
use crate::api::control::{ClockRequest, ClockState};
use crate::simulator::clock::InvalidClockRequest;
use crate::simulator::store::{Store, StoreError, Writer};

/// The limit in real time. After it the clock moves to the target, and what was not attempted stays due: clients wait half
/// a minute for a response.
const TIME_LIMIT: Duration = Duration::from_secs(25);

enum Step {
    /// Deliveries are due at the new time.
    DeliveriesDue,
    TargetReached(ClockState),
    /// Another request has moved the clock meanwhile, so that the target is out of reach.
    Rejected(InvalidClockRequest),
}

/// Moves the clock forward by a number of milliseconds.
///
/// # Errors
/// After a [`StoreError`] the clock may be anywhere before the target.
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

/// Moves the clock to the next time at which a delivery is due, or to the target.
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
