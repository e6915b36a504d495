//! The sources of an API key.

use std::fmt;
use std::path::PathBuf;

pub const KEY: &str = "SENDIVENT_API_KEY";
pub const KEY_FILE: &str = "SENDIVENT_API_KEY_FILE";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// `--api-key-file`
    Flag(String),
    FileVariable(String),
    Variable,
    Command(String),
    /// The profile's file that `login` wrote.
    Login(PathBuf),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(path) if path == "-" => f.write_str("--api-key-file - (stdin)"),
            Self::Flag(path) => write!(f, "--api-key-file {path}"),
            Self::FileVariable(path) => write!(f, "{KEY_FILE} ({path})"),
            Self::Variable => f.write_str(KEY),
            Self::Command(profile) => write!(f, "the credential_command of the profile {profile}"),
            Self::Login(path) => write!(f, "`sendivent login` ({})", path.display()),
        }
    }
}
