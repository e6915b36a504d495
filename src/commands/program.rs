//! `simulator run`: the port as long as a program runs, which is told where it is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::future::ready;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Context, connect, serve};
use crate::api::ApiKey;
use crate::api::control::{ClockState, MessageQuery, MessagesResponse, Statistics};
use crate::client::{Client, RequestError, Transport};
use crate::error::Error;
use crate::host::{Host, Program, RunningChild};
use crate::intent::Run;
use crate::report::{Ran, Report};
use crate::simulator::{ListenOptions, ServedRequest, Server, Simulator, preload};
use crate::sqlite::{DbLocation, OpenError};

/// How many requests are counted at once.
const AT_ONCE: usize = 512;
/// How many failed messages are reported.
const MAX_FAILURES: u32 = 20;

/// Runs a program beside the simulator.
pub async fn run(order: Run, context: Context<'_>) -> Result<Report, Error> {
    let Context { session, host, .. } = context;
    let Run {
        key,
        fresh,
        accept_live_keys,
        program,
        arguments,
    } = order;
    // The first to come is the last to go: everything in it is closed by then.
    let folder = host.temporary_directory();
    let folder = folder.map_err(|(path, source)| unusable(path, source))?;
    let place = match session.has_explicit_simulator_db && !fresh {
        true => connect::simulator_location(session)?.clone(),
        false => DbLocation::File(folder.path().join("simulator.db")),
    };
    let simulator = Simulator::open_to_serve(&place, host.clock.clone(), host.entropy.clone())?;
    let server = Server::bind(simulator.clone(), &anywhere(accept_live_keys)).await;
    let server = server.map_err(serve::refused)?;
    let address = format!("http://{}", server.address());
    let module = folder.path().join("preload.cjs");
    write(&module, &preload(&address)).map_err(|source| unusable(module.clone(), source))?;
    // These requests are not the program's, so that `-v` does not show them.
    let transport = Transport::Simulator(simulator);
    let client = Client::new(transport, key.clone(), host, &(), None);
    let failed = |error| Error::of_request("the simulator", error);
    let clock = client.control_get::<ClockState>(&["clock"], &()).await;
    let since = clock.map_err(failed)?.body.now;
    let program = Program {
        variables: variables(&address, &key, &place, &module, host),
        name: program,
        arguments,
    };
    host.run_until_interrupted(ready(()))
        .await
        .map_err(Error::Interrupted)?;
    let (log, told) = unbounded_channel();
    let mut serving = server.start(Some(log), host.clock.clone());
    let end = match host.spawn(&program) {
        Ok(started) => to_its_end(started, told).await,
        Err(error) => Err(error.into()),
    };
    // What came until now was the program's. From now on a signal cuts what is still in flight.
    while host.run_until_interrupted(ready(())).await.is_err() {}
    let sent = sent_since(&client, since).await;
    // Whatever went wrong: nobody has the file open any more when its folder goes.
    let stopped = host.run_until_interrupted(serving.stop()).await;
    let stopped = stopped.unwrap_or_else(|_| serving.summary());
    let (code, refused) = end?;
    let (statistics, bad) = sent.map_err(failed)?;
    Ok(Report::Ran(Ran {
        code,
        requests: stopped.requests,
        refused: refused.by_status.into_iter().collect(),
        refused_live_keys: refused.live_keys,
        statistics,
        failures: bad.messages,
        more_failures: bad.more,
    }))
}

/// Returns any free port of this machine.
fn anywhere(accept_live_keys: bool) -> ListenOptions {
    ListenOptions {
        host: "127.0.0.1".to_owned(),
        port: 0,
        allow_remote: false,
        accept_live_keys,
    }
}

/// Counts what is refused until a program ends, and returns its code.
async fn to_its_end(
    mut started: RunningChild,
    mut told: UnboundedReceiver<ServedRequest>,
) -> Result<(u8, Refusals), Error> {
    let mut refusals = Refusals::default();
    let mut requests = Vec::new();
    let mut end = pin!(started.wait());
    let code = loop {
        tokio::select! {
            code = &mut end => break code?,
            _ = told.recv_many(&mut requests, AT_ONCE) => refusals.count(requests.drain(..)),
        }
    };
    refusals.count(std::iter::from_fn(|| told.try_recv().ok()));
    Ok((code, refusals))
}

/// How many requests were refused.
#[derive(Default)]
struct Refusals {
    by_status: BTreeMap<u16, u64>,
    /// Those that had a key of production.
    live_keys: u64,
}

impl Refusals {
    fn count(&mut self, requests: impl Iterator<Item = ServedRequest>) {
        for request in requests {
            self.live_keys += u64::from(request.is_rejected_live_key);
            if let Some(status) = request.status.filter(|status| *status >= 400) {
                *self.by_status.entry(status).or_default() += 1;
            }
        }
    }
}

/// Returns the statistics of what was queued since a time, and what of it ends badly. Both count messages by their final
/// status, because a program ends before its last messages do.
async fn sent_since(
    client: &Client<'_>,
    since: i64,
) -> Result<(Statistics, MessagesResponse), RequestError> {
    let all = MessageQuery {
        since: Some(since),
        at_end: Some(true),
        ..MessageQuery::default()
    };
    let bad = MessageQuery {
        status: Some("failed,suppressed".to_owned()),
        limit: Some(MAX_FAILURES),
        ..all.clone()
    };
    let statistics = client.control_get(&["statistics"], &all).await?.body;
    Ok((
        statistics,
        client.control_get(&["messages"], &bad).await?.body,
    ))
}

/// Returns what is different in the program's environment.
fn variables(
    address: &str,
    key: &ApiKey,
    place: &DbLocation,
    module: &Path,
    host: &Host,
) -> Vec<(&'static str, Option<OsString>)> {
    // What would lead a `sendivent` inside elsewhere.
    const ELSEWHERE: [&str; 3] = [
        "SENDIVENT_SIMULATE",
        "SENDIVENT_API_KEY_FILE",
        "SENDIVENT_PROFILE",
    ];
    let file = match place {
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
    variables.extend(ELSEWHERE.map(|name| (name, None)));
    variables.extend(around_proxies(host));
    variables
}

/// Returns what keeps a proxy, which cannot reach this machine, out of the way to it.
fn around_proxies(host: &Host) -> Vec<(&'static str, Option<OsString>)> {
    const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];
    if PROXIES.iter().all(|name| host.variable(name).is_none()) {
        return Vec::new();
    }
    let before = EXCEPTIONS.iter().find_map(|name| host.variable(name));
    let list = match before {
        Some(list) => format!("{list},127.0.0.1"),
        None => "127.0.0.1".to_owned(),
    };
    EXCEPTIONS
        .map(|name| (name, Some(OsString::from(&list))))
        .into()
}

/// Writes a file for its owner only.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

fn unusable(path: PathBuf, source: io::Error) -> Error {
    Error::Store(OpenError::Io {
        name: "temporary folder",
        path,
        source,
    })
}
