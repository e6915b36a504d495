//! `login`

use clap::Args;

use crate::api::ApiKey;
use crate::config::{self, Session};
use crate::error::Error;
use crate::intent::Intent;
use crate::prompt;
use crate::world::World;

/// Store an API key for a profile, readable by you only
///
/// The key is asked for on a terminal, without being shown, and read from stdin elsewhere. It is not checked with the
/// service: `sendivent doctor` does that.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent login\n  sendivent login --profile work < key.txt\n\nWhere a key is looked for, in this order: --api-key-file, SENDIVENT_API_KEY_FILE, SENDIVENT_API_KEY,\nthe profile's credential_command, and what login stored."
)]
pub struct LoginArgs {}

impl LoginArgs {
    /// Reads the key.
    pub fn resolve(self, session: &Session, world: &World) -> Result<Intent, Error> {
        let Self {} = self;
        if session.simulate {
            return Err(Error::usage(
                "login: the simulator needs no key",
                "Leave --simulate and SENDIVENT_SIMULATE out.",
            ));
        }
        let profile = config::profile_name(&session.flags, world)?;
        let (text, place) = if session.may_ask {
            (prompt::key(&profile)?, "the key")
        } else if world.terminal.stdin {
            return Err(Error::usage(
                "login: the key cannot be asked for",
                "Pass it on stdin: sendivent login < FILE.",
            ));
        } else {
            let text = world.read_stdin().map_err(|source| Error::Input {
                what: "login: stdin".to_owned(),
                source,
            })?;
            (text, "stdin")
        };
        ApiKey::parse(text.trim())
            .map(Intent::Login)
            .map_err(|invalid| {
                Error::usage(
                    match text.trim().is_empty() {
                        true => format!("login: {place} holds nothing"),
                        false => format!("login: {place} is no API key: {invalid}"),
                    },
                    "Copy the whole key from the dashboard, and nothing else.",
                )
            })
    }
}
