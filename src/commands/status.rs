//! `status`: one look at each notification.

use super::{connect, follow};
use crate::client::{Client, Failure};
use crate::config::Session;
use crate::error::Error;
use crate::intent::Status;
use crate::model::from_millis;
use crate::report::{Found, Looked, Report, Sink};
use crate::world::World;

/// Looks once.
pub async fn run(
    status: Status,
    session: &Session,
    world: &World,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    let Status {
        ids,
        explain,
        exit_status,
    } = status;
    let meant = connect::meant(ids, session, sink)?;
    let client = connect::client(session, world, None)?;
    let mut found = Vec::with_capacity(meant.ids.len());
    for id in &meant.ids {
        found.push(look(&client, id, world).await?);
    }
    match found.as_slice() {
        [one] if one.notification.is_none() => Err(follow::not_known(&one.id)),
        _ => Ok(Report::Looked(Looked {
            found,
            exit_status,
            explain,
            unknown: meant.unknown,
        })),
    }
}

/// Looks at one notification. One that the service does not know is a finding, not an error.
pub async fn look(client: &Client<'_>, id: &str, world: &World) -> Result<Found, Error> {
    let now = from_millis(world.clock.now());
    match client.notification(id).await {
        Ok(found) => Ok(Found {
            id: id.to_owned(),
            at: found.answered_at.unwrap_or(now),
            notification: Some(found.body),
            missing: false,
        }),
        Err(Failure::Refused(refusal)) if refusal.status == 404 => Ok(Found {
            id: id.to_owned(),
            at: now,
            notification: None,
            missing: true,
        }),
        Err(failure) => Err(Error::of_failure(&format!("notification {id}"), failure)),
    }
}
