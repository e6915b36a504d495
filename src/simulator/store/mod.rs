//! The simulator's storage. Only this module uses SQLite, and nothing in it depends on HTTP.
//!
//! Every row belongs to a namespace (see [`Scope`]). The table `messages` has one row for each message, with all the
//! times of its timeline. The primary key contains the id of the message's notification, which is a version 7 UUID made
//! from virtual time, so sorting by this id sorts by time. Every index on `messages` has this id as its last column,
//! and a list of the newest messages reads an index backwards.
//!
//! [`Store`] runs jobs, which are closures. A read job gets a [`Reader`], and a write job a [`Writer`]. For `simulator
//! serve`, `writer_thread` runs all waiting write jobs in one transaction (`group`), and `checkpointer` keeps the
//! write-ahead log short.

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
