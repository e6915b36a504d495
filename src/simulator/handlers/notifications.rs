//! `GET /v1/notifications/{id}`.

use uuid::Uuid;

use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract::{self, PathParams};
use crate::simulator::respond::ok;
use crate::simulator::store::{Scope, StoredNotification};

/// Returns a notification with its messages.
pub async fn show(scope: Scope, id: PathParams) -> HandlerResult {
    let (now, found) = find(&scope, id).await?;
    Ok(ok(now, &found.snapshot(now)))
}

/// Returns the notification that a path names, and the virtual time. A malformed id is a 404, too.
pub async fn find(
    scope: &Scope,
    id: PathParams,
) -> Result<(i64, StoredNotification), ApiErrorResponse> {
    let text = extract::path(id)?;
    let missing = || ApiErrorResponse::not_found(format!("Notification not found: {text}"));
    let id = Uuid::try_parse(&text).map_err(|_| missing())?;
    let (now, found) = scope.read(move |reader| reader.notification(id)).await?;
    Ok((now, found.ok_or_else(missing)?))
}
