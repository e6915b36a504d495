//! Flags of every command.

use std::ffi::OsString;

use clap::{Args, FromArgMatches, ValueEnum};

use crate::config::{ColorChoice, Flags, Format, Progress, ServiceFlags};

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Use the offline simulator: no key, no network, nobody receives anything [env: SENDIVENT_SIMULATE=1]
    #[arg(long, global = true)]
    simulate: bool,

    /// The simulator's file, or `:memory:` [env: SENDIVENT_SIMULATOR_DB]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    simulator_db: Option<String>,

    /// The profile of the settings file [env: SENDIVENT_PROFILE]
    #[arg(short = 'P', long, global = true, value_name = "NAME")]
    profile: Option<String>,

    /// The service's base address; without it, the one that the key's prefix tells [env: SENDIVENT_API_URL]
    #[arg(long, global = true, value_name = "URL", value_hint = clap::ValueHint::Url)]
    api_url: Option<String>,

    /// Read the API key from a file, or from stdin with `-` [env: SENDIVENT_API_KEY_FILE, SENDIVENT_API_KEY]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    api_key_file: Option<String>,

    /// Let plain http leave this machine, where everybody on the way can read the key [env: SENDIVENT_ALLOW_HTTP=1]
    #[arg(long, global = true)]
    allow_http: bool,

    /// Do not record sends in the journal; a send that was interrupted cannot be looked up then
    #[arg(long, global = true)]
    no_journal: bool,

    /// Format of the results [env: SENDIVENT_OUTPUT]
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    output: Option<FormatArg>,

    /// Short for `--output json`
    #[arg(long, global = true, conflicts_with = "output")]
    json: bool,

    /// Short for `--output ids`: print ids and nothing else
    #[arg(short, long, global = true, conflicts_with_all = ["output", "json"])]
    quiet: bool,

    /// When to use colour [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    color: Option<ColorArg>,

    /// How to show progress: `auto` is live on a terminal, plain lines elsewhere
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    progress: Option<ProgressArg>,

    /// Never ask; a missing value is an error that names its flag [env: CI]
    #[arg(long, global = true)]
    no_input: bool,

    /// Mask recipients and payloads everywhere [env: SENDIVENT_NO_PII=1]
    #[arg(long, global = true)]
    no_pii: bool,

    /// Show times in UTC; JSON and CSV always do
    #[arg(long, global = true, conflicts_with = "tz")]
    utc: bool,

    /// Show times in this zone, such as Europe/Stockholm [env: TZ]
    #[arg(long, global = true, value_name = "ZONE")]
    tz: Option<String>,

    /// Show requests, answers and tries on stderr, without keys
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    /// For people
    Text,
    /// One document, or one object per line from commands that follow
    Json,
    /// With a header line
    Csv,
    /// Ids of notifications, one per line
    Ids,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorArg {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProgressArg {
    /// Live on a terminal, plain elsewhere
    Auto,
    /// One line per change
    Plain,
    /// Nothing before the result
    None,
}

impl GlobalArgs {
    /// Returns the flags as the settings take them.
    pub fn flags(self) -> Flags {
        let Self {
            simulate,
            simulator_db,
            profile,
            api_url,
            api_key_file,
            allow_http,
            no_journal,
            output,
            json,
            quiet,
            color,
            progress,
            no_input,
            no_pii,
            utc,
            tz,
            verbose,
        } = self;
        let output = output.map(|format| match format {
            FormatArg::Text => Format::Text,
            FormatArg::Json => Format::Json,
            FormatArg::Csv => Format::Csv,
            FormatArg::Ids => Format::Ids,
        });
        Flags {
            simulate,
            simulator_db,
            no_journal,
            output: output
                .or(json.then_some(Format::Json))
                .or(quiet.then_some(Format::Ids)),
            color: color.map(|when| match when {
                ColorArg::Auto => ColorChoice::Auto,
                ColorArg::Always => ColorChoice::Always,
                ColorArg::Never => ColorChoice::Never,
            }),
            progress: progress.map(|progress| match progress {
                ProgressArg::Auto => Progress::Auto,
                ProgressArg::Plain => Progress::Plain,
                ProgressArg::None => Progress::None,
            }),
            no_input,
            no_pii,
            utc,
            tz,
            verbose,
            service: ServiceFlags {
                profile,
                api_url,
                key_file: api_key_file,
                allow_http,
            },
        }
    }
}

impl GlobalArgs {
    /// Reads the global flags of a command line that clap rejects, or that is being completed. Everything else in it is
    /// passed over, so that an error can be printed in the format that was asked for.
    pub fn read_leniently(arguments: &[OsString]) -> Self {
        let tree = crate::commands::command();
        let globals = Self::augment_args(clap::Command::new("sendivent"));
        let mut kept = vec![OsString::from("sendivent")];
        let mut rest = arguments
            .iter()
            .skip(1)
            .filter_map(|argument| argument.to_str());
        while let Some(argument) = rest.next() {
            let Some((flag, has_value)) = global_flag(argument, &globals, &tree) else {
                continue;
            };
            kept.push(flag.into());
            if !has_value && let Some(value) = rest.next() {
                kept.push(value.into());
            }
        }
        let parsed = globals
            .ignore_errors(true)
            .try_get_matches_from(kept)
            .and_then(|matches| Self::from_arg_matches(&matches));
        // A value that clap rejects is reported by the parse of the whole line.
        parsed.unwrap_or_default()
    }
}

/// Returns the global flag in an argument, if there is one, and whether the argument is complete: a flag without a value, or
/// with its value attached.
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
        // What follows a flag with a value is that value.
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
