//! `simulator serve`: serves the simulator's API on a port until SIGINT or SIGTERM arrives.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::commands::command::{Command, Context, Setup};
use crate::commands::setup::simulator_location;
use crate::error::Error;
use crate::model::{Timestamp, from_millis};
use crate::output::{BOLD, DIM, Formats, Report, TextWriter, Update};
use crate::redact::Redactor;
use crate::simulator::{
    BindError, DEFAULT_PORT, ListenOptions, RegisterError, RegisteredEndpoint, ServedRequest,
    Server, Simulator, WebhookRules,
};
use crate::text;

const SCHEMA: &str = "sendivent.serve/1";
/// A timeout of 100 years, for a wait that only a signal ends.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// The maximum number of log entries to receive from the server's channel at once.
pub const LOG_BATCH: usize = 512;
/// Logged paths are truncated after this many characters.
const MAX_PATH: usize = 200;

/// Serve the API on a port, for SDKs and other programs
///
/// The server provides the same API as --simulate, and uses the same file. Point an SDK or curl at the URL on the first
/// line of stdout, with any key that begins with `test_`. Each request is logged on stderr; -q turns the log off.
///
/// On Ctrl-C or SIGTERM, the server finishes requests in flight, for up to 10 seconds, and exits with code 0. A second
/// signal ends the server at once.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Listen on this port; 0 chooses a free port
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_PORT)]
    port: u16,

    /// Listen on this address or host name
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,

    /// Allow --host to be an address that other machines can reach
    #[arg(long)]
    allow_remote: bool,

    /// Also accept keys that begin with `live_`; nothing is sent for real
    #[arg(long)]
    accept_live_keys: bool,

    /// Register this URL as the webhook endpoint, and print its signing secret once
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,

    /// Also allow webhooks to this host; repeatable [default: only this machine]
    #[arg(long, value_name = "HOST")]
    allow_webhook_host: Vec<String>,
}

/// The validated options of the server.
pub struct Input {
    listening: ListenOptions,
    /// The URL to register as the webhook endpoint. `None` registers no endpoint.
    webhook: Option<String>,
    webhook_hosts: Vec<String>,
}

impl Command for Serve {
    const NAME: &'static str = "simulator serve";
    const IS_SIMULATOR: bool = true;
    type Input = Input;
    type Report = ServeReport;

    fn is_following(&self) -> bool {
        true
    }

    fn validate(self, _setup: &Setup<'_>) -> Result<Input, Error> {
        let Self {
            port,
            host,
            allow_remote,
            accept_live_keys,
            webhook,
            allow_webhook_host,
        } = self;
        let webhook_hosts = allow_webhook_host.iter().map(|host| webhook_host(host));
        Ok(Input {
            listening: ListenOptions {
                host,
                port,
                allow_remote,
                accept_live_keys,
            },
            webhook,
            webhook_hosts: webhook_hosts.collect::<Result<_, _>>()?,
        })
    }

    async fn run(input: Input, context: Context<'_>) -> Result<ServeReport, Error> {
        let Input {
            listening,
            webhook,
            webhook_hosts,
        } = input;
        let host = context.host;
        let location = simulator_location(context.session)?;
        let (clock, entropy) = (host.clock.clone(), host.entropy.clone());
        let simulator = Simulator::open_to_serve(location, clock, entropy)?;
        let simulator = simulator.with_webhook_rules(WebhookRules {
            allowed_hosts: webhook_hosts,
            ..WebhookRules::default()
        });
        let webhook = match webhook {
            Some(url) => Some(register(&simulator, &url).await?),
            None => None,
        };
        let server = Server::bind(simulator, &listening).await;
        let server = server.map_err(bind_error)?;
        // A closed stdout does not end the server.
        let _ = context.reporter.update(&Ready {
            address: format!("http://{}", server.address()),
            host: server.address().ip().to_string(),
            port: server.address().port(),
            file: location.to_string(),
            webhook: webhook.map(|registered| Webhook {
                url: registered.url,
                // The secret is printed only here.
                secret: registered.secret.map(|secret| secret.expose().to_owned()),
            }),
        });
        let (sender, receiver) = unbounded_channel();
        let has_log = context.reporter.has_log();
        if has_log {
            host.make_stderr_non_blocking();
        }
        let mut serving = server.start(has_log.then_some(sender), host.clock.clone());
        let mut log = std::pin::pin!(write_log(receiver, context));
        tokio::select! {
            _ = host.wait(FOREVER) => {}
            never = &mut log => match never {},
        }
        let drained = tokio::select! {
            drained = host.run_until_interrupted(serving.stop()) => drained,
            never = &mut log => match never {},
        };
        // After a second signal, the command does not wait for requests in flight.
        let stopped = drained.unwrap_or_else(|_| serving.summary());
        context.reporter.finish_log(|requests| Dropped { requests });
        Ok(ServeReport {
            kind: "end",
            requests: stopped.requests,
            cut: stopped.cut,
        })
    }
}

