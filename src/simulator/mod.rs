//! The simulator: the service's API as a router over a SQLite file, offline, with recipients that misbehave on request.
//!
//! Accepting a send decides the whole life of each message there and then, as a pure function, and stores it; most of it
//! lies in the future. Reading is a query at a moment of virtual time. Nothing runs in between.
//!
//! A request goes `routes` → `sending` (inside one transaction) → `routing` and `addressing` (who is meant, and over which
//! channel) → `scenarios` (what that recipient makes happen) → `timeline` → `store`. `contacts` and `events`
//! answer below `/v1` what their names say, `control` answers below `/_simulator/`. What is served is described in
//! `openapi.json`, and all of it is of the namespace that the request's key names.

mod addressing;
mod clock;
mod contact;
mod contacts;
mod control;
mod error_codes;
mod error_response;
mod events;
mod faults;
mod in_process;
mod metrics;
mod openapi;
mod preload;
mod query_params;
mod routes;
mod routing;
mod scenarios;
mod sending;
mod serve;
mod store;
mod timeline;
mod validate;
mod webhooks;

#[cfg(test)]
mod tests;

pub use faults::Fault;
pub use preload::preload;
pub use routes::Simulator;
pub use scenarios::{RecipientRow, recipients};
pub use serve::{
    BindError, Listening, PORT, Ready, RequestLog, ServedRequest, Server, Serving, Stopped,
};
pub use webhooks::{Dispatcher, EventKind, RegisterError, Registered, Rules as WebhookRules};
