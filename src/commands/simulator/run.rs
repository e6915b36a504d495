//! `simulator run`: serves the simulator's API while a program runs, and passes the URL and a key to the program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::future::ready;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;

use clap::Args;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use unicode_width::UnicodeWidthStr;

use super::control;
use super::serve::{LOG_BATCH, bind_error};
use crate::api::ApiKey;
use crate::api::control::{ClockState, MessageQuery, MessageRow, MessagesResponse, Statistics};
use crate::client::{Client, Transport};
use crate::commands::command::{Command, Context, Setup};
use crate::commands::setup::simulator_location;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::{Host, Program, RunningChild};
use crate::model::{Timestamp, help_topic};
use crate::output::{DIM, Formats, Report, TextWriter, stats, style_of};
use crate::redact::Pii;
use crate::simulator::{ListenOptions, ServedRequest, Server, Simulator, preload};
use crate::sqlite::{DbLocation, OpenError};
use crate::text::{self, shorten};

/// The maximum number of failed and suppressed messages that the summary lists.
const MAX_FAILURES: u32 = 20;

/// Run a program with the simulator in place of the service
///
/// The simulator listens on a free port of this machine until the program ends. The program gets the address in
/// SENDIVENT_API_URL and a key in SENDIVENT_API_KEY. The official Node SDK has no option for the address: NODE_OPTIONS
/// redirects its `fetch` requests to the simulator.
///
/// The simulator uses a temporary file. To keep the data, name a file with --simulator-db or SENDIVENT_SIMULATOR_DB.
///
/// The exit code is the program's, 127 if the program is not found, or 126 if it cannot be started. The program uses
/// this terminal's stdin, stdout and stderr. At the end, a summary of the messages is printed on stderr: as text, or as
/// a JSON document with --json. -q omits the summary.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent simulator run -- npm test\n  sendivent simulator run --run build-42 --simulator-db sends.db -- pytest"
)]
pub struct Run {
    /// Use a separate namespace of the simulator's file, with the key `test_run_NAME`
    #[arg(long, value_name = "NAME")]
    run: Option<String>,

    /// Use a temporary file even if SENDIVENT_SIMULATOR_DB is set
    #[arg(long, conflicts_with = "simulator_db")]
    fresh: bool,

    /// Also accept keys that begin with `live_`; nothing is sent for real
    #[arg(long)]
    accept_live_keys: bool,

    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_names = ["CMD", "ARG"], num_args = 1..)]
    command: Vec<OsString>,
}

/// The program to run, and the options of the simulator.
pub struct Input {
    /// The key that is passed to the program. It selects the namespace.
    key: ApiKey,
    fresh: bool,
    accept_live_keys: bool,
    program: OsString,
    arguments: Vec<OsString>,
}

impl Command for Run {
    const NAME: &'static str = "simulator run";
    const IS_SIMULATOR: bool = true;
    type Input = Input;
    type Report = RunReport;

    fn validate(self, _setup: &Setup<'_>) -> Result<Input, Error> {
        let Self {
            run,
            fresh,
            accept_live_keys,
            command,
        } = self;
        let key = ApiKey::for_simulator(run.as_deref()).map_err(|_| {
            Error::usage(
                format!("--run: `{}` cannot be a name", run.unwrap_or_default()),
                "Use letters, digits, `.`, `-` and `_`.",
            )
        })?;
        let mut command = command.into_iter();
        let Some(program) = command.next().filter(|name| !name.is_empty()) else {
            return Err(Error::usage(
                "CMD: the name of the program is empty",
                "Write it after `--`: sendivent simulator run -- npm test.",
            ));
        };
        Ok(Input {
            key,
            fresh,
            accept_live_keys,
            program,
            arguments: command.collect(),
        })
    }

