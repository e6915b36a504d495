//! The simulator: the service's API as a router over a SQLite file, offline, with recipients that misbehave on request.
//!
//! Accepting a send decides the whole life of each message there and then, as a pure function, and stores it; most of it
//! lies in the future. Reading is a query at a moment of virtual time. Nothing runs in between.
//!
//! A request goes `routes` → `sending` (inside one transaction) → `routing` and `addressing` (who is meant, and over which
//! channel) → `steering` (what that recipient makes happen) → `lifecycle` → `store`. `contacts` and `events`
//! answer below `/v1` what their names say, `control` answers below `/_simulator/`. What is served is described in
//! `openapi.json`, and all of it is of the world that the request's key names.

mod addressing;
mod asked;
mod clock;
mod contacts;
mod control;
mod described;
mod events;
mod faults;
mod guard;
mod lifecycle;
mod local;
mod metrics;
mod preload;
mod profile;
mod reasons;
mod refused;
mod routes;
mod routing;
mod sending;
mod serve;
mod steering;
mod store;
mod webhooks;

#[cfg(test)]
mod tests;

pub use faults::Fault;
pub use preload::preload;
pub use routes::Simulator;
pub use serve::{
    BindError, Listening, PORT, Ready, RequestLog, ServedRequest, Server, Serving, Stopped,
};
pub use steering::{RecipientRow, recipients};
pub use webhooks::{Dispatcher, EventKind, Registered, Rules as WebhookRules, Unregistered};
