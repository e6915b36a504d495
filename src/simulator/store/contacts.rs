//! Contacts: made and brought up to date by sending, found by any of their identifiers.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Reader, StoreError, Writer};
use crate::simulator::addressing::{Addressee, IDENTIFIERS};

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
                "SELECT uuid, fields FROM contacts WHERE {column} = ?1 LIMIT 1"
            ))?
            .query_row([value], |row| Ok((row.get(0)?, row.get(1)?)))
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
            return self.put_contact(self.other_id(), addressee, "INSERT");
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
                        "UPDATE contacts SET {column} = NULL, fields = json_remove(fields, '$.{field}') \
                         WHERE {column} = ?1"
                    ))?
                    .execute([value])?;
            }
        }
        self.put_contact(known.uuid, addressee, "REPLACE")
    }

    fn put_contact(&self, uuid: Uuid, addressee: &Addressee, verb: &str) -> Result<(), StoreError> {
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
            .prepare_cached(&format!(
                "{verb} INTO contacts (uuid, fields, external_id, email, phone, slack_id, telegram, discord, push_token) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ))?
            .execute((
                uuid.into_bytes(),
                fields,
                external_id,
                email,
                phone,
                slack_id,
                telegram,
                discord,
                push_token,
            ))?;
        Ok(())
    }
}
