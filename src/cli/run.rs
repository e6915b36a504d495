//! `simulator run`

use std::ffi::OsString;

use clap::Args;

use crate::api::ApiKey;
use crate::error::Error;
use crate::intent::Run;

/// Run a program with the simulator in the place of the service
///
/// The simulator answers on a free port of this machine until the program ends. The program finds the address in
/// SENDIVENT_API_URL and a key in SENDIVENT_API_KEY. The official Node SDK, which has no option for the address, reaches
/// the simulator as well: what `fetch` would send to Sendivent is sent there, by NODE_OPTIONS.
///
/// The simulator's file is a new one, removed at the end, unless --simulator-db or SENDIVENT_SIMULATOR_DB names one to
/// keep.
///
/// Exit code: that of the program, whatever it is; 127 when there is no such program, 126 when it cannot be started. Its
/// streams are the terminal's own. What was sent is told at the end, on stderr, with --json as one document there; -q
/// leaves it out.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent simulator run -- npm test\n  sendivent simulator run --run build-42 --simulator-db sends.db -- pytest"
)]
pub struct RunArgs {
    /// Give the program a namespace of its own in the file, with the key `test_run_NAME`
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// Use a new file, whatever SENDIVENT_SIMULATOR_DB says, and remove it at the end
    #[arg(long, conflicts_with = "simulator_db")]
    fresh: bool,
    /// Take keys that begin with `live_`, too; nothing is sent for real
    #[arg(long)]
    accept_live_keys: bool,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_names = ["CMD", "ARG"], num_args = 1..)]
    command: Vec<OsString>,
}

impl RunArgs {
    /// Says which program is to run, and with which key.
    pub fn resolve(self) -> Result<Run, Error> {
        let Self {
            run,
            fresh,
            accept_live_keys,
            command,
        } = self;
        let key = ApiKey::for_simulator(run.as_deref()).map_err(|_| {
            Error::usage(
                format!("--run: `{}` cannot be a name", run.unwrap_or_default()),
                "Use letters, digits, `.`, `-` and `_`.",
            )
        })?;
        let mut words = command.into_iter();
        let Some(program) = words.next().filter(|name| !name.is_empty()) else {
            return Err(Error::usage(
                "CMD: there is no name of a program",
                "Write it behind `--`: sendivent simulator run -- npm test.",
            ));
        };
        Ok(Run {
            key,
            fresh,
            accept_live_keys,
            program,
            arguments: words.collect(),
        })
    }
}
