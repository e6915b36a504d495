//! One check of `doctor`, and its result.

use serde::Serialize;

use crate::exit::Exit;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// A stable name.
    pub name: &'static str,
    /// `ok`, `warn` or `fail`.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    /// It works, but needs attention.
    Warn,
    Fail(Failed),
}

/// What failed; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    Settings,
    Key,
    Profile,
    /// The service accepts the key, but not the account.
    Refused,
    Network,
    File,
}

impl State {
    /// Returns the name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail(_) => "fail",
        }
    }

    /// Returns the exit code of a run with this result alone.
    pub fn exit(self) -> Exit {
        match self {
            Self::Ok | Self::Warn => Exit::Ok,
            Self::Fail(Failed::Settings) => Exit::Usage,
            Self::Fail(Failed::Key) => Exit::Auth,
            Self::Fail(Failed::Profile) => Exit::NotFound,
            Self::Fail(Failed::Refused) => Exit::Refused,
            Self::Fail(Failed::Network) => Exit::Unavailable,
            Self::Fail(Failed::File) => Exit::Error,
        }
    }
}

impl Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
impl schemars::JsonSchema for State {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "State".into()
    }

    fn json_schema(_generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"description": "The result of a check.", "enum": ["ok", "warn", "fail"]})
    }
}

/// Returns a check that passed.
pub fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check {
        name,
        state: State::Ok,
        found: found.into(),
        fix: None,
    }
}

/// Returns a check that passed, but needs attention.
pub fn warn(name: &'static str, found: impl Into<String>, fix: &str) -> Check {
    Check {
        state: State::Warn,
        fix: Some(fix.to_owned()),
        ..ok(name, found)
    }
}

/// Returns a check that failed.
pub fn fail(name: &'static str, failed: Failed, found: impl Into<String>, fix: &str) -> Check {
    Check {
        state: State::Fail(failed),
        fix: Some(fix.to_owned()),
        ..ok(name, found)
    }
}
