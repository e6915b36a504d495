//! Contacts: made and brought up to date by sending, found by any of their identifiers.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Reader, StoreError, Writer};
use crate::simulator::addressing::{Addressee, IDENTIFIERS};

/// The one identifier that has a table in place of a column.
const PUSH_TOKEN: &str = "push_token";

/// Returns the condition for whoever has an identifier, `?2`.
fn holds(column: &str) -> String {
    if column == PUSH_TOKEN {
        return "uuid = (SELECT contact FROM push_tokens WHERE run = ?1 AND token = ?2)".to_owned();
    }
    format!("{column} = ?2")
}

/// A contact that is known.
struct Known {
    uuid: Uuid,
    fields: Map<String, Value>,
}

impl Reader<'_> {
    /// Returns what is known of the contact that a request names, found by any of its identifiers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn known_fields(
        &self,
        addressee: &Addressee,
    ) -> Result<Option<Map<String, Value>>, StoreError> {
        Ok(self.find(addressee)?.map(|known| known.fields))
    }

    fn find(&self, addressee: &Addressee) -> Result<Option<Known>, StoreError> {
        if let Some(uuid) = addressee.uuid {
            let found = self.find_by("uuid", uuid.into_bytes())?;
            if found.is_some() {
                return Ok(found);
            }
        }
        for (field, column) in IDENTIFIERS {
            if let Some(value) = addressee.identifier(field) {
                let found = self.find_by(column, value)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    fn find_by(
        &self,
        column: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<Known>, StoreError> {
        let found: Option<([u8; 16], String)> = self
            .connection
            .prepare_cached(&format!(
                "SELECT uuid, fields FROM contacts WHERE run = ?1 AND {} LIMIT 1",
                holds(column)
            ))?
            .query_row((self.run, value), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found
            .map(|(uuid, fields)| {
                Ok(Known {
                    uuid: Uuid::from_bytes(uuid),
                    fields: serde_json::from_str(&fields)
                        .map_err(|_| StoreError::damaged("the contact", fields))?,
                })
            })
            .transpose()
    }
}

impl Writer<'_> {
    /// Makes the contact that a request names, or brings it up to date, and adds to the request what was known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_contact(&self, addressee: &mut Addressee) -> Result<(), StoreError> {
        if !addressee.kept {
            return Ok(());
        }
        let Some(known) = self.find(addressee)? else {
            let (uuid, number) = self.next_contact()?;
            self.connection
                .prepare_cached(
                    "INSERT INTO contacts (run, uuid, number, fields) VALUES (?1, ?2, ?3, '')",
                )?
                .execute((self.run, uuid.into_bytes(), number))?;
            return self.put_contact(uuid, addressee);
        };
        addressee.know(&known.fields);
        if addressee.fields == known.fields {
            return Ok(());
        }
        for (field, column) in IDENTIFIERS {
            let changed = known.fields.get(field) != addressee.fields.get(field);
            if let Some(value) = addressee.identifier(field).filter(|_| changed) {
                // Whoever had the identifier before has it no more.
                self.connection
                    .prepare_cached(&format!(
                        "UPDATE contacts SET {}fields = json_remove(fields, '$.{field}') WHERE run = ?1 AND {}",
                        if column == PUSH_TOKEN { String::new() } else { format!("{column} = NULL, ") },
                        holds(column)
                    ))?
                    .execute((self.run, value))?;
            }
        }
        self.put_contact(known.uuid, addressee)
    }

    /// Returns the id and the number of a new contact: both are larger than those of all others of the run.
    fn next_contact(&self) -> Result<(Uuid, i64), StoreError> {
        let last: Option<([u8; 16], i64)> = self
            .connection
            .prepare_cached(
                "SELECT uuid, number FROM contacts WHERE run = ?1 ORDER BY uuid DESC LIMIT 1",
            )?
            .query_row([self.run], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(match last {
            Some((uuid, number)) => (self.id_behind(Uuid::from_bytes(uuid)), number + 1),
            None => (self.entropy.uuid(self.now), 1),
        })
    }

    fn put_contact(&self, uuid: Uuid, addressee: &Addressee) -> Result<(), StoreError> {
        let fields = serde_json::to_string(&addressee.fields).unwrap_or_default();
        let [
            external_id,
            email,
            phone,
            slack_id,
            telegram,
            discord,
            push_token,
        ] = IDENTIFIERS.map(|(field, _)| addressee.identifier(field));
        self.connection
            .prepare_cached(
                "UPDATE contacts SET fields = ?3, external_id = ?4, email = ?5, phone = ?6, slack_id = ?7, \
                 telegram = ?8, discord = ?9 WHERE run = ?1 AND uuid = ?2",
            )?
            .execute((
                self.run,
                uuid.into_bytes(),
                fields,
                external_id,
                email,
                phone,
                slack_id,
                telegram,
                discord,
            ))?;
        if let Some(token) = push_token {
            self.connection
                .prepare_cached(
                    "REPLACE INTO push_tokens (run, token, contact) VALUES (?1, ?2, ?3)",
                )?
                .execute((self.run, token, uuid.into_bytes()))?;
        }
        Ok(())
    }
}
