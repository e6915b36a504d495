//! Write access to one namespace of the simulator file, and the ids of new rows.

use std::ops::Deref;

use rusqlite::{Connection, Params};
use uuid::Uuid;

use super::error::StoreError;
use super::id_sequence::{after, first};
use super::reader::Reader;
use crate::host::{Clock, Entropy};

/// A job's access to a write transaction, at one virtual time and in one namespace.
pub struct Writer<'a> {
    reader: Reader<'a>,
    /// The last notification created in this transaction: its namespace and its id. `None` before the first
    /// notification. The next id in the same namespace must be greater.
    pub last_id: Option<(i64, Uuid)>,
    pub entropy: &'a Entropy,
}

impl<'a> Writer<'a> {
    /// Returns a writer for one job. `last_id` is the `last_id` of the previous job's writer in the same transaction;
    /// `None` for the first job.
    pub fn new(
        connection: &'a Connection,
        clock: &Clock,
        entropy: &'a Entropy,
        last_id: Option<(i64, Uuid)>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            reader: Reader::new(connection, clock)?,
            last_id,
            entropy,
        })
    }
}

impl Writer<'_> {
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    pub fn set_namespace(&mut self, namespace: i64) {
        self.reader = self.reader.in_namespace(namespace);
    }

    /// Returns a new id for a row other than a notification.
    pub fn new_uuid(&self) -> Uuid {
        self.entropy.uuid_v7(self.now)
    }

    /// Returns a new id that is greater than the ids of all notifications in the namespace.
    pub fn next_notification_id(&mut self) -> Result<Uuid, StoreError> {
        let millisecond = first(self.now)..first(self.now + 1);
        let last = match self.last_id {
            Some((namespace, last))
                if namespace == self.namespace && millisecond.contains(&last) =>
            {
                Some(last)
            }
            // If the clock is frozen, or if another process uses the file, the millisecond may already have ids.
            _ => self.last_id_of_millisecond()?,
        };
        let id = match last {
            Some(last) => after(last, self.entropy.next_u64()),
            None => self.entropy.uuid_v7(self.now),
        };
        self.last_id = Some((self.namespace, id));
        Ok(id)
    }

    /// Returns a new id that is greater than `last`, even if `last` was created at a later virtual time.
    pub fn id_after(&self, last: Option<Uuid>) -> Uuid {
        // Generated in every case, because seeded tests depend on how much entropy is consumed.
        let id = self.entropy.uuid_v7(self.now);
        match last {
            Some(last) if last >= id => after(last, id.as_u64_pair().1),
            _ => id,
        }
    }

    fn last_id_of_millisecond(&self) -> Result<Option<Uuid>, StoreError> {
        self.query_first(
            "SELECT notification FROM messages WHERE namespace = ?1 AND notification >= ?2 AND notification < ?3 \
             ORDER BY notification DESC LIMIT 1",
            (self.namespace, first(self.now), first(self.now + 1)),
            |row| row.get(0),
        )
    }
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}
