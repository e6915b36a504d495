//! Errors in the settings, and the sources of an API key that these errors name.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::text;

pub const KEY: &str = "SENDIVENT_API_KEY";
pub const KEY_FILE: &str = "SENDIVENT_API_KEY_FILE";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What is invalid. Names the flag, the environment variable, or the line of the settings file.
    pub message: String,
    pub hint: String,
}

impl ConfigError {
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The source of an API key, for messages. The order of precedence is in [`find_key`](super::credentials::find_key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The file that `--api-key-file` names, or stdin for `-`.
    Flag(String),
    FileVariable(String),
    Variable,
    Command(String),
    /// The key file that `sendivent login` wrote for the profile.
    Login(PathBuf),
}

impl KeySource {
    /// Returns the path of the file that contains the key. The path is `-` for stdin. `None` if the key is not read
    /// from a file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Flag(path) | Self::FileVariable(path) => Some(Path::new(path)),
            Self::Login(path) => Some(path),
            Self::Variable | Self::Command(_) => None,
        }
    }
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

/// Why the profile, the key or the address of the live service cannot be determined. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("there is no API key for the profile `{profile}`")]
    NoKey { profile: String },
    /// The content of a source is not a valid API key. The reason does not contain the content.
    #[error("the API key from {origin} cannot be used: {reason}")]
    KeyInvalid { origin: KeySource, reason: String },
    /// A key file that the user named cannot be read.
    #[error("the API key from {origin} cannot be read: {reason}")]
    KeyUnreadable { origin: KeySource, reason: String },
    #[error("{origin}: there is no profile `{name}`")]
    NoProfile {
        name: String,
        /// The flag, environment variable or setting that names the profile.
        origin: &'static str,
        known: Vec<String>,
    },
}

impl ServiceError {
    pub fn hint(&self) -> String {
        match self {
            Self::Config(error) => error.hint.clone(),
            Self::NoKey { .. } => {
                "Set SENDIVENT_API_KEY, or run `sendivent login`. Offline: --simulate.".to_owned()
            }
            Self::KeyInvalid { origin, .. } => match origin {
                KeySource::Command(_) => {
                    "Run the command by itself: it must print the key and nothing else."
                }
                KeySource::Login(_) => "Run sendivent login again.",
                KeySource::Flag(_) | KeySource::FileVariable(_) | KeySource::Variable => {
                    "Put only the key there."
                }
            }
            .to_owned(),
            Self::KeyUnreadable { .. } => {
                "Check the path and its permissions; the file must hold only the key.".to_owned()
            }
            Self::NoProfile { name, known, .. } => {
                match text::did_you_mean(name, known.iter().map(String::as_str)) {
                    Some(hint) => hint,
                    None if known.is_empty() => {
                        format!("Create it: sendivent login --profile {name}")
                    }
                    None => format!("Known: {}.", text::join_and(known)),
                }
            }
        }
    }
}
