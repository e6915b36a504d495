//! The simulator: the service's API as a router over a SQLite file, offline, with recipients that fail on request.
//!
//! Accepting a send computes the timeline of each message as a pure function and stores it; most of it lies in the
//! future. Reading is a query at a virtual time. No background work, apart from the delivery of webhooks beside a port.
//!
//! A request passes `router` (`auth`, then the routes) → `handlers` → `sending` (inside one transaction) → `routing` and
//! `recipient_spec` (the recipient and its channels) → `scenarios` (what happens to messages to that recipient) →
//! `timeline` → `store`. Storage errors become responses in the handlers. The key of a request selects its namespace.

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
