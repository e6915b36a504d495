//! `GET /v1/notifications/{id}`.

use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::ok;
use crate::simulator::store::{Scope, StoredNotification};

const KIND: &str = "Notification";

/// Returns a notification with its messages.
pub async fn show(scope: Scope, id: PathParams) -> HandlerResult {
    let (now, found) = find(&scope, id).await?;
    Ok(ok(now, &found.snapshot(now)))
}

/// Returns the notification that a path names, and the virtual time.
pub async fn find(
    scope: &Scope,
    id: PathParams,
) -> Result<(i64, StoredNotification), ApiErrorResponse> {
    let id = extract::path_uuid(id, KIND)?;
    let (now, found) = scope.read(move |reader| reader.notification(id)).await?;
    Ok((now, found.ok_or_else(|| extract::not_found(KIND, id))?))
}
