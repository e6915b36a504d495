//! What to do about errors that need more than one sentence.

use super::Repeat;
use crate::api::{ApiError, INTERMEDIARY_HINT};
use crate::model::help_topic;
use crate::sqlite::OpenError;

/// Returns what can be done about a way that ends, and what finds out where it does.
pub(super) fn with_doctor_hint(advice: &str) -> String {
    format!("{advice} `sendivent doctor` finds where the way ends.")
}

/// Returns what to do about a refusal. The service's own word is repeated only when it is one that is explained: it would
/// stand in a command that is pasted.
pub(super) fn refusal_hint(api_error: &ApiError) -> String {
    let status = api_error.status.to_string();
    match api_error.status {
        _ if api_error.is_from_intermediary() => INTERMEDIARY_HINT.to_owned(),
        407 => {
            "Check the proxy that the environment names: it wants a name and a password.".to_owned()
        }
        _ if help_topic(&api_error.word()).is_some() => {
            format!("See `sendivent explain {}`.", api_error.word())
        }
        _ if help_topic(&status).is_some() => format!("See `sendivent explain {status}`."),
        200..=299 => "The request was not accepted, whatever its status says.".to_owned(),
        _ => INTERMEDIARY_HINT.to_owned(),
    }
}

pub(super) fn store_hint(error: &OpenError) -> String {
    // Each file has a way around it of its own.
    let another = |name: &str| match name {
        "temporary folder" => "set TMPDIR to another one",
        "journal" => "set XDG_STATE_HOME to another folder, or go on without it: --no-journal",
        _ => "name another file with --simulator-db",
    };
    match error {
        OpenError::Newer { name, .. } => format!("Update sendivent, or {}.", another(name)),
        OpenError::Io { name, .. } | OpenError::Sqlite { name, .. } => format!(
            "Check that the folder exists, can be written and is not full, or {}.",
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

/// Returns what to repeat, so that it counts as the same send.
pub(super) fn repetition(repeat: Repeat, what: &str, key: &str) -> String {
    match repeat {
        Repeat::WithKey => format!("Repeat the same command with `--idempotency-key {key}`"),
        Repeat::Unchanged => {
            format!("Repeat the same command unchanged, with its `--idempotency-key {key}`")
        }
        Repeat::Earlier => format!("Repeat that send ({what}) with `--idempotency-key {key}`"),
    }
}

/// Returns what to do about a send that nobody knows the outcome of.
pub(super) fn unknown_hint(advice: Option<&str>, repetition: &str) -> String {
    let advice = advice.map_or(String::new(), |advice| {
        format!("{} ", with_doctor_hint(advice))
    });
    format!("{advice}{repetition}: it is sent once, whatever became of this try.")
}
