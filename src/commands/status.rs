//! `status`: one look at each notification.

use futures_util::{StreamExt, stream};

use super::addressee::{Addressees, addressed};
use super::{Context, connect};
use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::intent::Status;
use crate::model::from_millis;
use crate::report::{Looked, Lookup, Report, Sink};

/// Looks once.
pub async fn run(
    status: Status,
    context: Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    let Status {
        ids,
        explain,
        exit_status,
    } = status;
    let meant = connect::meant(ids, context, sink)?;
    let client = connect::client(context, None)?;
    let known = Addressees::new(context);
    let looks = meant
        .ids
        .iter()
        .map(|id| look(&client, id, &known, context.host));
    let mut looks = stream::iter(looks).buffered(client.concurrency());
    let mut found = Vec::with_capacity(meant.ids.len());
    while let Some(look) = looks.next().await {
        found.push(look?);
    }
    drop(looks);
    match found.as_slice() {
        [one] if one.notification.is_none() => Err(connect::not_known(&one.id, context)),
        _ => {
            connect::warn_of_others(&found, context, sink);
            Ok(Report::Looked(Looked {
                found,
                exit_status,
                explain,
                unknown: meant.unknown,
            }))
        }
    }
}

/// Looks at one notification. One that the service does not know is a finding, not an error.
pub async fn look(
    client: &Client<'_>,
    id: &str,
    known: &Addressees<'_>,
    host: &Host,
) -> Result<Lookup, Error> {
    let now = from_millis(host.clock.now());
    match client.notification(id).await {
        Ok(found) => Ok(Lookup {
            id: id.to_owned(),
            at: found.answered_at.unwrap_or(now),
            notification: Some(addressed(found, |id| known.of(id)).body),
            missing: false,
        }),
        Err(error) if error.is_rejected_with(404) => Ok(Lookup {
            id: id.to_owned(),
            at: now,
            notification: None,
            missing: true,
        }),
        Err(error) => Err(Error::of_request(&format!("notification {id}"), error)),
    }
}
