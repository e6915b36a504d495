//! The trait of subcommands, and what they may use.

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
    /// The name in errors about the command line.
    const NAME: &'static str;
    /// Whether the command concerns the simulator only, with or without `--simulate`.
    const IS_SIMULATOR: bool = false;
    const NEEDS: Needs = Needs::Nothing;
    /// The validated arguments: typed values, files and stdin read, prompts answered.
    type Input;
    type Report: Report;

    /// The name in errors about the command line, with a flag that changes what the command accepts.
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// The formats of the report that these arguments ask for.
    fn formats(&self) -> Formats {
        Self::Report::FORMATS
    }

    /// Whether updates are results of their own, printed as they come.
    fn is_following(&self) -> bool {
        false
    }

    /// Rejects whatever can be wrong without the service: nothing is written or sent before this succeeds. Signals end the
    /// process here, because reading stdin or a prompt blocks the only thread.
    fn validate(self, setup: &Setup<'_>) -> Result<Self::Input, Error>;

    /// What the run needs, if that depends on the arguments.
    fn needs(_input: &Self::Input) -> Needs {
        Self::NEEDS
    }

    /// Runs the command. It writes nothing itself: updates go to [`Context::reporter`]. Signals end waits, not the process.
    async fn run(input: Self::Input, context: Context<'_>) -> Result<Self::Report, Error>;
}

/// What a run needs of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// Only what this machine recorded about a service, without a key.
    Records,
    /// The service, which takes a key.
    Service,
}

/// What validation of the arguments may use.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    pub session: &'a Session,
    pub host: &'a Host,
    pub redactor: &'a Rc<Redactor>,
}

/// What a running command may use.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub setup: Setup<'a>,
    pub reporter: &'a Reporter<'a>,
    /// Logs HTTP traffic.
    pub observer: &'a dyn HttpObserver,
    /// The program's name with the global flags that select the same service, for commands that are printed.
    pub program: &'a str,
}

impl<'a> Deref for Context<'a> {
    type Target = Setup<'a>;

    fn deref(&self) -> &Setup<'a> {
        &self.setup
    }
}

/// Calls a generic function with the command that was parsed.
pub trait Visitor {
    type Output;

    fn visit<C: Command>(self, command: C) -> Self::Output;
}

/// A command, or a group of commands.
pub trait Dispatch {
    fn dispatch<V: Visitor>(self, visitor: V) -> V::Output;

    /// The JSON Schemas of all documents, by name.
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

/// Declares an enum of subcommands and dispatches to them. Each variant's help is the doc comment of its arguments' type.
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
