//! Contacts as rows: created and updated by sends and by the contacts API, found by any of their identifiers. Within a
//! namespace an identifier belongs to one contact.

mod upsert;

use rusqlite::{Row, ToSql};
use uuid::Uuid;

use super::error::StoreError;
use super::reader::Reader;
use crate::model::{Contact, Identifier};
use crate::simulator::contact::ContactPatch;
use crate::simulator::recipient_spec::RecipientSpec;

/// Identifiers and their columns, in the order in which a contact is searched. Push tokens follow from their own table.
const COLUMNS: [(Identifier, &str); 6] = [
    (Identifier::ExternalId, "external_id"),
    (Identifier::Email, "email"),
    (Identifier::Phone, "phone"),
    (Identifier::SlackId, "slack_id"),
    (Identifier::Telegram, "telegram"),
    (Identifier::Discord, "discord"),
];
/// The number of [`COLUMNS`] that identify a contact in a path: the others are numbers, like many external ids.
const PATH_COLUMNS: usize = 4;
const BY_UUID: &str = "WHERE namespace = ?1 AND uuid = ?2";
const BY_TOKEN: &str = "WHERE namespace = ?1 AND uuid = (SELECT contact FROM push_tokens WHERE namespace = ?1 AND token = ?2)";

/// The filter of a list: namespace `?1`, and the search text `?2` unless it is null.
const LIST_FILTER: &str = "namespace = ?1 AND (?2 IS NULL OR instr(lower(email), lower(?2)) OR instr(lower(phone), lower(?2)) \
     OR instr(lower(external_id), lower(?2)) OR instr(lower(fields ->> '$.name'), lower(?2)))";

fn by_column(column: &str) -> String {
    // SQLite underestimates partial indexes, and would otherwise visit the whole namespace.
    format!("INDEXED BY contacts_{column} WHERE namespace = ?1 AND {column} = ?2")
}

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

impl Reader<'_> {
    /// Returns the stored contact that a request identifies.
    pub fn known_contact(&self, recipient: &RecipientSpec) -> Result<Option<Contact>, StoreError> {
        let contact = self.matching_contact(recipient.uuid, &recipient.patch)?;
        Ok(contact.map(|stored| stored.contact))
    }

    /// Returns the contact with an identifier from a path: Sendivent's id, an external id, an email address, a phone
    /// number or a Slack id.
    pub fn contact(&self, identifier: &str) -> Result<Option<StoredContact>, StoreError> {
        if let Ok(uuid) = Uuid::try_parse(identifier)
            && let Some(found) = self.find_by(BY_UUID, uuid)?
        {
            return Ok(Some(found));
        }
        for (_, column) in &COLUMNS[..PATH_COLUMNS] {
            let found = self.find_by(&by_column(column), identifier)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
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
    fn matching_contact(
        &self,
        uuid: Option<Uuid>,
        patch: &ContactPatch,
    ) -> Result<Option<StoredContact>, StoreError> {
        if let Some(uuid) = uuid
            && let Some(found) = self.find_by(BY_UUID, uuid)?
        {
            return Ok(Some(found));
        }
        for (identifier, column) in COLUMNS {
            if let Some(value) = patch.identifier(identifier)
                && let Some(found) = self.find_by(&by_column(column), value)?
            {
                return Ok(Some(found));
            }
        }
        for token in patch.tokens() {
            let found = self.find_by(BY_TOKEN, token)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find_by(
        &self,
        clause: &str,
        value: impl ToSql,
    ) -> Result<Option<StoredContact>, StoreError> {
        self.query_first(
            &format!("SELECT uuid, number, fields FROM contacts {clause} LIMIT 1"),
            (self.namespace, value),
            StoredContact::read,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{BY_TOKEN, BY_UUID, COLUMNS, LIST_FILTER, by_column};
    use crate::simulator::store::schema::SCHEMA;
    use crate::sqlite::{DbLocation, open};

    fn query_plan(sql: &str) -> Vec<String> {
        let connection = open(&DbLocation::Memory, &SCHEMA).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let mut statement = connection.prepare(&sql).unwrap();
        let details = statement.query_map((1, "x"), |row| row.get(3));
        details.unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn lookups_use_an_index_and_lists_stay_in_their_namespace() {
        let mut clauses: Vec<String> = [BY_UUID, BY_TOKEN].map(str::to_owned).to_vec();
        clauses.extend(COLUMNS.map(|(_, column)| by_column(column)));
        for clause in clauses {
            let steps = query_plan(&format!(
                "SELECT uuid, number, fields FROM contacts {clause} LIMIT 1"
            ));
            // A search by the namespace alone would visit every contact.
            let found = steps
                .iter()
                .filter(|step| step.contains("(namespace=? AND "));
            let searches = steps
                .iter()
                .filter(|step| step.contains("SEARCH") || step.contains("SCAN"));
            assert_eq!(found.count(), searches.count(), "{steps:?}");
        }
        let steps = query_plan(&format!(
            "SELECT uuid, number, fields FROM contacts WHERE {LIST_FILTER} ORDER BY uuid"
        ));
        assert_eq!(steps, ["SEARCH contacts USING PRIMARY KEY (namespace=?)"]);
    }
}
