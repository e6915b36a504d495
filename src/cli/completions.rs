//! `completions`, and the completion of real ids that its scripts ask for.

use std::ffi::OsString;
use std::io;

use clap::{Args, ValueEnum};
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use crate::error::Error;
use crate::intent::Intent;

/// Print the completion script for a shell
///
/// The script asks this program for candidates, so that it completes ids of your own notifications, too.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Set it up:\n  bash        sendivent completions bash > ~/.local/share/bash-completion/completions/sendivent\n  zsh         sendivent completions zsh > ~/.zfunc/_sendivent\n  fish        sendivent completions fish > ~/.config/fish/completions/sendivent.fish\n  powershell  sendivent completions powershell >> $PROFILE\n  elvish      sendivent completions elvish >> ~/.config/elvish/rc.elv"
)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Elvish
    Elvish,
}

/// The variable by which a script asks for candidates.
const VARIABLE: &str = "COMPLETE";

impl CompletionsArgs {
    /// Says which script is meant.
    pub fn resolve(self) -> Result<Intent, Error> {
        let name = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
            Shell::Elvish => "elvish",
        };
        script(name).map(Intent::Print).map_err(Error::Output)
    }
}

/// Returns the completion script for a shell: `bash`, `zsh`, `fish`, `powershell` or `elvish`.
///
/// # Errors
/// When the shell is none of these.
pub fn script(shell: &str) -> io::Result<String> {
    let completer: &dyn EnvCompleter = match shell {
        "bash" => &Bash,
        "zsh" => &Zsh,
        "fish" => &Fish,
        "powershell" => &Powershell,
        "elvish" => &Elvish,
        _ => return Err(io::Error::other("unknown shell")),
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "sendivent", "sendivent", "sendivent", &mut script)?;
    String::from_utf8(script).map_err(io::Error::other)
}

/// Answers a completion script, if that is what the run is for. `ids` is asked for ids only when one is completed:
/// each with a word on what it is.
///
/// # Errors
/// clap's error, when the shell is not known.
pub fn complete(
    arguments: &[OsString],
    ids: impl Fn() -> Vec<(String, String)> + Clone + Send + Sync + 'static,
) -> Result<bool, clap::Error> {
    let factory = move || {
        let candidates = ids.clone();
        let completer = ArgValueCompleter::new(move |typed: &std::ffi::OsStr| {
            let typed = typed.to_string_lossy();
            candidates()
                .into_iter()
                .filter(|(id, _)| id.starts_with(typed.as_ref()))
                .map(|(id, about)| CompletionCandidate::new(id).help(Some(about.into())))
                .collect::<Vec<_>>()
        });
        let add = |argument: clap::Arg| argument.add(completer.clone());
        super::command()
            .mut_subcommand("status", |command| command.mut_arg("ids", add))
            .mut_subcommand("watch", |command| command.mut_arg("ids", add))
            .mut_subcommand("explain", |command| command.mut_arg("topic", add))
    };
    const SHELLS: Shells<'static> = Shells(&[&Bash, &Zsh, &Fish, &Powershell, &Elvish]);
    CompleteEnv::with_factory(factory)
        .var(VARIABLE)
        .bin("sendivent")
        .shells(SHELLS)
        .try_complete(arguments.iter().cloned(), None)
}
