//! `logout`: deletes the stored API key of a profile.

use clap::Args;
use serde::Serialize;

use super::command::{Command, Context, Setup};
use super::login::key_file;
use crate::config::credentials;
use crate::error::Error;
use crate::output::{Report, TextWriter};

/// Delete the API key that `login` stored for a profile
#[derive(Debug, Clone, Args)]
pub struct Logout {}

impl Command for Logout {
    const NAME: &'static str = "logout";
    type Input = ();
    type Report = LogoutReport;

    fn validate(self, _setup: &Setup<'_>) -> Result<(), Error> {
        let Self {} = self;
        Ok(())
    }

    async fn run((): (), context: Context<'_>) -> Result<LogoutReport, Error> {
        let (profile, path) = key_file(&context)?;
        let removed = credentials::delete_key(&path).map_err(|source| Error::KeyFile {
            what: "removed",
            path,
            source,
        })?;
        if !removed {
            return Err(Error::NotFound {
                message: format!("no key is stored for the profile `{profile}`"),
                hint: "Run `sendivent whoami` to see where a key is found.".to_owned(),
            });
        }
        Ok(LogoutReport { profile })
    }
}

/// The profile whose key was deleted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogoutReport {
    profile: String,
}

impl Report for LogoutReport {
    const SCHEMA: &'static str = "sendivent.logout/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        let profile = out.style().sanitize(&self.profile);
        out.line(format_args!("Deleted the key of the profile {profile}."));
    }
}
