//! What was typed. One file per subcommand: its arguments, whose doc comments are the help, and `resolve`, which says
//! what they mean. Only here may a command line read stdin, files and settings.

mod activity;
mod cancel;
mod completions;
mod explain;
mod global;
mod guard;
mod help;
mod ids;
mod journal;
mod login;
mod recipients;
mod run;
mod schema;
mod send;
mod serve;
mod simulator;
mod status;
mod tree;
mod values;
mod watch;
mod webhook;
mod webhooks;

pub use completions::{complete, script};
pub use global::{GlobalArgs, format_of};
pub use tree::{Cli, CommandArgs, command, parse, resolve};
