//! What is done: one file per subcommand. A command takes plain values and returns a report; it prints nothing.

mod activity;
mod cancel;
mod changes;
mod connect;
mod explain;
mod follow;
mod preview;
mod run;
mod send;
mod serve;
mod simulator;
mod status;
mod track;
mod webhook;

pub use run::run;
