//! What `simulator serve` prints: that it is ready, each request, and its end.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape::json_for_terminal;
use super::json;
use super::presenter::Presenter;
use super::view::{BOLD, DIM, View};
use crate::api::signature::Secret;
use crate::config::Format;
use crate::exit::Exit;
use crate::model::{from_millis, rfc3339};
use crate::simulator::{RegisteredEndpoint, ServeSummary, ServedRequest, ServerInfo};
use crate::text;

const KIND: &str = "serve";
/// The longest path that is printed, in characters.
const LONGEST_PATH: usize = 200;

impl Presenter<'_> {
    /// Says where the server answers, on stdout.
    pub(super) fn ready(&mut self, ready: &ServerInfo) {
        let view = self.stdout_view();
        let address = format!("http://{}", ready.address);
        let text = match self.output_settings.format {
            Format::Json => line(
                "ready",
                json!({"address": address, "host": ready.address.ip().to_string(),
                       "port": ready.address.port(), "file": ready.file,
                       "webhook": ready.webhook.as_ref().map(webhook_json)}),
            ),
            // The secret is told here or never.
            Format::Ids => std::iter::once(address.as_str())
                .chain(ready.webhook.iter().filter_map(secret))
                .map(|line| format!("{line}\n"))
                .collect(),
            Format::Text | Format::Csv => {
                let webhook = ready.webhook.as_ref().map(|hook| webhook_text(hook, &view));
                format!(
                    "The simulator answers on {}, with the file {}\n{}",
                    view.paint(&address, BOLD),
                    view.outside(&ready.file),
                    webhook.unwrap_or_default()
                )
            }
        };
        self.emit(&text);
    }

    /// Tells of requests, on stderr. What stderr has no room for is counted, and told as a number when there is room.
    pub(super) fn requests(&mut self, requests: &[ServedRequest]) {
        let view = self.stderr_view();
        let json = self.output_settings.format == Format::Json;
        for request in requests {
            if self.untold > 0 && self.log(&more(self.untold, json, &view)) {
                self.untold = 0;
            }
            let text = if json {
                let text = request_json(request, &view);
                if view.terminal {
                    json_for_terminal(&text)
                } else {
                    text
                }
            } else {
                request_text(request, &view)
            };
            if self.untold > 0 || !self.log(&text) {
                self.untold += 1;
            }
        }
    }

    /// Says how many requests are still to be told, when there are no more to come.
    pub(super) fn last_requests(&mut self) {
        if self.untold > 0 {
            // Those before are to have gone, as far as they ever will.
            drop(self.host.stderr().flush());
            let json = self.output_settings.format == Format::Json;
            let text = more(self.untold, json, &self.stderr_view());
            self.log(&text);
        }
    }

    /// Writes a line to stderr. Returns false when there is no room for it now.
    fn log(&self, text: &str) -> bool {
        let written = self.host.stderr().write(text.as_bytes());
        !matches!(written, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Returns the last line of a server in JSON form.
pub fn end(stopped: &ServeSummary, exit: Exit) -> String {
    line(
        "end",
        json!({"requests": stopped.requests, "cut": stopped.cut, "exit_code": exit.code(),
               "outcome": exit.name()}),
    )
}

/// Returns the last line of a server for people.
pub fn stopped(stopped: &ServeSummary) -> String {
    let requests = usize::try_from(stopped.requests).unwrap_or(usize::MAX);
    let requests = text::count_noun(requests, "request");
    match stopped.cut {
        0 => format!("Stopped after {requests}.\n"),
        cut => format!(
            "Stopped after {requests}; {} cut that were in flight.\n",
            text::count_noun(cut, "request")
        ),
    }
}

fn secret(webhook: &RegisteredEndpoint) -> Option<&str> {
    webhook.secret.as_ref().map(Secret::expose)
}

fn webhook_json(webhook: &RegisteredEndpoint) -> Value {
    json!({"url": webhook.url, "secret": secret(webhook)})
}

fn webhook_text(webhook: &RegisteredEndpoint, view: &View) -> String {
    let url = view.outside(&webhook.url);
    match &webhook.secret {
        Some(secret) => format!(
            "Webhooks go to {url}, signed with {}; this secret is not shown again\n",
            secret.expose()
        ),
        None => format!("Webhooks go to {url}, the endpoint that was there before\n"),
    }
}

fn line(kind: &str, mut body: Value) -> String {
    if let Value::Object(fields) = &mut body {
        fields.insert("type".to_owned(), Value::from(kind));
    }
    json::write(KIND, true, body)
}

fn request_json(request: &ServedRequest, view: &View) -> String {
    line(
        "request",
        json!({"at": rfc3339(from_millis(request.at)), "method": request.method.as_str(),
               "path": path(&request.path, view), "status": request.status,
               "took_ms": millis(request), "fault": request.fault, "run": request.namespace,
               "replayed": request.is_replay}),
    )
}

fn request_text(request: &ServedRequest, view: &View) -> String {
    let status = request
        .status
        .map_or("---".to_owned(), |status| status.to_string());
    let fault = request.fault.map(|fault| format!("  {fault}"));
    let replayed = if request.is_replay { "  replayed" } else { "" };
    let run = request.namespace.as_ref();
    let run = run.map(|run| format!("  run {}", view.outside(run)));
    format!(
        "{}  {status}  {:>7.1} ms  {} {}{}{replayed}{}\n",
        view.time(from_millis(request.at)),
        millis(request),
        request.method,
        view.outside(&path(&request.path, view)),
        fault.unwrap_or_default(),
        run.unwrap_or_default()
    )
}

fn more(count: u64, json: bool, view: &View) -> String {
    if json {
        return line("more", json!({ "requests": count }));
    }
    let count = text::count_noun(usize::try_from(count).unwrap_or(usize::MAX), "more request");
    let text = format!("{count}, not shown: this stream is too slow");
    format!("{}\n", view.paint(&text, DIM))
}

fn millis(request: &ServedRequest) -> f64 {
    // To the microsecond.
    (request.duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Returns a path as it may be shown: under `--no-pii` nothing of it that could be a recipient's.
fn path(path: &str, view: &View) -> String {
    /// What the API's own words, events and ids stand behind.
    const OPEN: [&str; 5] = ["send", "cancel", "notifications", "events", "webhooks"];
    let mut shown: String = path.chars().take(LONGEST_PATH).collect();
    if shown.len() < path.len() {
        shown.push('…');
    }
    if !view.no_pii {
        return shown;
    }
    let mut segments: Vec<&str> = shown.split('/').collect();
    let control = segments.get(1) == Some(&"_simulator");
    let open = segments.get(2).is_some_and(|word| OPEN.contains(word));
    let kept = if control || open { 4 } else { 3 };
    for segment in segments.iter_mut().skip(kept) {
        if !["push-tokens", "timeline"].contains(segment) {
            *segment = "***";
        }
    }
    let hides = |segment: &str| segment.contains(['@', '%', '+']);
    let segments = segments.iter().map(|s| if hides(s) { "***" } else { s });
    segments.collect::<Vec<_>>().join("/")
}
