//! `sendivent`: a command line for the Sendivent notification API, and an offline simulator of it.
//!
//! Two ideas carry the crate. *The simulator is the API*: one router answers a port and, with `--simulate`, the same
//! process, so that the client has one way for both. *The future is stored, the present is read*: accepting a send plans
//! the whole life of each message, and what a message's status is follows from the plan and the time.

pub mod api;
pub mod app;
pub mod cli;
pub mod client;
mod commands;
mod config;
pub mod error;
pub mod exit;
pub mod host;
pub mod intent;
pub mod journal;
pub mod model;
mod output;
mod prompt;
pub mod report;
#[cfg(test)]
mod schema_gen;
pub mod schemas;
pub mod simulator;
pub mod sqlite;
pub mod text;
