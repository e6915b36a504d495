//! The result of `send` as JSON and text, and its exit code.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::outcome::{SendOutcome, SendResult};
use crate::commands::poll::{EndJson, WatchReport};
use crate::exit::Exit;
use crate::host::Interrupt;
use crate::output::{Report, TextWriter, Update, escape};
use crate::redact::Pii;
use crate::text;

/// The result of `send`: receipts, or with `--dry-run` the requests.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SendReport {
    /// The result with `--dry-run`.
    Preview(Previewed),
    /// The result without `--wait`.
    Sent(Sent),
    /// The result with `--wait`. The receipts were already printed as updates. The `WatchReport` is `None` if nothing
    /// was polled, because no request was accepted, a signal stopped the sending, or stdout was closed.
    #[serde(serialize_with = "serialize_end")]
    Waited(
        #[cfg_attr(test, schemars(with = "EndJson"))] Sent,
        Option<WatchReport>,
    ),
}

const PREVIEW: &str = "sendivent.preview/1";

/// The requests that `send` would send without `--dry-run`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Previewed {
    pub requests: Vec<PreviewedRequest>,
    /// Whether the text output is curl commands instead of JSON.
    #[serde(skip)]
    pub curl: bool,
}

/// The results of all requests of one `send` command.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sent {
    /// One result for each request, in the order of `--to`.
    pub results: Vec<SendResult>,
    /// The signal that stopped the sending early; `None` if there was none.
    #[serde(skip)]
    pub interrupted: Option<Interrupt>,
    #[serde(skip)]
    pub output_closed: bool,
}

/// A request that `--dry-run` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PreviewedRequest {
    pub method: String,
    pub url: String,
    /// The headers of the request, without `Authorization`.
    pub headers: BTreeMap<String, String>,
    pub body: Pii<Value>,
}

impl Report for SendReport {
    const SCHEMA: &'static str = "sendivent.send/1";

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        use crate::output::document_schema;

        vec![
            (Self::SCHEMA, document_schema::<Sent>(Self::SCHEMA, None)),
            (PREVIEW, document_schema::<Previewed>(PREVIEW, None)),
        ]
    }

    fn schema(&self) -> &'static str {
        match self {
            Self::Preview(_) => PREVIEW,
            Self::Sent(_) => Self::SCHEMA,
            Self::Waited(..) => WatchReport::SCHEMA,
        }
    }

    fn has_outcome(&self) -> bool {
        !matches!(self, Self::Preview(_))
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Preview(_) => Exit::Ok,
            Self::Sent(sent) => Exit::combine(sent.exits()),
            Self::Waited(sent, watch) => {
                // An accepted request counts by the verdict of its messages, which are pending if nothing was polled.
                let rejected = sent.exits().filter(|exit| *exit != Exit::Ok);
                let verdict = watch.as_ref().map_or(Exit::Pending, Report::exit);
                Exit::combine(rejected.chain([verdict]))
            }
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        // The results were already printed as updates.
        if let Self::Preview(Previewed { requests, curl }) = self {
            for request in requests {
                match curl {
                    true => request.write_curl(out),
                    false => request.write_json(out),
                }
            }
        }
    }

    fn notes(&self, rows_only: bool, out: &mut TextWriter<'_>) {
        if let Self::Sent(sent) | Self::Waited(sent, _) = self {
            if rows_only {
                // Ids have no room for a request that was not accepted. A script must not lose its reason and its key.
                let results = sent.results.iter();
                let failed = results.filter(|result| result.receipts.is_empty());
                failed.for_each(|result| result.text(out));
            }
            sent.write_summary(out);
        }
        if let Self::Waited(_, Some(watch)) = self {
            watch.notes(rows_only, out);
        }
    }

    fn unwritable(&self, out: &mut TextWriter<'_>) {
        if let Self::Sent(sent) | Self::Waited(sent, _) = self {
            sent.results.iter().for_each(|result| result.text(out));
        }
    }
}

impl Sent {
    fn exits(&self) -> impl Iterator<Item = Exit> {
        let exits = self.results.iter().map(|result| result.exit);
        let has_skipped = exits.clone().any(|exit| exit.is_none());
        // A skipped request has no exit code: the request that stopped the command has one. If a request was accepted
        // before that, the result is partial.
        let partial = (has_skipped && self.accepted_count() > 0).then_some(Exit::Partial);
        let interrupted = self.interrupted.map(Exit::from);
        exits.chain([partial, interrupted]).flatten()
    }

    pub fn accepted_count(&self) -> usize {
        let results = self.results.iter();
        let accepted = results.filter(|result| result.outcome == SendOutcome::Accepted);
        accepted.count()
    }

    /// Writes how many requests were accepted, and for each request with an unknown outcome how to repeat it safely.
    /// Writes nothing if all were accepted.
    fn write_summary(&self, out: &mut TextWriter<'_>) {
        let (accepted, all) = (self.accepted_count(), self.results.len());
        if accepted == all {
            return;
        }
        out.line(format_args!("{accepted} of {all} accepted"));
        let style = out.style();
        for result in &self.results {
            if let SendOutcome::Unknown | SendOutcome::NotUnderstood = result.outcome {
                out.line(format_args!(
                    "outcome unknown: to send it only once, repeat the send to {} alone with --idempotency-key {}",
                    style.sanitize(&result.recipient),
                    style.sanitize(&result.idempotency_key)
                ));
            }
        }
    }
}

impl PreviewedRequest {
    fn write_curl(&self, out: &mut TextWriter<'_>) {
        let mut line = format!("curl -X {} {}", self.method, text::shell_quote(&self.url));
        line.push_str(" -H \"Authorization: Bearer $SENDIVENT_API_KEY\"");
        for (name, value) in &self.headers {
            let header = text::shell_quote(&format!("{name}: {value}"));
            line.push_str(&format!(" -H {header}"));
        }
        let body = self.body.to_string();
        let body = escape::json(&body, out.style().terminal);
        out.line(format_args!("{line} -d {}", text::shell_quote(&body)));
    }

    fn write_json(&self, out: &mut TextWriter<'_>) {
        match serde_json::to_string_pretty(self) {
            Ok(json) => out.line(escape::json(&json, out.style().terminal)),
            // Cannot happen: strings and JSON values always serialize.
            Err(error) => out.line(error),
        }
    }
}

fn serialize_end<S: Serializer>(
    _sent: &Sent,
    watch: &Option<WatchReport>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match watch {
        Some(watch) => watch.serialize(serializer),
        None => EndJson::without_verdict().serialize(serializer),
    }
}
