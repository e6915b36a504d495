//! `completions`: prints shell completion scripts, and computes the candidates that these scripts request.

use std::ffi::{OsStr, OsString};
use std::io;

use clap::{Args, ValueEnum};
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::{Bash, CompleteEnv, Elvish, Fish, Powershell, Shells, Zsh};

use super::command::{Command, Context, Setup};
use super::schema::SCHEMAS;
use super::verbatim::Verbatim;
use crate::error::Error;
use crate::model::{Channel, MessageStatus, help_topics};

/// Print the completion script for a shell
///
/// The script calls this program for candidates, so it also completes the ids of your notifications.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Set it up:\n  bash        sendivent completions bash > ~/.local/share/bash-completion/completions/sendivent\n  zsh         sendivent completions zsh > ~/.zfunc/_sendivent\n  fish        sendivent completions fish > ~/.config/fish/completions/sendivent.fish\n  powershell  sendivent completions powershell >> $PROFILE\n  elvish      sendivent completions elvish >> ~/.config/elvish/rc.elv"
)]
pub struct Completions {
    /// The shell that runs the script
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

const SHELLS: Shells<'static> = Shells(&[&Bash, &Zsh, &Fish, &Powershell, &Elvish]);

/// The environment variable that a completion script sets when it requests candidates.
const VARIABLE: &str = "COMPLETE";

impl Command for Completions {
    const NAME: &'static str = "completions";
    type Input = String;
    type Report = Verbatim;

    fn validate(self, _setup: &Setup<'_>) -> Result<String, Error> {
        let name = self.shell.to_possible_value();
        let name = name.as_ref().map_or("", |value| value.get_name());
        script(name).map_err(Error::Output)
    }

    async fn run(text: String, _context: Context<'_>) -> Result<Verbatim, Error> {
        Ok(Verbatim(text))
    }
}

/// Returns the completion script for a shell: `bash`, `zsh`, `fish`, `powershell` or `elvish`.
///
/// # Errors
/// Returns an error for any other shell.
pub fn script(shell: &str) -> io::Result<String> {
    let completer = SHELLS.completer(shell);
    let completer = completer.ok_or_else(|| io::Error::other("unknown shell"))?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "sendivent", "sendivent", "sendivent", &mut script)?;
    let script = String::from_utf8(script).map_err(io::Error::other)?;
    Ok(match shell {
        "zsh" => script.replace(ZSH_REGISTRATION, ZSH_SOURCED_OR_LOADED),
        _ => script,
    })
}

/// The line that registers the completion function in clap's zsh script. The line works only if zsh sources the script.
/// A script that zsh loads from `fpath` is itself the completion function, and must complete when it is first called.
const ZSH_REGISTRATION: &str = "compdef _clap_dynamic_completer_sendivent sendivent";
const ZSH_SOURCED_OR_LOADED: &str = "if [ \"$funcstack[1]\" = \"_sendivent\" ]; then
    _clap_dynamic_completer_sendivent \"$@\"
else
    compdef _clap_dynamic_completer_sendivent sendivent
fi";

/// Prints completion candidates if a completion script requests them. Returns whether candidates were requested. `ids`
/// returns ids with their descriptions; it is called only if the argument to complete is an id.
///
/// # Errors
/// Returns an error of clap if the shell that the script names is unknown.
pub fn complete(
    arguments: &[OsString],
    ids: impl Fn() -> Vec<(String, String)> + Clone + Send + Sync + 'static,
) -> Result<bool, clap::Error> {
    let factory = move || {
        let list_ids = ids.clone();
        let topics = completer(move || {
            let topics = help_topics().iter();
            let topics = topics.map(|topic| (topic.name.to_owned(), topic.meaning.to_owned()));
            list_ids().into_iter().chain(topics).collect()
        });
        let ids = completer(ids.clone());
        let kinds = completer(|| {
            let kinds = SCHEMAS.iter();
            let kinds = kinds.map(|schema| (schema.kind.to_owned(), schema.about.to_owned()));
            kinds.collect()
        });
        let channels = completer(|| {
            let channels = Channel::ALL.map(|channel| (channel.to_string(), String::new()));
            channels.into()
        });
        let statuses = completer(|| {
            let statuses = MessageStatus::ALL.map(|status| (status.to_string(), String::new()));
            statuses.into()
        });
        let with = |name: &'static str, completer: ArgValueCompleter| {
            move |command: clap::Command| command.mut_arg(name, |argument| argument.add(completer))
        };
        super::command()
            .mut_subcommand("status", with("ids", ids.clone()))
            .mut_subcommand("watch", with("ids", ids.clone()))
            .mut_subcommand("send", with("channel", channels.clone()))
            .mut_subcommand("activity", with("channel", channels))
            .mut_subcommand("activity", with("status", statuses))
            .mut_subcommand("explain", with("topic", topics))
            .mut_subcommand("schema", with("kind", kinds))
            .mut_subcommand("simulator", |command| {
                command.mut_subcommand("show", with("id", ids))
            })
    };
    CompleteEnv::with_factory(factory)
        .var(VARIABLE)
        .bin("sendivent")
        .shells(SHELLS)
        .try_complete(arguments.iter().cloned(), None)
}

/// Returns a completer that offers the candidates that begin with the typed text. A candidate is a value with its
/// description, which may be empty.
fn completer(
    candidates: impl Fn() -> Vec<(String, String)> + Send + Sync + 'static,
) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        candidates()
            .into_iter()
            .filter(|(value, _)| value.starts_with(typed.as_ref()))
            .map(|(value, about)| {
                let about = (!about.is_empty()).then(|| about.into());
                CompletionCandidate::new(value).help(about)
            })
            .collect()
    })
}