async fn write_log(
    mut receiver: UnboundedReceiver<ServedRequest>,
    context: Context<'_>,
) -> Infallible {
    let mut requests = Vec::new();
    while receiver.recv_many(&mut requests, LOG_BATCH).await > 0 {
        for request in requests.drain(..) {
            let entry = LogEntry::new(&request, context.redactor);
            context
                .reporter
                .log(&entry, |requests| Dropped { requests });
        }
    }
    std::future::pending().await
}

/// Checks that `host` is a host name or an IP address, and not a URL. Returns the host without the brackets of an IPv6
/// address.
fn webhook_host(host: &str) -> Result<String, Error> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_name = !bare.is_empty() && !bare.contains(['/', ':', '@', ' ', '*']);
    if is_name || bare.parse::<IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    Err(Error::usage(
        format!("--allow-webhook-host: `{host}` is not a host"),
        "Give the name or the address alone, such as hooks.example.com.",
    ))
}

/// Registers the webhook endpoint. If an endpoint with this URL exists, it is kept unchanged.
async fn register(simulator: &Simulator, url: &str) -> Result<RegisteredEndpoint, Error> {
    let registered = simulator.register_webhook(url).await;
    registered.map_err(|error| {
        let hint = match &error {
            RegisterError::InvalidUrl(_) => "Use a URL such as http://127.0.0.1:3000/hook.",
            RegisterError::Destination(_) => {
                "Add --allow-webhook-host with the host, if it is yours: webhooks then leave this machine."
            }
            RegisterError::OtherEndpoint(_) => {
                "Omit --webhook to keep it, or change it with PATCH or DELETE /v1/webhooks/{uuid} on a running server."
            }
            RegisterError::Store(_) => "Check the disk and the simulator's file.",
        };
        Error::usage(format!("--webhook: {error}"), hint)
    })
}

/// Converts the failure to open a port into a usage error that names the flag to change.
pub fn bind_error(error: BindError) -> Error {
    let (flag, hint) = match &error {
        BindError::Remote(_) => (
            "--host",
            "Add --allow-remote to let every machine that reaches the port read and change the simulator.",
        ),
        BindError::UnknownHost(_) => ("--host", "Use an address such as 127.0.0.1."),
        BindError::InUse(_) => (
            "--port",
            "Choose another port, or 0 for a free port, which the first line of stdout names.",
        ),
        BindError::PermissionDenied(_) => ("--port", "Choose a port from 1024 on."),
        BindError::Other { .. } => ("--host", "Use an address of this machine."),
    };
    Error::usage(format!("{flag}: {error}"), hint)
}

/// The first line on stdout: the server accepts requests at this address.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ready {
    address: String,
    host: String,
    port: u16,
    /// Path of the simulator's file.
    file: String,
    /// The webhook endpoint; null without `--webhook`.
    webhook: Option<Webhook>,
}

/// The webhook endpoint that `--webhook` names, in the main namespace.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Webhook {
    url: String,
    /// The signing secret; null if the endpoint already existed.
    secret: Option<String>,
}

impl Update for Ready {
    const SCHEMA: &'static str = SCHEMA;
    const TYPE: Option<&'static str> = Some("ready");

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        out.line(format_args!(
            "The simulator listens on {}, with the file {}",
            style.paint(&self.address, BOLD),
            style.sanitize(&self.file)
        ));
        if let Some(Webhook { url, secret }) = &self.webhook {
            let url = style.sanitize(url);
            out.line(match secret {
                Some(secret) => format!(
                    "Webhooks go to {url}, signed with {secret}; this secret is not shown again"
                ),
                None => format!("Webhooks go to {url}, the existing endpoint"),
            });
        }
    }

    fn ids(&self) -> Vec<&str> {
        let webhook = self.webhook.iter();
        let secret = webhook.filter_map(|webhook| webhook.secret.as_deref());
        std::iter::once(self.address.as_str())
            .chain(secret)
            .collect()
    }
}

