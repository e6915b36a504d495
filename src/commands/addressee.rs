//! Whom a notification goes to, where the service does not tell: what this machine knows of it.

use std::cell::OnceCell;

use super::{Context, connect};
use crate::api::Decoded;
use crate::journal::Journal;
use crate::model::{Audience, Notification};

/// Returns what a look found, with the recipient that is known from elsewhere if the service names none.
pub fn addressed(
    mut found: Decoded<Notification>,
    known: impl FnOnce(&str) -> Option<String>,
) -> Decoded<Notification> {
    if found.body.recipient().is_none() {
        found.body.fallback_recipient = known(&found.body.id);
    }
    found
}

/// The journal, opened when the first recipient is asked for.
pub struct Addressees<'c> {
    context: Context<'c>,
    journal: OnceCell<Option<(Journal, String)>>,
}

impl<'c> Addressees<'c> {
    /// Returns what a run knows.
    pub fn new(context: Context<'c>) -> Self {
        Self {
            context,
            journal: OnceCell::new(),
        }
    }

    /// Returns whom the journal says that a notification went to. A journal that cannot be read knows nothing.
    pub fn of(&self, id: &str) -> Option<String> {
        let open = || {
            let journal = connect::journal(self.context).ok()??;
            let service_id = self.context.session.service_id(self.context.host).ok()?;
            Some((journal, service_id))
        };
        let (journal, service_id) = self.journal.get_or_init(open).as_ref()?;
        let recipient = journal.recipient_of(service_id, id).ok()??;
        Some(match recipient.as_str() {
            "" => Audience::Listeners.label(),
            _ => recipient,
        })
    }
}
