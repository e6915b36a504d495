//! The JSON format. Commands that keep running, such as `watch`, print one line for each update. Other commands print
//! one document. Errors are printed as documents to stderr.

use serde::Serialize;

use crate::error::Error;
use crate::model::to_json;
use crate::output::escape;
use crate::output::format_writer::FormatWriter;
use crate::output::report::{Document, Report, Update};
use crate::output::streams::Streams;

/// The writer for `--output json`.
pub struct Json {
    /// Whether the command keeps running, as `watch` does, and prints each update as a JSON line.
    pub following: bool,
}

impl FormatWriter for Json {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>) {
        if !self.following {
            streams.write_note(|out| update.note(out));
        } else if let Some(line) = update.json(streams.simulated.get()) {
            streams.print_json(&line);
            streams.flush();
        }
    }

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>) {
        let document = report.json(streams.simulated.get());
        match R::ON_STDERR {
            true => streams.note_json(&document),
            false => streams.print_json(&document),
        }
        streams.flush();
        if let Some(error) = report.error() {
            self.error(error, streams);
        }
    }

    fn error(&self, error: &Error, streams: &Streams<'_>) {
        streams.note_json(&error_document(error, streams));
    }

    fn log<U: Update>(&self, entry: &U, streams: &Streams<'_>) -> Option<String> {
        let line = entry.json(streams.simulated.get())?;
        let is_terminal = streams.stderr_style().terminal;
        Some(format!("{}\n", escape::json(&line, is_terminal)))
    }
}

/// The JSON document that is printed to stderr when a command fails.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorDocument {
    error: ErrorBody,
}

/// What went wrong, and what the user can do.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ErrorBody {
    /// A stable code for the kind of error, such as `not_found`.
    code: &'static str,
    /// A description of the error in English. It may change.
    message: String,
    /// The messages of the underlying errors. The first is the direct cause.
    causes: Vec<String>,
    /// What the user can do about the error. Null if there is no advice.
    hint: Option<String>,
    /// Whether the same command may succeed if it is run again later.
    retryable: bool,
    /// The pause before a retry that the response's `Retry-After` header requires, in milliseconds. Null without the header.
    retry_after_ms: Option<u64>,
    /// The id that the service gave the request. Null if there was no response, or if it had no id.
    request_id: Option<String>,
    /// The idempotency key of the failed send. A repeat with this key does not send twice. Null for other requests.
    idempotency_key: Option<String>,
    /// The exit code of the program.
    exit_code: u8,
}

fn error_document(error: &Error, streams: &Streams<'_>) -> String {
    let redactor = &streams.redactor;
    let redacted = |text: String| String::clone(&redactor.text(text));
    let style = streams.stderr_style();
    let response = error.api_error();
    let (code, exit) = error.code_and_exit();
    let body = ErrorBody {
        code,
        message: redacted(error.to_string()),
        causes: error
            .causes()
            .map(|cause| redacted(cause.to_string()))
            .collect(),
        hint: error
            .hint()
            .map(|hint| redactor.own_text(&style.with_global_flags(&hint, None))),
        retryable: error.is_retryable(),
        retry_after_ms: response
            .and_then(|response| response.retry_after)
            .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        request_id: response.and_then(|response| response.request_id.clone()),
        idempotency_key: error.idempotency_key().map(|key| redacted(key.to_string())),
        exit_code: exit.code(),
    };
    let body = ErrorDocument { error: body };
    to_json(&Document::new(
        "sendivent.error/1",
        streams.simulated.get(),
        &body,
    ))
}
