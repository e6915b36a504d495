//! The names of the events that were sent.

use super::error::StoreError;
use super::reader::Reader;

impl Reader<'_> {
    /// Returns the names of the namespace's events in alphabetical order.
    pub fn event_names(&self) -> Result<Vec<String>, StoreError> {
        // A recursion over the index: one step for each name, where DISTINCT would visit each message.
        self.query_all(
            "WITH RECURSIVE names (name) AS (
               SELECT min(event) FROM messages WHERE namespace = ?1
               UNION ALL
               SELECT (SELECT min(event) FROM messages WHERE namespace = ?1 AND event > name) FROM names WHERE name IS NOT NULL
             ) SELECT name FROM names WHERE name IS NOT NULL",
            [self.namespace],
            |row| row.get(0),
        )
    }

    pub fn has_event(&self, name: &str) -> Result<bool, StoreError> {
        self.query_value(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE namespace = ?1 AND event = ?2)",
            (self.namespace, name),
        )
    }
}