    async fn run(input: Input, context: Context<'_>) -> Result<RunReport, Error> {
        let Input {
            key,
            fresh,
            accept_live_keys,
            program,
            arguments,
        } = input;
        let (session, host) = (context.session, context.host);
        // Declared first, so that it is dropped last: every file in it is closed by then.
        let directory = host.temporary_directory();
        let directory = directory.map_err(|(path, source)| unusable(path, source))?;
        let location = match session.has_explicit_simulator_db && !fresh {
            true => simulator_location(session)?.clone(),
            false => DbLocation::File(directory.path().join("simulator.db")),
        };
        let (clock, entropy) = (host.clock.clone(), host.entropy.clone());
        let simulator = Simulator::open_to_serve(&location, clock, entropy)?;
        let server = bind(simulator.clone(), accept_live_keys).await?;
        let address = format!("http://{}", server.address());
        let module = directory.path().join("preload.cjs");
        write_private(&module, &preload(&address))
            .map_err(|source| unusable(module.clone(), source))?;
        let transport = Transport::Simulator(simulator);
        let client = Client::new(transport, key.clone(), host, context.observer, None);
        let clock: ClockState = control::get(&client, &["clock"], &()).await?;
        let program = Program {
            variables: variables(&address, &key, &location, &module, host),
            name: program,
            arguments,
        };
        let is_running = host.run_until_interrupted(ready(())).await;
        is_running.map_err(Error::Interrupted)?;
        let (sender, receiver) = unbounded_channel();
        let mut serving = server.start(Some(sender), host.clock.clone());
        let end = match host.spawn(&program) {
            Ok(child) => wait_for(child, receiver).await,
            Err(error) => Err(error.into()),
        };
        // While the program ran, signals were forwarded to it. From now on, a signal aborts requests in flight.
        while host.run_until_interrupted(ready(())).await.is_err() {}
        let summary = summarize(&client, clock.virtual_time).await;
        // Also after an error, because the file must be closed before its directory is deleted.
        let stopped = host.run_until_interrupted(serving.stop()).await;
        let stopped = stopped.unwrap_or_else(|_| serving.summary());
        let (code, refused) = end?;
        let (statistics, failures) = summary?;
        let messages = failures.messages.into_iter();
        let by_status = refused.by_status.into_iter();
        Ok(RunReport {
            exit_code: code,
            requests: stopped.requests,
            refused: by_status
                .map(|(status, count)| RefusedCount { status, count })
                .collect(),
            refused_live_keys: refused.live_keys,
            statistics,
            failures: messages
                .map(|row| context.redactor.message_row(row))
                .collect(),
            more_failures: failures.more,
        })
    }
}

/// Binds a server to a free port of 127.0.0.1.
async fn bind(simulator: Simulator, accept_live_keys: bool) -> Result<Server, Error> {
    let options = ListenOptions {
        host: "127.0.0.1".to_owned(),
        port: 0,
        allow_remote: false,
        accept_live_keys,
    };
    Server::bind(simulator, &options).await.map_err(bind_error)
}

/// Waits until the program exits. Returns its exit code, and how many of its requests got an error response.
async fn wait_for(
    mut child: RunningChild,
    mut log: UnboundedReceiver<ServedRequest>,
) -> Result<(u8, RejectedRequests), Error> {
    let mut refused = RejectedRequests::default();
    let mut requests = Vec::new();
    let mut end = pin!(child.wait());
    let code = loop {
        tokio::select! {
            code = &mut end => break code?,
            _ = log.recv_many(&mut requests, LOG_BATCH) => refused.count(requests.drain(..)),
        }
    };
    refused.count(std::iter::from_fn(|| log.try_recv().ok()));
    Ok((code, refused))
}

/// How many requests got an error response (400 or above).
#[derive(Default)]
struct RejectedRequests {
    by_status: BTreeMap<u16, u64>,
    /// How many requests were rejected because their key begins with `live_`.
    live_keys: u64,
}

impl RejectedRequests {
    fn count(&mut self, requests: impl Iterator<Item = ServedRequest>) {
        for request in requests {
            self.live_keys += u64::from(request.is_rejected_live_key);
            if let Some(status) = request.status.filter(|status| *status >= 400) {
                *self.by_status.entry(status).or_default() += 1;
            }
        }
    }
}

/// Returns statistics of all messages queued since `since`, and the newest messages that fail or are suppressed. Both
/// use each message's final status, because the program often ends before its last messages reach it.
async fn summarize(
    client: &Client<'_>,
    since: Timestamp,
) -> Result<(Statistics, MessagesResponse), Error> {
    let all = MessageQuery {
        since: Some(since.as_millisecond()),
        at_end: Some(true),
        ..MessageQuery::default()
    };
    let failed = MessageQuery {
        status: Some("failed,suppressed".to_owned()),
        limit: Some(MAX_FAILURES),
        ..all.clone()
    };
    Ok((
        control::get(client, &["statistics"], &all).await?,
        control::get(client, &["messages"], &failed).await?,
    ))
}

/// Returns the environment variables to set for the program (`Some`) or to remove (`None`).
fn variables(
    address: &str,
    key: &ApiKey,
    location: &DbLocation,
    module: &Path,
    host: &Host,
) -> Vec<(&'static str, Option<OsString>)> {
    // With these, a `sendivent` that the program starts would not use this simulator.
    const REMOVED: [&str; 3] = [
        "SENDIVENT_SIMULATE",
        "SENDIVENT_API_KEY_FILE",
        "SENDIVENT_PROFILE",
    ];
    let file = match location {
        DbLocation::File(path) => Some(path.clone().into_os_string()),
        DbLocation::Memory => None,
    };
    let options = host.variable("NODE_OPTIONS").unwrap_or_default();
    let quoted = module.display().to_string();
    let quoted = quoted.replace('\\', "\\\\").replace('"', "\\\"");
    let options = format!("{options} --require \"{quoted}\"");
    let mut variables = vec![
        ("SENDIVENT_API_URL", Some(address.into())),
        ("SENDIVENT_API_KEY", Some(key.expose().into())),
        ("SENDIVENT_SIMULATOR_DB", file),
        ("NODE_OPTIONS", Some(options.trim_start().into())),
    ];
    variables.extend(REMOVED.map(|name| (name, None)));
    variables.extend(proxy_exceptions(host));
    variables
}

