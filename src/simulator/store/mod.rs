//! Storage: the only module of the simulator that uses SQLite. It knows nothing of HTTP.
//!
//! Every row belongs to a namespace (see [`Scope`]). What was sent is in `messages`, each with its whole timeline.
//! Their keys, the ids of their notifications, are version 7 UUIDs of virtual time: the order of ids is the order of time. Every list reads an index that ends in the notification's id backwards.
//!
//! [`Store`] runs jobs: `transaction` and `reader` for reads, `writer` for writes. For a server, `writer_thread` commits
//! the jobs that are waiting together (`group`), and `checkpointer` bounds the write-ahead log.

mod backend;
mod checkpointer;
mod columns;
mod contacts;
mod control;
mod counters;
mod deliveries;
mod deliveries_list;
mod error;
mod group;
mod id_sequence;
mod idempotency;
mod list;
mod messages;
mod namespaces;
mod query;
mod reader;
mod schema;
mod statistics;
mod suppressions;
#[cfg(test)]
mod tests;
mod transaction;
mod webhooks;
mod writer;
mod writer_thread;

pub use backend::Store;
pub use contacts::StoredContact;
pub use deliveries::{AttemptOutcome, ClaimedDelivery};
pub use error::StoreError;
pub use messages::StoredMessage;
pub use namespaces::Scope;
pub use query::Filter;
pub use reader::Reader;
pub use webhooks::Endpoint;
pub use writer::Writer;
