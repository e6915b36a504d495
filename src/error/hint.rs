//! Hints that depend on an error's details.

use crate::api::{ApiError, INTERMEDIARY_HINT, IdempotencyKey};
use crate::model::help_topic;
use crate::sqlite::OpenError;

/// Which command to repeat to settle a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The current one, with `--idempotency-key` added.
    WithKey,
    /// The current one, which has the key already.
    Unchanged,
    /// An earlier one, from the journal.
    Earlier,
}

/// Adds the command that finds where a connection fails.
pub(super) fn with_doctor_hint(advice: &str) -> String {
    format!("{advice} Run `sendivent doctor` to find the cause.")
}

/// Returns the hint for an error response: the first action of its help topic, with a command to run. The service's code is
/// repeated only if it names a topic, because the command is meant to be pasted.
pub(super) fn api_error_hint(api_error: &ApiError) -> String {
    let status = api_error.status.to_string();
    let names = [api_error.topic(), status];
    let topic = names
        .iter()
        .find_map(|name| Some((name, help_topic(name)?.actions.first()?)));
    match (api_error.status, topic) {
        _ if api_error.is_from_intermediary() => with_doctor_hint(INTERMEDIARY_HINT),
        (407, _) => {
            "Set the user name and password in the proxy address of the environment.".to_owned()
        }
        (_, Some((_, action))) if action.contains("`sendivent ") => (*action).to_owned(),
        (_, Some((name, action))) => {
            format!(
                "{}; see `sendivent explain {name}`.",
                action.trim_end_matches('.')
            )
        }
        (200..=299, None) => {
            "Correct the request: it was not accepted, although the status is a success.".to_owned()
        }
        (_, None) => with_doctor_hint(INTERMEDIARY_HINT),
    }
}

pub(super) fn store_hint(error: &OpenError) -> String {
    // How to use another file depends on which one it is.
    let another = |name: &str| match name {
        "temporary folder" => "set TMPDIR to another folder",
        "journal" => "set XDG_STATE_HOME to another folder, or continue without it: --no-journal",
        _ => "use another file: --simulator-db",
    };
    match error {
        OpenError::Newer { name, .. } => format!("Update sendivent, or {}.", another(name)),
        OpenError::Io { name, .. } | OpenError::Sqlite { name, .. } => format!(
            "Check that the folder exists, is writable and has free space, or {}.",
            another(name)
        ),
        OpenError::Folder { name, path }
        | OpenError::Special { name, path }
        | OpenError::Foreign { name, path }
        | OpenError::Corrupt { name, path, .. } => {
            format!("Move `{}` away, or {}.", path.display(), another(name))
        }
    }
}

/// Returns how to repeat a send under its key, so that it is not sent twice.
pub(super) fn repeat_instruction(repeat: Repeat, what: &str, key: &IdempotencyKey) -> String {
    match repeat {
        Repeat::WithKey => format!("Repeat the same command with `--idempotency-key {key}`"),
        Repeat::Unchanged => {
            format!("Repeat the same command unchanged, with its `--idempotency-key {key}`")
        }
        Repeat::Earlier => format!("Repeat that send ({what}) with `--idempotency-key {key}`"),
    }
}

/// Returns the hint for a send whose outcome is unknown.
pub(super) fn unknown_hint(advice: Option<&str>, repeat: &str) -> String {
    let advice = advice.map_or(String::new(), |advice| {
        format!("{} ", with_doctor_hint(advice))
    });
    format!("{advice}{repeat}: it is sent only once.")
}
