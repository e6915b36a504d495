//! `journal …`

use super::{Context, connect, login};
use crate::config;
use crate::error::Error;
use crate::intent::JournalOrder;
use crate::report::Report;

/// Carries out an order.
pub fn run(order: JournalOrder, context: Context<'_>) -> Result<Report, Error> {
    let off = || Error::usage("the journal is switched off", "Leave --no-journal out.");
    match order {
        JournalOrder::Path => {
            let place = context.session.journal.as_ref().ok_or_else(off)?;
            let place = place.as_ref().map_err(Clone::clone)?;
            Ok(Report::JournalPath(login::shown(place)))
        }
        JournalOrder::Prune(age) => {
            let mut journal = connect::journal(context)?.ok_or_else(off)?;
            let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            let before = context.host.clock.now().saturating_sub(age);
            let profile = config::requested_profile(&context.session.flags, context.host)?;
            let beginning = profile.as_deref().map(config::service_id_prefix);
            let forgotten = journal.prune(before, &beginning.unwrap_or_default());
            Ok(Report::Pruned(forgotten.map_err(Error::Journal)?, profile))
        }
    }
}
