//! Webhooks: events are planned with a message's timeline and stored in the same transaction. When they are due they are
//! posted, signed, at least once, and in order for each message.
//!
//! `endpoints` handles `/v1/webhooks`, `control` the control plane. A `DeliveryPool` posts what is due: for the
//! dispatcher, which runs beside a server, and for `advance`, which moves the clock and waits for everything that
//! happens meanwhile.

mod advance;
pub mod control;
mod delivery_pool;
mod dispatcher;
pub mod endpoints;
mod register;
mod rules;
mod sender;
mod state;
mod synthetic;

pub use advance::advance;
pub use dispatcher::dispatch;
pub use register::{RegisterError, RegisteredEndpoint};
pub use rules::WebhookRules;
pub use state::{WebhookState, notify_dispatcher};
