//! The simulator's file: SQLite, and nothing else of the simulator knows that.
//!
//! Everything is of one namespace (see [`Scope`]), and every key begins with its number. Two tables carry a send: `notifications`, keyed by a UUID of version 7 made from virtual time, so that the order of
//! ids is the order of time; and `messages`, keyed by notification and number, each with its whole plan. Every list is
//! an index that ends in the notification's id, read backwards.

mod attempts;
mod cancel;
mod checkpointer;
mod contacts;
mod control;
mod counters;
mod deliveries;
mod deliveries_list;
mod error;
mod events;
mod group;
mod id_sequence;
mod idempotency;
mod list;
mod messages;
mod namespaces;
mod notifications;
mod query;
mod schema;
mod statistics;
mod suppressions;
mod transaction;
mod webhooks;
mod writer_thread;

pub use attempts::AttemptOutcome;
pub use contacts::StoredContact;
pub use deliveries::ClaimedDelivery;
pub use error::StoreError;
pub use idempotency::IdempotentResponse;
pub use messages::StoredMessage;
pub use namespaces::{Namespace, Scope};
pub use notifications::{Progress, StoredNotification};
pub use query::Filter;
pub use transaction::{Reader, Store, Writer};
pub use webhooks::Endpoint;
