//! The simulator's file: SQLite, and nothing else of the simulator knows that.
//!
//! Everything is of one run (see [`Scope`]), and every key begins with its number. Two tables carry a send: `notifications`, keyed by a UUID of version 7 made from virtual time, so that the order of
//! ids is the order of time; and `messages`, keyed by notification and number, each with its whole plan. Every list is
//! an index that ends in the notification's id, read backwards.

mod attempts;
mod cancel;
mod contacts;
mod deliveries;
mod deliveries_list;
mod error;
mod events;
mod group;
mod idempotency;
mod ids;
mod list;
mod log;
mod memory;
mod messages;
mod notifications;
mod orders;
mod query;
mod runs;
mod schema;
mod served;
mod session;
mod statistics;
mod suppressions;
mod webhooks;

pub use attempts::Outcome;
pub use contacts::StoredContact;
pub use deliveries::Outgoing;
pub use error::StoreError;
pub use idempotency::Remembered;
pub use messages::StoredMessage;
pub use notifications::{Progress, StoredNotification};
pub use query::Filter;
pub use runs::{Run, Scope};
#[cfg(test)]
pub use schema::old::make_old_file;
pub use session::{Reader, Store, Writer};
pub use webhooks::Endpoint;
