//! Cancelling: the rest of the timeline of queued messages is removed.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::error::StoreError;
use super::messages::{COLUMNS, StoredMessage};
use super::writer::Writer;
use crate::model::{EventName, Identifier};
use crate::simulator::recipient_spec::RecipientSpec;

impl Writer<'_> {
    /// Cancels the notifications of an event that have a queued message to a contact, by any of its identifiers. Returns
    /// their number.
    pub(crate) fn cancel(
        &self,
        event: &EventName,
        mut recipient: RecipientSpec,
    ) -> Result<u64, StoreError> {
        if let Some(stored) = self.known_contact(&recipient)? {
            recipient.merge_stored_fields(stored);
        }
        let mut cancelled = BTreeSet::new();
        let identifiers = Identifier::ALL
            .into_iter()
            .filter_map(|kind| recipient.identifier(kind));
        for identifier in identifiers {
            for message in self.queued_messages(event.as_str(), identifier)? {
                self.update_timeline(&message, &message.timeline.cancelled(self.now))?;
                self.delete_planned_suppression(
                    &message.recipient,
                    message.notification.as_bytes(),
                )?;
                self.delete_webhook_events(message.notification, message.number)?;
                cancelled.insert(message.notification);
            }
        }
        for notification in &cancelled {
            self.mark_cancelled(*notification)?;
        }
        Ok(u64::try_from(cancelled.len()).unwrap_or(u64::MAX))
    }

    fn queued_messages(
        &self,
        event: &str,
        recipient: &str,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM messages m INDEXED BY messages_recipient \
             CROSS JOIN notifications n ON n.namespace = m.namespace AND n.id = m.notification \
             WHERE m.namespace = ?1 AND m.recipient = ?2 AND m.event = ?3 AND n.cancelled_at IS NULL \
             AND (m.end_status = 'queued' OR coalesce(m.sent_at, m.end_at) > ?4)"
        ))?;
        let messages = statement.query_and_then(
            (self.namespace, recipient, event, self.now),
            StoredMessage::read,
        )?;
        messages.collect()
    }

    fn mark_cancelled(&self, notification: Uuid) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE notifications SET cancelled_at = ?3, processing_at = NULL, completed_at = NULL WHERE namespace = ?1 AND id = ?2",
            )?
            .execute((self.namespace, notification.into_bytes(), self.now))?;
        Ok(())
    }
}
