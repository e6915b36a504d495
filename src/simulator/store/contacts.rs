//! Contacts as rows: created and updated by sends and by the contacts API, found by any of their identifiers. Within a
//! namespace an identifier belongs to one contact.

use std::borrow::Cow;

use rusqlite::{Params, Row};
use uuid::Uuid;

use super::error::StoreError;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Contact, Identifier};
use crate::simulator::contact::{ContactPatch, identifiers};
use crate::simulator::recipient_spec::RecipientSpec;

/// The kinds of identifiers that name a contact in a path: the others are numbers, like many external ids.
const PATH_KINDS: [Identifier; 4] = [
    Identifier::ExternalId,
    Identifier::Email,
    Identifier::Phone,
    Identifier::SlackId,
];
const BY_UUID: &str = "namespace = ?1 AND uuid = ?2";
const BY_IDENTIFIER: &str = "namespace = ?1 AND uuid = \
     (SELECT contact FROM identifiers WHERE namespace = ?1 AND kind = ?2 AND value = ?3)";

/// The filter of a list: namespace `?1`, and the search text `?2` unless it is null.
const LIST_FILTER: &str = "namespace = ?1 AND (?2 IS NULL OR instr(lower(fields ->> '$.email'), lower(?2)) \
     OR instr(lower(fields ->> '$.phone'), lower(?2)) OR instr(lower(fields ->> '$.id'), lower(?2)) \
     OR instr(lower(fields ->> '$.name'), lower(?2)))";

#[derive(Debug, Clone, PartialEq)]
pub struct StoredContact {
    /// Sendivent's id.
    pub uuid: Uuid,
    /// The number within the namespace.
    pub number: i64,
    pub contact: Contact,
}

impl StoredContact {
    /// Reads `uuid, number, fields`.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            uuid: row.get(0)?,
            number: row.get(1)?,
            contact: row.get(2)?,
        })
    }
}

/// Returns an identifier as it is stored and searched. Email addresses are the same in every case.
fn key(kind: Identifier, value: &str) -> Cow<'_, str> {
    match kind {
        Identifier::Email => value.to_ascii_lowercase().into(),
        _ => value.into(),
    }
}

