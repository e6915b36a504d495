//! One check of `doctor`, and its result.

use serde::Serialize;

use crate::config::ConfigError;
use crate::exit::Exit;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// A stable name.
    pub name: &'static str,
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// The exit code of a run with this result alone.
    #[serde(skip)]
    pub exit: Exit,
}

/// The result of a check. `warn`: it works, but needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    Warn,
    Fail,
}

/// Returns a check that passed.
pub fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check {
        name,
        state: State::Ok,
        found: found.into(),
        fix: None,
        exit: Exit::Ok,
    }
}

/// Returns a check that passed, but needs attention.
pub fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Check {
    Check {
        state: State::Warn,
        fix: Some(fix.into()),
        ..ok(name, found)
    }
}

/// Returns a check that failed; `exit` is the exit code of a run in which nothing else did.
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

/// Returns the check of an invalid setting.
pub fn invalid(name: &'static str, error: &ConfigError) -> Check {
    fail(name, Exit::Usage, &error.message, &error.hint)
}
