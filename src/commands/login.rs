//! `login`: stores an API key for a profile, without contacting the service.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::values;
use super::command::{Command, Context, Setup};
use crate::api::ApiKey;
use crate::config::{self, ConfigError, credentials};
use crate::error::Error;
use crate::output::{Report, TextWriter};
use crate::prompt;

/// Store an API key for a profile, readable by you only
///
/// The key is read from --api-key-file if this flag is given. Otherwise `login` prompts for the key on a terminal,
/// without echo, or reads it from stdin. The key is not checked with the service; run `sendivent doctor` to check it.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent login\n  sendivent login --profile work < key.txt\n\nKeys are read in this order: --api-key-file, SENDIVENT_API_KEY_FILE, SENDIVENT_API_KEY,\nthe profile's credential_command, and what login stored."
)]
pub struct Login {
    /// Always rejected: a key must not be on the command line
    #[arg(hide = true)]
    key: Vec<String>,
}

impl Command for Login {
    const NAME: &'static str = "login";
    type Input = ApiKey;
    type Report = LoginReport;

    fn validate(self, setup: &Setup<'_>) -> Result<ApiKey, Error> {
        let Self { key } = self;
        if !key.is_empty() {
            // The error does not repeat the argument, because it may be a key.
            return Err(Error::usage(
                "login: takes no key on the command line, where other users can read it",
                "Run `sendivent login` and paste it, or pipe it: sendivent login < FILE",
            ));
        }
        let session = setup.session;
        if session.simulate {
            return Err(Error::usage(
                "login: the simulator needs no key",
                "Leave out --simulate and SENDIVENT_SIMULATE.",
            ));
        }
        let profile = config::resolve_profile_name(&session.flags, setup.host)?;
        let (text, source) = match credentials::read_key_file(&session.flags, setup.host)? {
            Some(text) => (text, "--api-key-file"),
            None => read_key(&profile, setup)?,
        };
        credentials::parse_key(&text).map_err(|reason| {
            Error::usage(
                format!("login: {source}: {reason}"),
                "Copy the whole key from the dashboard, and nothing else.",
            )
        })
    }

    async fn run(key: ApiKey, context: Context<'_>) -> Result<LoginReport, Error> {
        let (profile, path) = key_file(&context)?;
        let replaced = path.exists();
        credentials::store_key(&key, &path).map_err(|source| Error::KeyFile {
            what: "written",
            path: path.clone(),
            source,
        })?;
        Ok(LoginReport {
            profile,
            environment: key.environment().as_str(),
            fingerprint: key.fingerprint(),
            file: path.display().to_string(),
            replaced,
            shadowed_by: credentials::overriding_variable(context.host),
        })
    }
}

/// Prompts for the key on a terminal, or reads it from stdin. Also returns the name of the source, for error messages.
fn read_key(profile: &str, setup: &Setup<'_>) -> Result<(String, &'static str), Error> {
    if setup.session.can_prompt {
        return Ok((prompt::key(profile)?, "the key"));
    }
    if setup.host.terminal.stdin {
        return Err(Error::usage(
            "login: cannot prompt for the key",
            "Pass it on stdin: sendivent login < FILE",
        ));
    }
    Ok((values::stdin("login: stdin", setup.host)?, "stdin"))
}

/// Returns the name of the selected profile, and the path of the file in which `login` stores its key.
pub fn key_file(setup: &Setup<'_>) -> Result<(String, PathBuf), Error> {
    let profile = config::resolve_profile_name(&setup.session.flags, setup.host)?;
    let path = credentials::login_key_path(&profile, setup.host).ok_or_else(|| ConfigError {
        message: "the key cannot be stored: neither XDG_CONFIG_HOME nor HOME is set".to_owned(),
        hint: "Set HOME, or pass the key in SENDIVENT_API_KEY.".to_owned(),
    })?;
    Ok((profile, path))
}

/// Which key `login` stored, and in which file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoginReport {
    profile: String,
    /// `sandbox` or `production`, from the key's prefix.
    environment: &'static str,
    /// A hash that identifies the key without revealing it.
    fingerprint: String,
    /// Path of the file that holds the key.
    file: String,
    /// Whether the file existed before and was overwritten.
    replaced: bool,
    /// The environment variable that takes precedence over the stored key; null if no such variable is set.
    shadowed_by: Option<&'static str>,
}

impl Report for LoginReport {
    const SCHEMA: &'static str = "sendivent.login/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let replaced = match self.replaced {
            true => "; it replaces another one",
            false => "",
        };
        out.line(format_args!(
            "Stored the {} key {} for the profile {}{replaced}.\nOnly you can read it: {}",
            self.environment,
            self.fingerprint,
            style.sanitize(&self.profile),
            style.sanitize(&self.file),
        ));
    }

    fn notes(&self, _rows_only: bool, out: &mut TextWriter<'_>) {
        match self.shadowed_by {
            Some(variable) => out.line(format_args!(
                "warning: {variable} is set and takes precedence; unset it to use the stored key"
            )),
            None => out.line(format_args!(
                "`{} doctor` checks it with the service",
                out.style().program
            )),
        }
    }
}