/// Returns `no_proxy` and `NO_PROXY` with 127.0.0.1 added, because a proxy cannot reach the simulator. Returns an empty
/// list if no proxy is set.
fn proxy_exceptions(host: &Host) -> Vec<(&'static str, Option<OsString>)> {
    const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];
    if PROXIES.iter().all(|name| host.variable(name).is_none()) {
        return Vec::new();
    }
    let existing = EXCEPTIONS.iter().find_map(|name| host.variable(name));
    let list = match existing {
        Some(list) => format!("{list},127.0.0.1"),
        None => "127.0.0.1".to_owned(),
    };
    EXCEPTIONS
        .map(|name| (name, Some(OsString::from(&list))))
        .into()
}

/// Creates a file that only its owner can read, and writes the text to it.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

fn unusable(path: PathBuf, source: io::Error) -> Error {
    Error::Store(OpenError::new("temporary folder", &path, source))
}

/// The result of `simulator run`: the program's exit code, its requests and its messages.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunReport {
    /// The program's exit code, or 128 plus the signal number if a signal ended the program.
    exit_code: u8,
    requests: u64,
    /// Requests with an error response (400 or above), counted by status code.
    refused: Vec<RefusedCount>,
    /// How many requests were rejected because their key begins with `live_`. These are also counted in `refused`.
    refused_live_keys: u64,
    /// The statistics of the messages, by final status.
    #[serde(flatten)]
    statistics: Statistics,
    /// The newest messages that fail or are suppressed, with their final status. At most 20.
    failures: Vec<Pii<MessageRow>>,
    /// Whether `failures` omits some messages, because more than 20 failed or were suppressed.
    more_failures: bool,
}

/// One error status code, and how many requests got it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RefusedCount {
    status: u16,
    count: u64,
}

impl RunReport {
    fn write_failures(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let cells = |row: &Pii<MessageRow>| {
            [
                style.sanitize(row.message.channel.as_str()),
                style.sanitize(&row.recipient),
                style.sanitize(&row.event),
            ]
        };
        let rows: Vec<[String; 3]> = self.failures.iter().map(cells).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].width()).max();
        let widths = [0, 1, 2].map(|column| width(column).unwrap_or(0));
        for (row, cells) in self.failures.iter().zip(&rows) {
            let mut rest = String::new();
            for (cell, width) in cells.iter().zip(widths) {
                rest.push_str(&format!("  {cell}{}", " ".repeat(width - cell.width())));
            }
            let error = row.message.error.as_ref();
            let code = error.map_or("", |error| &error.code);
            match help_topic(code) {
                Some(topic) => rest.push_str(&format!("  {code}: {}", topic.meaning)),
                None => rest.push_str(&format!("  {}", style.sanitize(code))),
            }
            let status = format!("{:<10}", style.sanitize(row.message.status.as_str()));
            let room = style.width.unwrap_or(usize::MAX);
            let rest = shorten(&rest, room.saturating_sub(status.width()));
            let status = style.paint(&status, style_of(&row.message.status));
            out.line(format_args!("{status}{rest}"));
        }
        if self.more_failures {
            out.line("and more that failed or were suppressed");
        }
    }

    fn write_refused(&self, out: &mut TextWriter<'_>) {
        if self.refused.is_empty() {
            return;
        }
        let total: u64 = self.refused.iter().map(|refused| refused.count).sum();
        let statuses = self.refused.iter().map(|refused| match refused.count {
            1 => refused.status.to_string(),
            count => format!("{} ({})", refused.status, text::group_thousands(count)),
        });
        out.line(format_args!(
            "{} of {} refused: {}",
            text::group_thousands(total),
            text::count_noun(self.requests, "request"),
            text::join_and(&statuses.collect::<Vec<_>>())
        ));
        if self.refused_live_keys > 0 {
            out.line(
                "hint: The program used a key that begins with `live_`; `--accept-live-keys` accepts those, too.",
            );
        }
    }
}

impl Report for RunReport {
    const SCHEMA: &'static str = "sendivent.run/1";
    const FORMATS: Formats = Formats {
        rows: false,
        ids: true,
    };
    const ON_STDERR: bool = true;

    fn exit(&self) -> Exit {
        Exit::Program(self.exit_code)
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let messages: u64 = self.statistics.counts.iter().map(|one| one.count).sum();
        let summary = match (self.requests, messages) {
            (0, _) => "SIMULATED: no requests.".to_owned(),
            (_, 0) => "SIMULATED: nothing was sent.".to_owned(),
            (_, sent) => format!(
                "SIMULATED: {}, nobody received anything. Final statuses:",
                text::count_noun(sent, "message")
            ),
        };
        out.line(style.paint(&summary, DIM));
        if messages > 0 {
            out.push(&stats::counts(&self.statistics, style));
        }
        self.write_failures(out);
        self.write_refused(out);
    }
}
