//! Carries out one command.

use super::{activity, cancel, connect, explain, follow, send, serve, simulator, status, webhook};
use crate::config::Session;
use crate::error::Error;
use crate::intent::Intent;
use crate::report::{Report, Sink, WhoAmI};
use crate::sqlite::Place;
use crate::world::World;

/// Carries out one command, with updates to the sink on the way.
///
/// # Errors
/// [`Error`], with all that a user can do about it.
pub async fn run(
    intent: Intent,
    session: &Session,
    world: &World,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    match intent {
        Intent::Send(send) => send::run(*send, session, world, sink).await,
        Intent::Status(status) => status::run(status, session, world, sink).await,
        Intent::Watch(watch) => follow::run(watch, session, world, sink).await,
        Intent::Activity(activity) => activity::run(activity, session, world, sink).await,
        Intent::Cancel(cancel) => cancel::run(cancel, session, world).await,
        Intent::Explain(explain) => explain::run(explain, session, world).await,
        Intent::WhoAmI => who_am_i(session),
        Intent::Simulator(order) => simulator::run(order, session, world).await,
        Intent::Verify(verify) => Ok(webhook::verify(&verify, world)),
        Intent::Serve(order) => serve::run(order, session, world, sink).await,
        Intent::Print(text) => Ok(Report::Text(text)),
    }
}

fn who_am_i(session: &Session) -> Result<Report, Error> {
    connect::require_simulator(session)?;
    let shown = |place: &Place| match place {
        Place::File(path) => path.display().to_string(),
        Place::Memory => ":memory:".to_owned(),
    };
    Ok(Report::WhoAmI(WhoAmI {
        simulator: shown(session.simulator.as_ref().map_err(Clone::clone)?),
        journal: match &session.journal {
            None => None,
            Some(place) => Some(shown(place.as_ref().map_err(Clone::clone)?)),
        },
    }))
}
