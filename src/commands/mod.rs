//! The subcommands. Each one has a file or folder, which contains its arguments, its code and its report.
//!
//! The modules `args`, `setup`, `poll` and `notification` contain code that several subcommands share.

mod activity;
mod args;
mod cancel;
mod command;
mod completions;
mod doctor;
mod explain;
mod help;
mod journal;
mod login;
mod logout;
mod message_rows;
mod notification;
mod poll;
pub mod schema;
mod send;
mod setup;
mod simulator;
mod status;
mod verbatim;
mod watch;
mod webhook;
mod whoami;

use std::ffi::OsString;

use clap::{CommandFactory, Parser};

pub use args::global::GlobalArgs;
pub(crate) use command::{Command, Context, Dispatch, Needs, Setup, Visitor};
pub(crate) use completions::complete;
pub use completions::script;

/// Send notifications with Sendivent, and know whether they arrived
///
/// A notification is one send of an event to one contact. It consists of messages. Each message is one attempt over one
/// channel: it goes from queued to sent to delivered, or ends as failed or suppressed.
///
/// With --simulate, everything happens offline, in a local file, and nobody receives anything. Sendivent's own sandbox,
/// in contrast, delivers for real.
#[derive(Debug, Parser)]
#[command(
    name = "sendivent",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    help_expected = true,
    args_override_self = true,
    after_help = "Try it:\n  sendivent --simulate send welcome --to ada@example.com --wait\n\nExit codes: sendivent help exit-codes"
)]
pub struct Cli {
    /// The flags that every subcommand accepts, such as `--simulate`.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The subcommand and its arguments.
    #[command(subcommand)]
    pub command: Commands,
}

command::subcommands! {
    /// A subcommand with its arguments.
    pub enum Commands {
        Send(send::Send),
        Status(status::Status),
        Watch(watch::Watch),
        Activity(activity::Activity),
        Cancel(cancel::Cancel),
        Explain(explain::Explain),
        Login(login::Login),
        Logout(logout::Logout),
        #[command(name = "whoami")]
        WhoAmI(whoami::WhoAmI),
        Doctor(doctor::Doctor),
        Journal(journal::Journal),
        #[command(subcommand)]
        Simulator(simulator::Simulator),
        #[command(subcommand)]
        Webhook(webhook::Webhook),
        Completions(completions::Completions),
        Schema(schema::Schema),
        Help(help::Help),
    }
}

/// Returns the clap definition of the command line, from which man pages and completions are generated.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the arguments. For `--help` and `--version`, returns an error of clap whose message is the text to print.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments)
}
