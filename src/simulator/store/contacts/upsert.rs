//! Creates, updates and deletes contacts.

use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{BY_TOKEN, COLUMNS, StoredContact, by_column};
use crate::simulator::contact::{Changes, Profile};
use crate::simulator::recipient_spec::RecipientSpec;
use crate::simulator::store::error::StoreError;
use crate::simulator::store::writer::Writer;

impl Writer<'_> {
    /// Creates or updates the contact of a send, and adds the stored fields to the send.
    pub(crate) fn upsert_recipient(&self, recipient: &mut RecipientSpec) -> Result<(), StoreError> {
        if !recipient.is_contact {
            return Ok(());
        }
        match self.matching_contact(recipient.uuid, &recipient.changes)? {
            Some(known) => {
                self.update_contact(&known, &recipient.changes)?;
                recipient.merge_stored_fields(&known.profile.known());
            }
            None => {
                self.insert_contact(&recipient.changes)?;
            }
        }
        Ok(())
    }

    /// Creates or updates the contact with one of the given identifiers.
    pub(crate) fn upsert_contact(
        &self,
        uuid: Option<Uuid>,
        changes: &Changes,
    ) -> Result<StoredContact, StoreError> {
        match self.matching_contact(uuid, changes)? {
            Some(known) => self.update_contact(&known, changes),
            None => self.insert_contact(changes),
        }
    }

    /// Applies changes to a contact, and returns it.
    pub(crate) fn update_contact(
        &self,
        known: &StoredContact,
        changes: &Changes,
    ) -> Result<StoredContact, StoreError> {
        self.replace_contact(known, known.profile.with(changes))
    }

    /// Replaces the fields of a contact. Another contact that had one of its new identifiers loses it.
    pub(crate) fn replace_contact(
        &self,
        known: &StoredContact,
        profile: Profile,
    ) -> Result<StoredContact, StoreError> {
        let new = StoredContact {
            profile,
            ..known.clone()
        };
        if new == *known {
            return Ok(new);
        }
        for (name, column) in COLUMNS {
            let Some(value) = new.profile.identifier(name) else {
                continue;
            };
            if known.profile.identifier(name) != Some(value)
                && let Some(other) = self.find_by(&by_column(column), value)?
                && other.uuid != new.uuid
            {
                let without = other.profile.without(name);
                self.update_contact_row(&other, &without)?;
            }
        }
        for token in new.profile.tokens() {
            if let Some(other) = self.find_by(BY_TOKEN, token)?
                && other.uuid != new.uuid
            {
                let without = other.profile.without_token(token);
                self.update_contact_row(&other, &without)?;
            }
        }
        self.update_contact_row(known, &new.profile)?;
        Ok(new)
    }

    /// Deletes a contact. Its messages stay.
    pub(crate) fn delete_contact(&self, contact: &StoredContact) -> Result<(), StoreError> {
        self.replace_tokens(contact, &Profile::default())?;
        self.connection
            .prepare_cached("DELETE FROM contacts WHERE namespace = ?1 AND uuid = ?2")?
            .execute((self.namespace, contact.uuid.into_bytes()))?;
        Ok(())
    }

    fn insert_contact(&self, changes: &Changes) -> Result<StoredContact, StoreError> {
        let last: Option<([u8; 16], i64)> = self
            .connection
            .prepare_cached(
                "SELECT uuid, number FROM contacts WHERE namespace = ?1 ORDER BY uuid DESC LIMIT 1",
            )?
            .query_row([self.namespace], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let new = StoredContact {
            number: last.map_or(0, |(_, number)| number) + 1,
            uuid: self.id_after(last.map(|(uuid, _)| Uuid::from_bytes(uuid))),
            profile: Profile::default().with(changes),
        };
        let [external_id, email, phone, slack_id, telegram, discord] =
            COLUMNS.map(|(name, _)| new.profile.identifier(name));
        self.connection
            .prepare_cached(
                "INSERT INTO contacts (namespace, uuid, number, fields, external_id, email, phone, slack_id, telegram, discord) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                self.namespace,
                new.uuid.into_bytes(),
                new.number,
                new.profile.to_stored(),
                external_id,
                email,
                phone,
                slack_id,
                telegram,
                discord,
            ))?;
        let none = StoredContact {
            profile: Profile::default(),
            ..new.clone()
        };
        self.replace_tokens(&none, &new.profile)?;
        Ok(new)
    }

    fn update_contact_row(
        &self,
        contact: &StoredContact,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        let [external_id, email, phone, slack_id, telegram, discord] =
            COLUMNS.map(|(name, _)| profile.identifier(name));
        self.connection
            .prepare_cached(
                "UPDATE contacts SET fields = ?3, external_id = ?4, email = ?5, phone = ?6, slack_id = ?7, \
                 telegram = ?8, discord = ?9 WHERE namespace = ?1 AND uuid = ?2",
            )?
            .execute((
                self.namespace,
                contact.uuid.into_bytes(),
                profile.to_stored(),
                external_id,
                email,
                phone,
                slack_id,
                telegram,
                discord,
            ))?;
        self.replace_tokens(contact, profile)
    }

    /// Replaces the push tokens of a contact with those of a profile.
    fn replace_tokens(&self, contact: &StoredContact, profile: &Profile) -> Result<(), StoreError> {
        let before = &contact.profile;
        for token in before
            .tokens()
            .filter(|old| profile.tokens().all(|t| t != *old))
        {
            self.connection
                .prepare_cached(
                    "DELETE FROM push_tokens WHERE namespace = ?1 AND token = ?2 AND contact = ?3",
                )?
                .execute((self.namespace, token, contact.uuid.into_bytes()))?;
        }
        for token in profile
            .tokens()
            .filter(|new| before.tokens().all(|t| t != *new))
        {
            self.connection
                .prepare_cached(
                    "REPLACE INTO push_tokens (namespace, token, contact) VALUES (?1, ?2, ?3)",
                )?
                .execute((self.namespace, token, contact.uuid.into_bytes()))?;
        }
        Ok(())
    }
}
