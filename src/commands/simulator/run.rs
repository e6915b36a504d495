//! `simulator run`: serves the API on a free port as long as a program runs, which is pointed at it.

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

/// How many messages that ended badly are listed.
const MAX_FAILURES: u32 = 20;

/// Run a program with the simulator in place of the service
///
/// The simulator listens on a free port of this machine until the program ends. The program gets the address in
/// SENDIVENT_API_URL and a key in SENDIVENT_API_KEY. The official Node SDK has no option for the address:
/// NODE_OPTIONS redirects its `fetch` requests to the simulator.
///
/// The simulator's file is a new one, deleted at the end, unless --simulator-db or SENDIVENT_SIMULATOR_DB names one to
/// keep.
///
/// Exit code: the program's; 127 if it is not found, 126 if it cannot be started. The program uses this terminal's
/// streams. A summary of what was sent follows on stderr, with --json as one document; -q leaves it out.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent simulator run -- npm test\n  sendivent simulator run --run build-42 --simulator-db sends.db -- pytest"
)]
pub struct Run {
    /// Give the program its own namespace in the file, with the key `test_run_NAME`
    #[arg(long, value_name = "NAME")]
    run: Option<String>,

    /// Use a new file, ignoring SENDIVENT_SIMULATOR_DB, and delete it at the end
    #[arg(long, conflicts_with = "simulator_db")]
    fresh: bool,

    /// Accept keys that begin with `live_`; nothing is sent for real
    #[arg(long)]
    accept_live_keys: bool,

    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_names = ["CMD", "ARG"], num_args = 1..)]
    command: Vec<OsString>,
}

/// The program, and how the simulator serves it.
pub struct Input {
    /// Selects the namespace.
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
        // Signals until now were the program's. From now on one cuts requests in flight.
        while host.run_until_interrupted(ready(())).await.is_err() {}
        let summary = summarize(&client, clock.virtual_time).await;
        // Even after an error: the file must be closed before its directory is deleted.
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

/// Binds a free port of this machine.
async fn bind(simulator: Simulator, accept_live_keys: bool) -> Result<Server, Error> {
    let options = ListenOptions {
        host: "127.0.0.1".to_owned(),
        port: 0,
        allow_remote: false,
        accept_live_keys,
    };
    Server::bind(simulator, &options).await.map_err(bind_error)
}

/// Waits for the program's end, and counts rejected requests meanwhile.
async fn wait_for(
    mut child: RunningChild,
    mut log: UnboundedReceiver<ServedRequest>,
) -> Result<(u8, Refused), Error> {
    let mut refused = Refused::default();
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

/// Rejected requests.
#[derive(Default)]
struct Refused {
    by_status: BTreeMap<u16, u64>,
    /// Those with a `live_` key.
    live_keys: u64,
}

impl Refused {
    fn count(&mut self, requests: impl Iterator<Item = ServedRequest>) {
        for request in requests {
            self.live_keys += u64::from(request.is_rejected_live_key);
            if let Some(status) = request.status.filter(|status| *status >= 400) {
                *self.by_status.entry(status).or_default() += 1;
            }
        }
    }
}

/// Returns the final status of everything that was queued since a time, and what of it ends badly: a program often ends before
/// its last messages do.
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

/// Returns the changes to the program's environment.
fn variables(
    address: &str,
    key: &ApiKey,
    location: &DbLocation,
    module: &Path,
    host: &Host,
) -> Vec<(&'static str, Option<OsString>)> {
    // These would point a `sendivent` in the program elsewhere.
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

/// Returns the variables that exempt this machine from a proxy, which could not reach it.
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

/// Writes a new file that only its owner can read.
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

/// What the program sent, and what became or will become of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunReport {
    /// The program's exit code.
    exit_code: u8,
    requests: u64,
    /// Rejected requests by status.
    refused: Vec<RefusedCount>,
    /// Rejected requests with a `live_` key.
    refused_live_keys: u64,
    /// Messages by final status.
    #[serde(flatten)]
    statistics: Statistics,
    /// Messages that fail or are suppressed, newest first, with their final status.
    failures: Vec<Pii<MessageRow>>,
    /// Whether there are more of these.
    more_failures: bool,
}

/// Rejected requests with one status.
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
