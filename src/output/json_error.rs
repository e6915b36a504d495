//! The JSON document of an error, for stderr.

use serde_json::json;

use super::json::write;
use super::view::View;
use crate::error::Error;
use crate::exit::Exit;

/// Returns the document of an error, for stderr.
pub fn error(error: &Error, exit: Exit, simulated: bool, view: &View) -> String {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(view.line(&cause.to_string()));
        source = cause.source();
    }
    let api_error = error.api_error();
    let waits = api_error.and_then(|api_error| api_error.retry_after);
    let body = json!({"error": {
        "code": error.code(),
        "message": view.line(&error.to_string()),
        "causes": causes,
        "hint": error.hint().map(|hint| view.secretless(&view.pasteable(&hint, None))),
        "retryable": error.is_retryable(),
        "retry_after_ms": waits.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        "request_id": api_error.and_then(|api_error| api_error.request_id.as_deref()),
        "idempotency_key": error.idempotency_key().map(|key| view.line(key.as_str())),
        "exit_code": exit.code(),
    }});
    write("error", simulated, body)
}

/// Returns the document of something that is wrong, where the result was shown all the same.
pub fn problem(code: &str, what: &str, fix: &str, exit: Exit, view: &View) -> String {
    let body = json!({"error": {
        "code": code,
        "message": view.line(what),
        "causes": [],
        "hint": view.secretless(&view.pasteable(fix, None)),
        "retryable": false,
        "retry_after_ms": null,
        "request_id": null,
        "idempotency_key": null,
        "exit_code": exit.code(),
    }});
    write("error", false, body)
}
