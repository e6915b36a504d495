//! Webhooks: events are planned with a message's life and stored in the same transaction; they go out when they are due,
//! in order for each message, at least once, signed.

mod events;

pub use events::{EventKind, PlannedEvent, UnknownEvent, payload, planned};
