//! `cancel`

use super::{Context, connect};
use crate::error::Error;
use crate::intent::Cancel;
use crate::report::{Cancellation, Report};

/// Cancels what is pending, for one recipient after the other.
pub async fn run(cancel: Cancel, context: Context<'_>) -> Result<Report, Error> {
    let Cancel { event, to } = cancel;
    let client = connect::client(context, None)?;
    let mut done = Vec::with_capacity(to.len());
    for recipient in to {
        let answer = client.cancel(&event, &recipient).await.map_err(|error| {
            let what = format!("cancelling `{event}` for {}", recipient.label());
            Error::of_request(&what, error)
        })?;
        done.push(Cancellation {
            event: event.to_string(),
            recipient,
            cancelled: answer.body.cancelled,
        });
    }
    Ok(Report::Cancelled(done))
}
