//! The result of one check that `doctor` makes.

use serde::Serialize;

use crate::config::ConfigError;
use crate::exit::Exit;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// The name of the check, such as `dns`. Scripts can rely on it.
    pub name: &'static str,
    pub state: State,
    /// What the check found, as text for display.
    pub found: String,
    /// What to do about the result; null if `state` is `ok`.
    pub fix: Option<String>,
    /// The exit code of `doctor` if every other check passed.
    #[serde(skip)]
    pub exit: Exit,
}

/// Whether a check passed. `warn` means that it passed, but that something needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    Warn,
    Fail,
}

/// Creates the result of a check that passed.
pub fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check {
        name,
        state: State::Ok,
        found: found.into(),
        fix: None,
        exit: Exit::Ok,
    }
}

/// Creates the result of a check that passed, but found something that needs attention.
pub fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Check {
    Check {
        state: State::Warn,
        fix: Some(fix.into()),
        ..ok(name, found)
    }
}

/// Creates the result of a check that failed. `exit` is the exit code of `doctor` if every other check passed.
pub fn fail(
    name: &'static str,
    exit: Exit,
    found: impl Into<String>,
    fix: impl Into<String>,
) -> Check {
    Check {
        state: State::Fail,
        exit,
        ..warn(name, found, fix)
    }
}

/// Creates the result of a check that failed because a setting is not valid.
pub fn invalid(name: &'static str, error: &ConfigError) -> Check {
    fail(name, Exit::Usage, &error.message, &error.hint)
}
