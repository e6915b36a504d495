//! Read access to one namespace of the simulator file, at one virtual time.

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::error::StoreError;
use crate::host::Clock;
use crate::simulator::clock::VirtualClock;

pub const MAIN: i64 = 0;

/// A read transaction at one virtual time, limited to one namespace.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub connection: &'a Connection,
    pub namespace: i64,
    /// The virtual time of the transaction, in milliseconds since the Unix epoch.
    pub now: i64,
    /// The real time of the transaction, in milliseconds since the Unix epoch.
    pub real: i64,
    /// Converts real time to virtual time.
    pub clock: VirtualClock,
}

impl<'a> Reader<'a> {
    /// Returns a reader of the main namespace. Reads the virtual clock from the file. This first read of the
    /// transaction fixes the snapshot that all later reads see.
    pub fn new(connection: &'a Connection, clock: &Clock) -> Result<Self, StoreError> {
        let real = clock.now();
        let stored_clock = connection
            .prepare_cached("SELECT real, virtual, rate FROM clock")?
            .query_row([], |row| {
                Ok(VirtualClock {
                    real: row.get(0)?,
                    virtual_: row.get(1)?,
                    rate: row.get(2)?,
                })
            })
            .optional()?;
        // The table has no row while virtual time is equal to real time.
        let clock = stored_clock.unwrap_or(VirtualClock::real_time(real));
        Ok(Self {
            connection,
            namespace: MAIN,
            now: clock.now(real),
            real,
            clock,
        })
    }

    /// Returns a reader whose virtual time is after the end of every timeline.
    #[must_use]
    pub fn at_end_of_time(self) -> Self {
        Self {
            now: i64::MAX,
            ..self
        }
    }

    pub fn in_namespace(self, namespace: i64) -> Self {
        Self { namespace, ..self }
    }

    pub fn query_all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn query_first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params, read).optional()?)
    }

    /// Runs a query that returns one row with one column, and returns that value.
    pub fn query_value<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<T, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params, |row| row.get(0))?)
    }
}
