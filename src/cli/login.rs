//! `login`

use clap::Args;

use crate::config::{self, Session, credentials};
use crate::error::Error;
use crate::host::Host;
use crate::intent::Intent;
use crate::prompt;

/// Store an API key for a profile, readable by you only
///
/// The key is asked for on a terminal, without being shown, and read from stdin elsewhere, or from --api-key-file. It is
/// not checked with the service: `sendivent doctor` does that.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent login\n  sendivent login --profile work < key.txt\n\nWhere a key is looked for, in this order: --api-key-file, SENDIVENT_API_KEY_FILE, SENDIVENT_API_KEY,\nthe profile's credential_command, and what login stored."
)]
pub struct LoginArgs {
    /// Nothing: a key has no place on the command line
    #[arg(hide = true)]
    key: Vec<String>,
}

impl LoginArgs {
    /// Reads the key.
    pub fn resolve(self, session: &Session, host: &Host) -> Result<Intent, Error> {
        let Self { key } = self;
        if !key.is_empty() {
            // Not repeated: it may be a key.
            return Err(Error::usage(
                "login: takes no key on the command line, where others can read it",
                "Run `sendivent login` and paste it, or pipe it: sendivent login < FILE",
            ));
        }
        if session.simulate {
            return Err(Error::usage(
                "login: the simulator needs no key",
                "Leave --simulate and SENDIVENT_SIMULATE out.",
            ));
        }
        let profile = config::resolve_profile_name(&session.flags, host)?;
        let (text, place) = match credentials::read_key_file(&session.flags, host)? {
            Some(text) => (text, "--api-key-file"),
            None => typed(&profile, session, host)?,
        };
        credentials::parse_key(&text)
            .map(Intent::Login)
            .map_err(|reason| {
                Error::usage(
                    format!("login: {place}: {reason}"),
                    "Copy the whole key from the dashboard, and nothing else.",
                )
            })
    }
}

/// Asks for the key, or reads it from stdin where nobody can be asked.
fn typed(profile: &str, session: &Session, host: &Host) -> Result<(String, &'static str), Error> {
    if session.can_prompt {
        return Ok((prompt::key(profile)?, "the key"));
    }
    if host.terminal.stdin {
        return Err(Error::usage(
            "login: the key cannot be asked for",
            "Pass it on stdin: sendivent login < FILE",
        ));
    }
    let text = host.read_stdin().map_err(|source| Error::Input {
        what: "login: stdin".to_owned(),
        source,
    })?;
    Ok((text, "stdin"))
}
