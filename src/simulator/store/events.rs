//! Events: the names that messages were sent under.

use super::{Reader, StoreError};

impl Reader<'_> {
    /// Returns the events of the namespace by name. Each is one step through an index, however many messages it has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn event_names(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "WITH RECURSIVE names (name) AS (
               SELECT min(event) FROM messages WHERE namespace = ?1
               UNION ALL
               SELECT (SELECT min(event) FROM messages WHERE namespace = ?1 AND event > name) FROM names WHERE name IS NOT NULL
             ) SELECT name FROM names WHERE name IS NOT NULL",
        )?;
        let names = statement.query_map([self.namespace], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Returns whether an event was sent in the namespace.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_event(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM messages WHERE namespace = ?1 AND event = ?2)",
            )?
            .query_row((self.namespace, name), |row| row.get(0))?)
    }
}
