//! The trait that each subcommand implements, and the types that its methods receive.

use std::ops::Deref;
use std::rc::Rc;

use crate::client::HttpObserver;
use crate::config::Session;
use crate::error::Error;
use crate::host::Host;
use crate::output::{Formats, Report, Reporter};
use crate::redact::Redactor;

/// A subcommand. The implementing type holds its arguments as clap parsed them.
pub trait Command: Sized {
    /// The command's name, as usage errors print it, such as `simulator suppression`.
    const NAME: &'static str;
    /// Whether the command always uses the simulator, even without `--simulate`.
    const IS_SIMULATOR: bool = false;
    const NEEDS: Needs = Needs::Nothing;
    /// The validated arguments, with the content of files and stdin, and the answers to prompts.
    type Input;
    type Report: Report;

    /// Returns the command's name for errors about `--output`. If a flag changes which formats are available, the name
    /// includes this flag, such as `send --wait`.
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// Returns the output formats that are available with these arguments.
    fn formats(&self) -> Formats {
        Self::Report::FORMATS
    }

    /// Returns whether the command prints results while it still runs, as `watch` does. With `--output json`, each
    /// update is then one line.
    fn is_following(&self) -> bool {
        false
    }

    /// Validates the arguments, as far as this is possible without the service. Nothing is written or sent before this
    /// succeeds. During this call, a signal ends the process, because reading stdin or a prompt blocks the only thread.
    fn validate(self, setup: &Setup<'_>) -> Result<Self::Input, Error>;

    /// Returns what [`Self::run`] needs. A command overrides this if the needs depend on its arguments.
    fn needs(_input: &Self::Input) -> Needs {
        Self::NEEDS
    }

    /// Runs the command. It prints nothing itself: it passes updates to [`Context::reporter`], and returns the report.
    /// A signal during this call ends the current wait, not the process.
    async fn run(input: Self::Input, context: Context<'_>) -> Result<Self::Report, Error>;
}

/// The access to the service that [`Command::run`] needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// Only what this machine has recorded about the service. This needs no API key.
    Records,
    /// Requests to the service, which need an API key unless `--simulate` is given.
    Service,
}

/// What [`Command::validate`] can access: the settings, the host and the redactor.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    pub session: &'a Session,
    pub host: &'a Host,
    pub redactor: &'a Rc<Redactor>,
}

/// What [`Command::run`] can access: everything in [`Setup`], and the output.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub setup: Setup<'a>,
    pub reporter: &'a Reporter<'a>,
    /// Prints requests and responses under `--verbose`.
    pub observer: &'a dyn HttpObserver,
    /// The program's name and the global flags that select the same service, such as `sendivent --simulate`. The
    /// commands in hints begin with this string.
    pub program: &'a str,
}

impl<'a> Deref for Context<'a> {
    type Target = Setup<'a>;

    fn deref(&self) -> &Setup<'a> {
        &self.setup
    }
}

/// A function that is generic over the command type. [`Dispatch::dispatch`] calls it with the parsed command.
pub trait Visitor {
    type Output;

    fn visit<C: Command>(self, command: C) -> Self::Output;
}

/// A command, or an enum of commands.
pub trait Dispatch {
    fn dispatch<V: Visitor>(self, visitor: V) -> V::Output;

    /// Returns the JSON Schemas of all documents that the commands print, each with its name.
    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)>;
}

impl<C: Command> Dispatch for C {
    fn dispatch<V: Visitor>(self, visitor: V) -> V::Output {
        visitor.visit(self)
    }

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        C::Report::schemas()
    }
}

/// Declares an enum of subcommands and implements [`Dispatch`] for it. The help of a variant is the doc comment of the
/// type that it contains.
macro_rules! subcommands {
    ($(#[$meta:meta])* $visibility:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident($arguments:ty),)+ }) => {
        $(#[$meta])*
        #[derive(Debug, clap::Subcommand)]
        #[allow(missing_docs, reason = "a doc comment on a variant would replace the help")]
        $visibility enum $name { $($(#[$variant_meta])* $variant($arguments),)+ }

        impl $crate::commands::command::Dispatch for $name {
            fn dispatch<V: $crate::commands::command::Visitor>(self, visitor: V) -> V::Output {
                match self { $(Self::$variant(command) => command.dispatch(visitor),)+ }
            }

            #[cfg(test)]
            fn schemas() -> Vec<(&'static str, serde_json::Value)> {
                let mut schemas = Vec::new();
                $(schemas.extend(<$arguments as $crate::commands::command::Dispatch>::schemas());)+
                schemas
            }
        }
    };
}
pub(super) use subcommands;
