//! What is done: one file per subcommand. A command takes plain values and returns a report; it prints nothing.

mod activity;
mod addressee;
mod cancel;
mod changes;
mod connect;
mod context;
mod counts;
mod doctor;
mod explain;
mod follow;
mod journal;
mod ledger;
mod login;
mod outcomes;
mod preview;
mod program;
mod rows;
mod run;
mod send;
mod serve;
mod simulator;
mod status;
mod track;
mod watch;
mod webhook;

pub use context::Context;
pub use run::run;
