//! An offline simulator of the service's API, which keeps its state in a SQLite file. Sends to special recipients, such
//! as `bounced@simulator.test`, cause failures.
//!
//! When a send is accepted, a pure function computes the timeline of each message, and the store saves it. Most steps
//! of a new timeline are in the future. A read request returns the state at the current virtual time. Nothing runs in
//! the background, except that a server delivers webhooks.
//!
//! A request passes through `router` (first `auth`, then the routes) and `handlers`. A send continues, inside one
//! transaction, with `sending` → `routing` and `recipient_spec` (the recipient and its channel) → `scenarios` (what
//! happens to messages to that recipient) → `timeline` → `store`. Handlers convert storage errors into responses. The
//! API key of a request selects its namespace.

mod auth;
mod clock;
mod contact;
mod error_codes;
mod error_response;
mod extract;
mod fault_responses;
mod faults;
mod handle;
mod handlers;
mod metrics;
mod openapi;
mod preload;
mod recipient_spec;
mod respond;
mod router;
mod routes;
mod routing;
mod scenarios;
mod sending;
mod serve;
mod store;
mod timeline;
mod validate;
mod webhook_events;
mod webhooks;

#[cfg(test)]
mod tests;

pub use faults::Fault;
pub use handle::Simulator;
pub use preload::preload;
pub use scenarios::{RecipientRow, recipients};
pub use serve::{
    BindError, DEFAULT_PORT, ListenOptions, RequestLog, RunningServer, ServeSummary, ServedRequest,
    Server,
};
pub(crate) use webhook_events::EventKind;
pub use webhooks::{RegisterError, RegisteredEndpoint, WebhookRules};
