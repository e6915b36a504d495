//! `GET /v1/notifications/{id}`, which returns a notification with its messages.

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

/// Finds the notification with the id in the path. Returns the virtual time, the message of the notification, and the
/// contact as it was when the message was sent. If the id is unknown, returns a 404.
pub async fn find(
    scope: &Scope,
    id: PathParams,
) -> Result<(i64, (StoredMessage, Contact)), ApiErrorResponse> {
    let id = extract::path_uuid(id, KIND)?;
    let (now, found) = scope.read(move |reader| reader.notification(id)).await?;
    Ok((now, found.ok_or_else(|| extract::not_found(KIND, id))?))
}
