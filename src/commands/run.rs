//! Carries out one command.

use super::{
    Context, activity, cancel, doctor, explain, journal, ledger, login, program, send, serve,
    simulator, status, watch, webhook,
};
use crate::error::Error;
use crate::intent::Intent;
use crate::report::{Report, Sink};

/// Carries out one command, with updates to the sink on the way.
///
/// # Errors
/// [`Error`], with all that a user can do about it.
pub async fn run(
    intent: Intent,
    context: Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, Error> {
    match intent {
        Intent::Send(send) => send::run(*send, context, sink).await,
        Intent::Status(status) => status::run(status, context, sink).await,
        Intent::Watch(watch) => watch::run(watch, context, sink).await,
        Intent::Activity(activity) if context.session.simulate => {
            activity::run(activity, context, sink).await
        }
        Intent::Activity(activity) => ledger::run(activity, context, sink).await,
        Intent::Cancel(cancel) => cancel::run(cancel, context).await,
        Intent::Explain(explain) => explain::run(explain, context).await,
        Intent::Login(key) => login::login(&key, context),
        Intent::Logout => login::logout(context),
        Intent::WhoAmI => login::who_am_i(context),
        Intent::Doctor => doctor::run(context).await,
        Intent::Journal(order) => journal::run(order, context),
        Intent::Simulator(order) => simulator::run(order, context).await,
        Intent::Serve(order) => serve::run(order, context, sink).await,
        Intent::Run(order) => program::run(order, context).await,
        Intent::Verify(verify) => Ok(webhook::verify(&verify, context.host)),
        Intent::Print(text) => Ok(Report::Text(text)),
    }
}
