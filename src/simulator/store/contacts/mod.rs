//! Contacts: made and brought up to date by sending and by the contacts API, found by any of their identifiers. An
//! identifier belongs to one contact of its namespace.

mod upsert;

use rusqlite::{Row, ToSql};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Reader, StoreError};
use crate::simulator::addressing::RecipientSpec;
use crate::simulator::contact::{Changes, Profile};

/// Identifiers under their stored names, with the column that finds a contact by them. The order is the one in which they
/// are tried. Push tokens come last; they have a table.
const COLUMNS: [(&str, &str); 6] = [
    ("externalId", "external_id"),
    ("email", "email"),
    ("phone", "phone"),
    ("slackId", "slack_id"),
    ("telegram", "telegram"),
    ("discord", "discord"),
];
/// How many of [`COLUMNS`] a path can name: the others are numbers, and would be taken for an id of your own.
const PATH_COLUMNS: usize = 4;
/// Finds by Sendivent's own id.
const BY_UUID: &str = "WHERE namespace = ?1 AND uuid = ?2";
/// Finds by a push token.
const BY_TOKEN: &str = "WHERE namespace = ?1 AND uuid = (SELECT contact FROM push_tokens WHERE namespace = ?1 AND token = ?2)";

/// The contacts of a list: of the namespace `?1`, with the text `?2` in them unless it is null.
const LIST_FILTER: &str = "namespace = ?1 AND (?2 IS NULL OR instr(lower(email), lower(?2)) OR instr(lower(phone), lower(?2)) \
     OR instr(lower(external_id), lower(?2)) OR instr(lower(fields ->> '$.name'), lower(?2)))";

/// Finds by an identifier. SQLite thinks little of an index that leaves rows out, and would go through the whole namespace.
fn by_column(column: &str) -> String {
    format!("INDEXED BY contacts_{column} WHERE namespace = ?1 AND {column} = ?2")
}

/// A contact that is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredContact {
    /// Sendivent's id of it.
    pub uuid: Uuid,
    /// Its number within its namespace.
    pub number: i64,
    /// Its fields.
    pub profile: Profile,
}

impl StoredContact {
    /// Reads `uuid, number, fields`.
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let fields: String = row.get(2)?;
        Ok(Self {
            uuid: Uuid::from_bytes(row.get(0)?),
            number: row.get(1)?,
            profile: match serde_json::from_str(&fields) {
                Ok(fields) => Profile::from_stored(fields),
                Err(_) => return Err(StoreError::damaged("the contact", fields)),
            },
        })
    }

    /// Returns the contact as the service shows it.
    pub fn body(&self) -> Value {
        self.profile.body(self.uuid, self.number)
    }
}

impl Reader<'_> {
    /// Returns what is known of the contact that a request names, under the names that a request uses.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn known_contact_fields(
        &self,
        addressee: &RecipientSpec,
    ) -> Result<Option<Map<String, Value>>, StoreError> {
        let found = self.matching(addressee.uuid, &addressee.changes)?;
        Ok(found.map(|contact| contact.profile.known()))
    }

    /// Returns the contact that a path names: by Sendivent's id, an id of your own, an address, a number, or an id of
    /// Slack.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contact(&self, identifier: &str) -> Result<Option<StoredContact>, StoreError> {
        if let Ok(uuid) = Uuid::try_parse(identifier)
            && let Some(found) = self.find_by(BY_UUID, uuid.into_bytes())?
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

    /// Returns some contacts in the order of their numbers, and how many there are. `search` is looked for in names,
    /// addresses, numbers and ids of your own, without regard to the case of ASCII letters.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contacts(
        &self,
        search: Option<&str>,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<StoredContact>, u64), StoreError> {
        let total: i64 = self
            .connection
            .prepare_cached(&format!(
                "SELECT count(*) FROM contacts WHERE {LIST_FILTER}"
            ))?
            .query_row((self.namespace, search), |row| row.get(0))?;
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT uuid, number, fields FROM contacts WHERE {LIST_FILTER} ORDER BY uuid LIMIT ?3 OFFSET ?4"
        ))?;
        let found = statement
            .query_and_then((self.namespace, search, limit, offset), StoredContact::read)?;
        let found = found.collect::<Result<_, _>>()?;
        Ok((found, u64::try_from(total).unwrap_or_default()))
    }

    /// Returns the contact that has any of the given identifiers.
    fn matching(
        &self,
        uuid: Option<Uuid>,
        changes: &Changes,
    ) -> Result<Option<StoredContact>, StoreError> {
        if let Some(uuid) = uuid
            && let Some(found) = self.find_by(BY_UUID, uuid.into_bytes())?
        {
            return Ok(Some(found));
        }
        for (name, column) in COLUMNS {
            if let Some(value) = changes.identifier(name)
                && let Some(found) = self.find_by(&by_column(column), value)?
            {
                return Ok(Some(found));
            }
        }
        for token in changes.tokens() {
            let found = self.find_by(BY_TOKEN, token)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find_by(&self, place: &str, value: impl ToSql) -> Result<Option<StoredContact>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT uuid, number, fields FROM contacts {place} LIMIT 1"
        ))?;
        let mut found = statement.query_and_then((self.namespace, value), StoredContact::read)?;
        found.next().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::{BY_TOKEN, BY_UUID, COLUMNS, LIST_FILTER, by_column};
    use crate::simulator::store::schema::SCHEMA;
    use crate::sqlite::{DbLocation, open};

    fn timeline(sql: &str) -> Vec<String> {
        let connection = open(&DbLocation::Memory, &SCHEMA).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let mut statement = connection.prepare(&sql).unwrap();
        let details = statement.query_map((1, "x"), |row| row.get(3));
        details.unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_contact_is_found_by_an_index_and_a_list_stays_in_its_run() {
        let mut places: Vec<String> = [BY_UUID, BY_TOKEN].map(str::to_owned).to_vec();
        places.extend(COLUMNS.map(|(_, column)| by_column(column)));
        for place in places {
            let steps = timeline(&format!(
                "SELECT uuid, number, fields FROM contacts {place} LIMIT 1"
            ));
            // Never by the namespace alone.
            let found = steps
                .iter()
                .filter(|step| step.contains("(namespace=? AND "));
            let searches = steps
                .iter()
                .filter(|step| step.contains("SEARCH") || step.contains("SCAN"));
            assert_eq!(found.count(), searches.count(), "{steps:?}");
        }
        let steps = timeline(&format!(
            "SELECT uuid, number, fields FROM contacts WHERE {LIST_FILTER} ORDER BY uuid"
        ));
        assert_eq!(steps, ["SEARCH contacts USING PRIMARY KEY (namespace=?)"]);
    }
}
