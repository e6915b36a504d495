//! Creates, updates and deletes contacts.

use uuid::Uuid;

use super::{BY_TOKEN, COLUMNS, StoredContact, by_column};
use crate::model::Contact;
use crate::simulator::contact::ContactPatch;
use crate::simulator::recipient_spec::RecipientSpec;
use crate::simulator::store::error::StoreError;
use crate::simulator::store::writer::Writer;

impl Writer<'_> {
    /// Creates or updates the contact of a send, and adds the stored fields to the send.
    pub fn upsert_recipient(&self, recipient: &mut RecipientSpec) -> Result<(), StoreError> {
        if !recipient.is_contact {
            return Ok(());
        }
        match self.matching_contact(recipient.uuid, &recipient.patch)? {
            Some(known) => {
                self.update_contact(&known, &recipient.patch)?;
                recipient.merge_stored_fields(known.contact);
            }
            None => {
                self.insert_contact(&recipient.patch)?;
            }
        }
        Ok(())
    }

    /// Creates or updates the contact with one of the given identifiers.
    pub fn upsert_contact(
        &self,
        uuid: Option<Uuid>,
        patch: &ContactPatch,
    ) -> Result<StoredContact, StoreError> {
        match self.matching_contact(uuid, patch)? {
            Some(known) => self.update_contact(&known, patch),
            None => self.insert_contact(patch),
        }
    }

    /// Applies changes to a contact, and returns it.
    pub fn update_contact(
        &self,
        known: &StoredContact,
        patch: &ContactPatch,
    ) -> Result<StoredContact, StoreError> {
        self.replace_contact(known, patch.apply(&known.contact))
    }

    /// Replaces the fields of a contact. Another contact that had one of its new identifiers loses it.
    pub fn replace_contact(
        &self,
        known: &StoredContact,
        contact: Contact,
    ) -> Result<StoredContact, StoreError> {
        let new = StoredContact {
            contact,
            ..known.clone()
        };
        if new == *known {
            return Ok(new);
        }
        for (identifier, column) in COLUMNS {
            let Some(value) = new.contact.identifier(identifier) else {
                continue;
            };
            if known.contact.identifier(identifier) != Some(value)
                && let Some(other) = self.find_by(&by_column(column), value)?
                && other.uuid != new.uuid
            {
                let mut without = other.contact.clone();
                without.remove_identifier(identifier);
                self.update_contact_row(&other, &without)?;
            }
        }
        for token in &new.contact.push_tokens {
            if let Some(other) = self.find_by(BY_TOKEN, token)?
                && other.uuid != new.uuid
            {
                let mut without = other.contact.clone();
                without.remove_token(token);
                self.update_contact_row(&other, &without)?;
            }
        }
        self.update_contact_row(known, &new.contact)?;
        Ok(new)
    }

    /// Deletes a contact. Its messages stay.
    pub fn delete_contact(&self, contact: &StoredContact) -> Result<(), StoreError> {
        self.replace_tokens(contact, &Contact::default())?;
        self.execute(
            "DELETE FROM contacts WHERE namespace = ?1 AND uuid = ?2",
            (self.namespace, contact.uuid),
        )?;
        Ok(())
    }

    fn insert_contact(&self, patch: &ContactPatch) -> Result<StoredContact, StoreError> {
        let last: Option<(Uuid, i64)> = self.query_first(
            "SELECT uuid, number FROM contacts WHERE namespace = ?1 ORDER BY uuid DESC LIMIT 1",
            [self.namespace],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let empty = StoredContact {
            number: last.map_or(0, |(_, number)| number) + 1,
            uuid: self.id_after(last.map(|(uuid, _)| uuid)),
            contact: Contact::default(),
        };
        self.execute(
            "INSERT INTO contacts (namespace, uuid, number, fields) VALUES (?1, ?2, ?3, ?4)",
            (self.namespace, empty.uuid, empty.number, &empty.contact),
        )?;
        let contact = patch.apply(&empty.contact);
        self.update_contact_row(&empty, &contact)?;
        Ok(StoredContact { contact, ..empty })
    }

    fn update_contact_row(&self, contact: &StoredContact, new: &Contact) -> Result<(), StoreError> {
        let [external_id, email, phone, slack_id, telegram, discord] =
            COLUMNS.map(|(identifier, _)| new.identifier(identifier));
        self.execute(
            "UPDATE contacts SET fields = ?3, external_id = ?4, email = ?5, phone = ?6, slack_id = ?7, \
             telegram = ?8, discord = ?9 WHERE namespace = ?1 AND uuid = ?2",
            (
                self.namespace,
                contact.uuid,
                new,
                external_id,
                email,
                phone,
                slack_id,
                telegram,
                discord,
            ),
        )?;
        self.replace_tokens(contact, new)
    }

    /// Replaces the push tokens of a contact with those of its new fields.
    fn replace_tokens(&self, stored: &StoredContact, new: &Contact) -> Result<(), StoreError> {
        let before = &stored.contact.push_tokens;
        let after = &new.push_tokens;
        for token in before.iter().filter(|token| !after.contains(token)) {
            self.execute(
                "DELETE FROM push_tokens WHERE namespace = ?1 AND token = ?2 AND contact = ?3",
                (self.namespace, token, stored.uuid),
            )?;
        }
        for token in after.iter().filter(|token| !before.contains(token)) {
            self.execute(
                "REPLACE INTO push_tokens (namespace, token, contact) VALUES (?1, ?2, ?3)",
                (self.namespace, token, stored.uuid),
            )?;
        }
        Ok(())
    }
}