impl Reader<'_> {
    pub fn known_contact(&self, recipient: &RecipientSpec) -> Result<Option<Contact>, StoreError> {
        let contact = self.matching_contact(recipient.uuid, recipient.patch.identifiers())?;
        Ok(contact.map(|stored| stored.contact))
    }

    /// Returns the contact with an identifier from a path: Sendivent's id, an external id, an email address, a phone
    /// number or a Slack id.
    pub fn contact(&self, identifier: &str) -> Result<Option<StoredContact>, StoreError> {
        let uuid = Uuid::try_parse(identifier).ok();
        self.matching_contact(uuid, PATH_KINDS.map(|kind| (kind, identifier)).into_iter())
    }

    /// Returns one page of contacts in the order of their numbers, and the total. `search` matches names, email addresses,
    /// phone numbers and external ids, without regard to the case of ASCII letters.
    pub fn contacts(
        &self,
        search: Option<&str>,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<StoredContact>, u64), StoreError> {
        let total: i64 = self.query_value(
            &format!("SELECT count(*) FROM contacts WHERE {LIST_FILTER}"),
            (self.namespace, search),
        )?;
        let found = self.query_all(
            &format!(
                "SELECT uuid, number, fields FROM contacts WHERE {LIST_FILTER} ORDER BY uuid LIMIT ?3 OFFSET ?4"
            ),
            (self.namespace, search, limit, offset),
            StoredContact::read,
        )?;
        Ok((found, u64::try_from(total).unwrap_or_default()))
    }

    /// Returns the first contact with one of the given identifiers.
    fn matching_contact<'a>(
        &self,
        uuid: Option<Uuid>,
        identifiers: impl Iterator<Item = (Identifier, &'a str)>,
    ) -> Result<Option<StoredContact>, StoreError> {
        if let Some(uuid) = uuid
            && let Some(found) = self.first_contact(BY_UUID, (self.namespace, uuid))?
        {
            return Ok(Some(found));
        }
        for (kind, value) in identifiers {
            let found = self.contact_with(kind, value)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn contact_with(
        &self,
        kind: Identifier,
        value: &str,
    ) -> Result<Option<StoredContact>, StoreError> {
        let params = (self.namespace, kind.field(), key(kind, value));
        self.first_contact(BY_IDENTIFIER, params)
    }

    fn first_contact(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Option<StoredContact>, StoreError> {
        let sql = format!("SELECT uuid, number, fields FROM contacts WHERE {condition}");
        self.query_first(&sql, params, StoredContact::read)
    }
}

impl Writer<'_> {
    /// Creates or updates the contact of a send, and adds the stored fields to the send.
    pub fn upsert_recipient(&self, recipient: &mut RecipientSpec) -> Result<(), StoreError> {
        if !recipient.is_contact {
            return Ok(());
        }
        let patch = &recipient.patch;
        match self.matching_contact(recipient.uuid, patch.identifiers())? {
            Some(known) => {
                self.replace_contact(&known, patch.apply(&known.contact))?;
                recipient.merge_stored_fields(known.contact);
            }
            None => {
                self.insert_contact(patch)?;
            }
        }
        Ok(())
    }

    pub fn upsert_contact(
        &self,
        uuid: Option<Uuid>,
        patch: &ContactPatch,
    ) -> Result<StoredContact, StoreError> {
        match self.matching_contact(uuid, patch.identifiers())? {
            Some(known) => self.replace_contact(&known, patch.apply(&known.contact)),
            None => self.insert_contact(patch),
        }
    }

    fn insert_contact(&self, patch: &ContactPatch) -> Result<StoredContact, StoreError> {
        let last: Option<(Uuid, i64)> = self.query_first(
            "SELECT uuid, number FROM contacts WHERE namespace = ?1 ORDER BY uuid DESC LIMIT 1",
            [self.namespace],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let new = StoredContact {
            number: last.map_or(0, |(_, number)| number) + 1,
            uuid: self.id_after(last.map(|(uuid, _)| uuid)),
            contact: patch.apply(&Contact::default()),
        };
        self.execute(
            "INSERT INTO contacts (namespace, uuid, number, fields) VALUES (?1, ?2, ?3, ?4)",
            (self.namespace, new.uuid, new.number, &new.contact),
        )?;
        for (kind, value) in identifiers(&new.contact) {
            self.store_identifier(kind, value, new.uuid)?;
        }
        Ok(new)
    }

    /// Replaces the fields of a contact. Another contact that had one of its new identifiers loses it.
    pub fn replace_contact(
        &self,
        known: &StoredContact,
        contact: Contact,
    ) -> Result<StoredContact, StoreError> {
        if contact == known.contact {
            return Ok(known.clone());
        }
        let before: Vec<_> = identifiers(&known.contact).collect();
        let after: Vec<_> = identifiers(&contact).collect();
        for (kind, value) in before.iter().filter(|old| !after.contains(old)) {
            self.delete_identifier(*kind, value)?;
        }
        for (kind, value) in after.iter().filter(|new| !before.contains(new)) {
            if let Some(mut other) = self.contact_with(*kind, value)? {
                match kind {
                    Identifier::PushToken => other.contact.remove_token(value),
                    text => other.contact.remove_identifier(*text),
                }
                self.update_fields(other.uuid, &other.contact)?;
            }
            self.store_identifier(*kind, value, known.uuid)?;
        }
        self.update_fields(known.uuid, &contact)?;
        Ok(StoredContact {
            contact,
            ..known.clone()
        })
    }

    /// Deletes a contact. Its messages stay.
    pub fn delete_contact(&self, stored: &StoredContact) -> Result<(), StoreError> {
        for (kind, value) in identifiers(&stored.contact) {
            self.delete_identifier(kind, value)?;
        }
        self.execute(
            "DELETE FROM contacts WHERE namespace = ?1 AND uuid = ?2",
            (self.namespace, stored.uuid),
        )?;
        Ok(())
    }

    fn update_fields(&self, uuid: Uuid, contact: &Contact) -> Result<(), StoreError> {
        self.execute(
            "UPDATE contacts SET fields = ?3 WHERE namespace = ?1 AND uuid = ?2",
            (self.namespace, uuid, contact),
        )?;
        Ok(())
    }

    /// Stores an identifier of a contact, and takes it from the contact that had it.
    fn store_identifier(
        &self,
        kind: Identifier,
        value: &str,
        contact: Uuid,
    ) -> Result<(), StoreError> {
        self.execute(
            "REPLACE INTO identifiers (namespace, kind, value, contact) VALUES (?1, ?2, ?3, ?4)",
            (self.namespace, kind.field(), key(kind, value), contact),
        )?;
        Ok(())
    }

    fn delete_identifier(&self, kind: Identifier, value: &str) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM identifiers WHERE namespace = ?1 AND kind = ?2 AND value = ?3",
            (self.namespace, kind.field(), key(kind, value)),
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{BY_IDENTIFIER, BY_UUID, LIST_FILTER};
    use crate::simulator::store::schema::SCHEMA;
    use crate::sqlite::{DbLocation, open};
    use rusqlite::Params;

    fn query_plan(condition: &str, params: impl Params) -> Vec<String> {
        let connection = open(&DbLocation::Memory, &SCHEMA).unwrap();
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT uuid, number, fields FROM contacts WHERE {condition}"
        );
        let mut statement = connection.prepare(&sql).unwrap();
        let details = statement.query_map(params, |row| row.get(3));
        details.unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn lookups_use_an_index_and_lists_stay_in_their_namespace() {
        for steps in [
            query_plan(BY_UUID, (1, "x")),
            query_plan(BY_IDENTIFIER, (1, "email", "x")),
        ] {
            // A search by the namespace alone would visit every contact.
            let found = steps
                .iter()
                .filter(|step| step.contains("(namespace=? AND "));
            let searches = steps
                .iter()
                .filter(|step| step.contains("SEARCH") || step.contains("SCAN"));
            assert_eq!(found.count(), searches.count(), "{steps:?}");
        }
        let steps = query_plan(&format!("{LIST_FILTER} ORDER BY uuid"), (1, "x"));
        assert_eq!(steps, ["SEARCH contacts USING PRIMARY KEY (namespace=?)"]);
    }
}
