//! The tree of commands.

use std::ffi::OsString;

use clap::error::ContextValue;
use clap::{CommandFactory, Parser, Subcommand};

use super::{
    GlobalArgs, activity, cancel, completions, explain, help, journal, login, schema, send,
    simulator, status, watch, webhook,
};
use crate::config::Session;
use crate::error::Error;
use crate::host::Host;
use crate::intent::Intent;
use crate::text;

/// Send notifications with Sendivent, and know whether they arrived
///
/// A notification is one send of an event to one contact. It makes messages, one attempt over one channel each, which
/// go from queued to sent to delivered, or end as failed or suppressed.
///
/// With --simulate everything happens offline, in a local file: nobody receives anything. Sendivent's own sandbox, in
/// contrast, delivers for real.
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
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: CommandArgs,
}

/// The commands. Their help is that of their arguments.
#[expect(
    missing_docs,
    reason = "a comment here would take the place of the help"
)]
#[derive(Debug, Subcommand)]
pub enum CommandArgs {
    Send(Box<send::SendArgs>),
    Status(status::StatusArgs),
    Watch(watch::WatchArgs),
    Activity(activity::ActivityArgs),
    Cancel(cancel::CancelArgs),
    Explain(explain::ExplainArgs),
    Login(login::LoginArgs),
    /// Forget the API key that `login` stored for a profile
    Logout,
    /// Say which service, file and key are in use, without the network
    #[command(name = "whoami")]
    WhoAmI,
    /// Check settings, key, network, service, clock and files; nothing is sent
    Doctor,
    Journal(journal::JournalArgs),
    Simulator(simulator::SimulatorArgs),
    Webhook(webhook::WebhookArgs),
    Completions(completions::CompletionsArgs),
    Schema(schema::SchemaArgs),
    Help(help::HelpArgs),
}

/// Returns the whole tree, for help, man pages and completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the arguments.
///
/// # Errors
/// clap's error: help and version count as one, with a code of 0.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments).map_err(tamed)
}

/// Takes out of an error's repetition of what was typed, which may be text from outside, all that could steer a terminal
/// or begin a line of its own.
fn tamed(mut error: clap::Error) -> clap::Error {
    let repeated: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, text::sanitize(text))),
            _ => None,
        })
        .collect();
    for (kind, text) in repeated {
        error.insert(kind, ContextValue::String(text));
    }
    error
}

/// Says what the command means.
///
/// # Errors
/// All that can be wrong without the service: nothing was written and nothing sent.
pub fn resolve(command: CommandArgs, session: &Session, host: &Host) -> Result<Intent, Error> {
    match command {
        CommandArgs::Send(args) => args.resolve(session, host),
        CommandArgs::Status(args) => args.resolve(host),
        CommandArgs::Watch(args) => args.resolve(session, host),
        CommandArgs::Activity(args) => args.resolve(),
        CommandArgs::Cancel(args) => args.resolve(session, host),
        CommandArgs::Explain(args) => args.resolve(),
        CommandArgs::Login(args) => args.resolve(session, host),
        CommandArgs::Logout => Ok(Intent::Logout),
        CommandArgs::WhoAmI => Ok(Intent::WhoAmI),
        CommandArgs::Doctor => Ok(Intent::Doctor),
        CommandArgs::Journal(args) => args.resolve(),
        CommandArgs::Simulator(args) => args.resolve(session),
        CommandArgs::Webhook(args) => args.resolve(host),
        CommandArgs::Completions(args) => args.resolve(),
        CommandArgs::Schema(args) => args.resolve(),
        CommandArgs::Help(args) => args.resolve(),
    }
}
