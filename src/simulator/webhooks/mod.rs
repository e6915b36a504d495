//! Plans webhook events and delivers them.
//!
//! The events of a message are planned together with its timeline, and stored in the same transaction as the message.
//! Each event is posted with a signature when it is due. An event can be posted more than once. The events of one
//! message are posted in the order in which they happen.
//!
//! `endpoints` handles requests to `/v1/webhooks`, and `control` handles requests to `/_simulator/webhooks`. A
//! `DeliveryPool` posts the events that are due. The dispatcher uses a pool in the background of a server. `advance`
//! uses a pool while it moves the clock, and waits until all events that become due have been posted.

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
