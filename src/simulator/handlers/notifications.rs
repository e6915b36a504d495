//! `GET /v1/notifications/{id}`.

use crate::model::Contact;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::ok;
use crate::simulator::store::{Scope, StoredMessage};

const KIND: &str = "Notification";

pub async fn show(scope: Scope, id: PathParams) -> HandlerResult {
    let (now, (message, contact)) = find(&scope, id).await?;
    Ok(ok(now, &message.notification_snapshot(&contact, now)))
}

/// Returns the message and the contact of the notification that a path names, and the virtual time.
pub async fn find(
    scope: &Scope,
    id: PathParams,
) -> Result<(i64, (StoredMessage, Contact)), ApiErrorResponse> {
    let id = extract::path_uuid(id, KIND)?;
    let (now, found) = scope.read(move |reader| reader.notification(id)).await?;
    Ok((now, found.ok_or_else(|| extract::not_found(KIND, id))?))
}
