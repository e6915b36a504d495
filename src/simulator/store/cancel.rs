//! Cancelling: the rest of the timeline of queued messages is removed.

use super::error::StoreError;
use super::messages::{COLUMNS, StoredMessage};
use super::writer::Writer;
use crate::model::{EventName, Identifier};
use crate::simulator::recipient_spec::RecipientSpec;

impl Writer<'_> {
    /// Cancels the notifications of an event whose message to a contact, by any of its identifiers, is queued. Returns
    /// their number.
    pub fn cancel(
        &self,
        event: &EventName,
        mut recipient: RecipientSpec,
    ) -> Result<u64, StoreError> {
        if let Some(stored) = self.known_contact(&recipient)? {
            recipient.merge_stored_fields(stored);
        }
        let mut cancelled = 0;
        let identifiers = Identifier::ALL
            .into_iter()
            .filter_map(|kind| recipient.identifier(kind));
        for identifier in identifiers {
            for message in self.queued_messages(event.as_str(), identifier)? {
                self.cancel_message(&message)?;
                self.delete_planned_suppression(&message)?;
                self.delete_webhook_events(message.notification)?;
                cancelled += 1;
            }
        }
        Ok(cancelled)
    }

    fn queued_messages(
        &self,
        event: &str,
        recipient: &str,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        self.query_all(
            &format!(
                "SELECT {COLUMNS} FROM messages INDEXED BY messages_recipient \
                 WHERE namespace = ?1 AND recipient = ?2 AND event = ?3 AND cancelled_at IS NULL \
                 AND (end_status = 'queued' OR coalesce(sent_at, end_at) > ?4)"
            ),
            (self.namespace, recipient, event, self.now),
            StoredMessage::read,
        )
    }
}