/// One request in the log.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogEntry {
    at: Timestamp,
    method: String,
    /// The path without the query string.
    path: String,
    /// The status code of the response; null if the server sent no response, as in the scenario `timeout`.
    status: Option<u16>,
    duration_ms: f64,
    /// The kind of broken or missing response that the recipient's scenario selected; null if the response was not
    /// affected.
    fault: Option<&'static str>,
    /// The namespace that the key selected; null for the main namespace.
    namespace: Option<String>,
    /// Whether the response repeats the response to an earlier send with the same idempotency key.
    replayed: bool,
}

impl LogEntry {
    fn new(request: &ServedRequest, redactor: &Redactor) -> Self {
        Self {
            at: from_millis(request.at),
            method: request.method.to_string(),
            path: log_path(&request.path, redactor),
            status: request.status,
            // Rounded to microseconds.
            duration_ms: (request.duration.as_secs_f64() * 1e6).round() / 1e3,
            fault: request.fault,
            namespace: request.namespace.clone(),
            replayed: request.is_replay,
        }
    }
}

impl Update for LogEntry {
    const SCHEMA: &'static str = SCHEMA;
    const TYPE: Option<&'static str> = Some("request");

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let status = self
            .status
            .map_or("---".to_owned(), |status| status.to_string());
        let fault = self.fault.map(|fault| format!("  {fault}"));
        let replayed = if self.replayed { "  replayed" } else { "" };
        let namespace = self.namespace.as_ref();
        let namespace = namespace.map(|name| format!("  namespace {}", style.sanitize(name)));
        out.line(format_args!(
            "{}  {status}  {:>7.1} ms  {} {}{}{replayed}{}",
            style.time(self.at),
            self.duration_ms,
            self.method,
            style.sanitize(&self.path),
            fault.unwrap_or_default(),
            namespace.unwrap_or_default()
        ));
    }
}

/// A line in place of log entries that could not be printed, because stderr is too slow.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dropped {
    requests: u64,
}

impl Update for Dropped {
    const SCHEMA: &'static str = SCHEMA;
    const TYPE: Option<&'static str> = Some("more");

    fn text(&self, out: &mut TextWriter<'_>) {
        let count = text::count_noun(self.requests, "more request");
        let text = format!("{count}, not logged: stderr is too slow");
        out.line(out.style().paint(&text, DIM));
    }
}

/// Returns the path as the log prints it: truncated to [`MAX_PATH`] characters. With `--no-pii`, segments that may name
/// a recipient are replaced by `***`.
fn log_path(path: &str, redactor: &Redactor) -> String {
    /// Path segments that are followed by an event or an id, and never by a recipient.
    const PUBLIC: [&str; 5] = ["send", "cancel", "notifications", "events", "webhooks"];
    let mut short: String = path.chars().take(MAX_PATH).collect();
    if short.len() < path.len() {
        short.push('…');
    }
    if !redactor.is_enabled() {
        return short;
    }
    let segments: Vec<&str> = short.split('/').collect();
    let is_control = segments.get(1) == Some(&"_simulator");
    let is_public = segments.get(2).is_some_and(|name| PUBLIC.contains(name));
    let kept = if is_control || is_public { 4 } else { 3 };
    let masked = segments.iter().enumerate().map(|(index, segment)| {
        let is_private = index >= kept && !["push-tokens", "timeline"].contains(segment);
        // `@` and `+` are parts of an address or a number; `%` may encode them.
        match is_private || segment.contains(['@', '%', '+']) {
            true => "***",
            false => segment,
        }
    });
    masked.collect::<Vec<_>>().join("/")
}

/// The last line: the server has stopped.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServeReport {
    #[serde(rename = "type")]
    kind: &'static str,
    /// How many requests the server received.
    requests: u64,
    /// How many connections were closed before their request was finished.
    cut: usize,
}

impl Report for ServeReport {
    const SCHEMA: &'static str = SCHEMA;
    const FORMATS: Formats = Formats {
        rows: false,
        ids: true,
    };

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        use crate::output::{document_schema, lines_schema};

        let lines = vec![
            document_schema::<Ready>(SCHEMA, Ready::TYPE),
            document_schema::<LogEntry>(SCHEMA, LogEntry::TYPE),
            document_schema::<Dropped>(SCHEMA, Dropped::TYPE),
            document_schema::<Self>(SCHEMA, Some("end")),
        ];
        vec![(
            SCHEMA,
            lines_schema(SCHEMA, "A line of simulator serve.", lines),
        )]
    }

    fn has_outcome(&self) -> bool {
        true
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        let requests = text::count_noun(self.requests, "request");
        match self.cut {
            0 => out.line(format_args!("Stopped after {requests}.")),
            cut => out.line(format_args!(
                "Stopped after {requests}; aborted {} in flight.",
                text::count_noun(cut, "request")
            )),
        }
    }
}
