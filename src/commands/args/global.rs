//! The global flags, which every command accepts.

use std::ffi::OsString;

use clap::{Args, FromArgMatches, ValueEnum};

use crate::output::Format;

/// The global flags, which every command accepts. `GlobalArgs::settings` combines them with the environment.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Use the offline simulator: no key, no network, nobody receives anything [env: SENDIVENT_SIMULATE=1]
    #[arg(long, global = true)]
    pub(crate) simulate: bool,

    /// Use this file for the simulator, or `:memory:` [env: SENDIVENT_SIMULATOR_DB]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub(super) simulator_db: Option<String>,

    /// Use this profile of the settings file [env: SENDIVENT_PROFILE]
    #[arg(short = 'P', long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,

    /// Set the base URL of the API [default: from the key's prefix] [env: SENDIVENT_API_URL]
    #[arg(long, global = true, value_name = "URL", value_hint = clap::ValueHint::Url)]
    pub(super) api_url: Option<String>,

    /// Read the API key from a file, or from stdin with `-` [env: SENDIVENT_API_KEY_FILE, SENDIVENT_API_KEY]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub(super) api_key_file: Option<String>,

    /// Allow unencrypted http to other machines, which exposes the key [env: SENDIVENT_ALLOW_HTTP=1]
    #[arg(long, global = true)]
    pub(super) allow_http: bool,

    /// Do not record sends in the journal; an interrupted send cannot be looked up afterwards
    #[arg(long, global = true)]
    pub(super) no_journal: bool,

    /// Set the format of the results [default: text] [env: SENDIVENT_OUTPUT]
    #[arg(short, long, global = true, value_name = "FORMAT")]
    pub(super) output: Option<Format>,

    /// Short for `--output json`
    #[arg(long, global = true, conflicts_with = "output")]
    pub(super) json: bool,

    /// Short for `--output ids`: print only ids
    #[arg(short, long, global = true, conflicts_with_all = ["output", "json"])]
    pub(super) quiet: bool,

    /// Choose when to use colour [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_name = "WHEN")]
    pub(super) color: Option<ColorChoice>,

    /// Choose how to show progress [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub(super) progress: Option<ProgressChoice>,

    /// Never prompt; if a value is missing, fail and name its flag [env: CI]
    #[arg(long, global = true)]
    pub(super) no_input: bool,

    /// Mask recipients and payloads in all output [env: SENDIVENT_NO_PII=1]
    #[arg(long, global = true)]
    pub(crate) no_pii: bool,

    /// Show times in UTC; JSON and CSV always use UTC
    #[arg(long, global = true, conflicts_with = "tz")]
    pub(super) utc: bool,

    /// Show times in this time zone, such as Europe/Stockholm [env: TZ]
    #[arg(long, global = true, value_name = "ZONE")]
    pub(super) tz: Option<String>,

    /// Show requests, responses and retries on stderr, without keys
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ColorChoice {
    /// Use colour on a terminal only
    #[default]
    Auto,
    /// Use colour in files and pipes, too
    Always,
    /// Use no colour
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ProgressChoice {
    /// Update lines in place on a terminal, print one line per change elsewhere
    #[default]
    Auto,
    /// Print one line per change
    Plain,
    /// Print only the result
    None,
}

impl GlobalArgs {
    /// Returns the format that `--output`, `--json` or `--quiet` selects. `None` if none of these flags is given.
    pub(crate) fn format(&self) -> Option<Format> {
        let json = self.json.then_some(Format::Json);
        self.output.or(json).or(self.quiet.then_some(Format::Ids))
    }

    /// Reads the global flags and skips everything else. Never fails.
    ///
    /// It is used for a command line that clap rejects, so that the error is printed in the requested format, and for a
    /// command line that is being completed.
    pub fn read_leniently(arguments: &[OsString]) -> Self {
        let tree = crate::commands::command();
        let globals = Self::augment_args(clap::Command::new("sendivent"));
        let mut flags = vec![OsString::from("sendivent")];
        let mut rest = arguments
            .iter()
            .skip(1)
            .filter_map(|argument| argument.to_str());
        while let Some(argument) = rest.next() {
            let Some((flag, has_value)) = global_flag(argument, &globals, &tree) else {
                continue;
            };
            flags.push(flag.into());
            if !has_value && let Some(value) = rest.next() {
                flags.push(value.into());
            }
        }
        let parsed = globals
            .ignore_errors(true)
            .try_get_matches_from(flags)
            .and_then(|matches| Self::from_arg_matches(&matches));
        // A value that clap rejects is reported when the whole command line is parsed.
        parsed.unwrap_or_default()
    }
}

/// Returns the first global flag in an argument. `None` if the argument has no global flag.
///
/// The `bool` is false if the next argument is the flag's value, as in `--output json` but not in `--output=json`.
fn global_flag(
    argument: &str,
    globals: &clap::Command,
    tree: &clap::Command,
) -> Option<(String, bool)> {
    let takes_value = |argument: &clap::Arg| argument.get_action().takes_values();
    if let Some(long) = argument.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or(long);
        let flag = globals
            .get_arguments()
            .find(|known| known.get_long() == Some(name))?;
        return Some((
            argument.to_owned(),
            long.contains('=') || !takes_value(flag),
        ));
    }
    let cluster = argument.strip_prefix('-')?;
    for (at, short) in cluster.char_indices() {
        let is_short = |known: &&clap::Arg| known.get_short() == Some(short);
        if let Some(flag) = globals.get_arguments().find(is_short) {
            let is_complete = !takes_value(flag) || at + short.len_utf8() < cluster.len();
            return Some((format!("-{}", &cluster[at..]), is_complete));
        }
        // The rest of the argument is the value of this flag, not another flag.
        let other = tree
            .get_subcommands()
            .flat_map(clap::Command::get_arguments)
            .find(is_short);
        if other.is_none_or(takes_value) {
            return None;
        }
    }
    None
}
