//! The loop of `activity --follow`, for the simulator and for the journal.

use std::time::Duration;

use crate::api::control::MessageRow;
use crate::commands::command::Context;
use crate::commands::poll::{Pacer, StopReason};
use crate::error::Error;
use crate::host::Interrupt;

/// How error messages name the requests of `activity`.
pub const ACTIVITY: &str = "the activity";

/// Prints the new and changed messages that each call of `poll` returns, until a signal arrives, stdout is closed, or
/// nothing has changed for `idle_timeout`. Returns the signal, if one arrived. Fails if `poll` returns an error, or if
/// the service cannot be reached when `idle_timeout` ends.
pub async fn follow(
    idle_timeout: Option<Duration>,
    mut pacer: Pacer<'_>,
    context: Context<'_>,
    mut poll: impl AsyncFnMut(&mut Pacer<'_>) -> Result<Vec<MessageRow>, Error>,
) -> Result<Option<Interrupt>, Error> {
    let mut idle = Duration::ZERO;
    loop {
        let changes = match poll(&mut pacer).await {
            Err(Error::Interrupted(interrupt)) => return Ok(Some(interrupt)),
            changes => changes?,
        };
        if !changes.is_empty() {
            idle = Duration::ZERO;
            pacer.record_change();
        }
        for row in changes {
            let row = context.redactor.message_row(row);
            if context.reporter.update(&row).is_break() {
                return Ok(None);
            }
        }
        if idle_timeout.is_some_and(|limit| idle >= limit) {
            return match pacer.outage() {
                None => Ok(None),
                // During an outage, it is unknown whether anything changed.
                Some(reason) => {
                    Err(StopReason::Unavailable(reason.to_owned()).into_error(ACTIVITY))
                }
            };
        }
        let remaining = idle_timeout.map(|limit| limit.saturating_sub(idle));
        match pacer.wait(remaining).await {
            Ok(pause) => idle += pause,
            Err(interrupt) => return Ok(Some(interrupt)),
        }
    }
}
