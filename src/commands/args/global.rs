//! Flags of every command.

use std::ffi::{OsStr, OsString};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, FromArgMatches};

use crate::config::{Choice, ColorChoice, Flags, Progress, ServiceFlags};
use crate::output::Format;

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Use the offline simulator: no key, no network, nobody receives anything [env: SENDIVENT_SIMULATE=1]
    #[arg(long, global = true)]
    simulate: bool,

    /// Use this file for the simulator, or `:memory:` [env: SENDIVENT_SIMULATOR_DB]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    simulator_db: Option<String>,

    /// Use this profile of the settings file [env: SENDIVENT_PROFILE]
    #[arg(short = 'P', long, global = true, value_name = "NAME")]
    profile: Option<String>,

    /// Set the base URL of the API [default: from the key's prefix] [env: SENDIVENT_API_URL]
    #[arg(long, global = true, value_name = "URL", value_hint = clap::ValueHint::Url)]
    api_url: Option<String>,

    /// Read the API key from a file, or from stdin with `-` [env: SENDIVENT_API_KEY_FILE, SENDIVENT_API_KEY]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    api_key_file: Option<String>,

    /// Allow unencrypted http to other machines: it exposes the key [env: SENDIVENT_ALLOW_HTTP=1]
    #[arg(long, global = true)]
    allow_http: bool,

    /// Do not record sends; an interrupted send cannot be looked up afterwards
    #[arg(long, global = true)]
    no_journal: bool,

    /// Set the format of the results [default: text] [env: SENDIVENT_OUTPUT]
    #[arg(short, long, global = true, value_parser = ChoiceParser(&Format::CHOICES), value_name = "FORMAT")]
    output: Option<Format>,

    /// Short for `--output json`
    #[arg(long, global = true, conflicts_with = "output")]
    json: bool,

    /// Short for `--output ids`: print only ids
    #[arg(short, long, global = true, conflicts_with_all = ["output", "json"])]
    quiet: bool,

    /// Choose when to use colour [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_parser = ChoiceParser(&ColorChoice::CHOICES), value_name = "WHEN")]
    color: Option<ColorChoice>,

    /// Choose how to show progress [default: auto]
    #[arg(long, global = true, value_parser = ChoiceParser(&Progress::CHOICES), value_name = "WHEN")]
    progress: Option<Progress>,

    /// Never prompt: a missing value is an error that names its flag [env: CI]
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

    /// Show requests, responses and retries on stderr, without keys
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// A parser of the names of choices, which lists them with their help. It refers to them, because clap clones the parser of
/// a global flag for every subcommand.
#[derive(Clone, Copy)]
pub struct ChoiceParser<T: 'static>(pub &'static [Choice<T>]);

impl<T> ChoiceParser<T> {
    fn values(self) -> impl Iterator<Item = PossibleValue> {
        let values = self.0.iter();
        values.map(|(name, help, _)| PossibleValue::new(*name).help(*help))
    }
}

impl<T: Copy + Send + Sync + 'static> TypedValueParser for ChoiceParser<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let find = |text: String| {
            let choice = self.0.iter().find(|(name, ..)| *name == text);
            choice.map(|(.., value)| *value).ok_or("unknown name")
        };
        let names = PossibleValuesParser::new(self.values());
        names.try_map(find).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values()))
    }
}

impl GlobalArgs {
    /// Returns the format that `--output`, `--json` or `--quiet` selects.
    pub(crate) fn format(&self) -> Option<Format> {
        let json = self.json.then_some(Format::Json);
        self.output.or(json).or(self.quiet.then_some(Format::Ids))
    }

    /// Converts the other flags for the settings.
    pub fn flags(self) -> Flags {
        let Self {
            simulate,
            simulator_db,
            profile,
            api_url,
            api_key_file,
            allow_http,
            no_journal,
            output: _,
            json: _,
            quiet: _,
            color,
            progress,
            no_input,
            no_pii,
            utc,
            tz,
            verbose,
        } = self;
        Flags {
            simulate,
            simulator_db,
            no_journal,
            color,
            progress,
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

    /// Reads the global flags of a command line that clap rejects, or that is being completed, and skips everything else,
    /// so that an error can be printed in the requested format.
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
        // The parse of the whole command line reports a value that clap rejects.
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
