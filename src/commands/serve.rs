//! `simulator serve`: the port, until a signal comes.

use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use super::{Context, connect};
use crate::error::Error;
use crate::intent::Serve;
use crate::report::{Report, Sink, Update};
use crate::simulator::{
    BindError, RegisterError, RegisteredEndpoint, Server, ServerInfo, Simulator, WebhookRules,
};
use crate::sqlite::DbLocation;

/// How long a server waits for a signal.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// How many requests are told at once.
const AT_ONCE: usize = 512;

/// Answers until the run is interrupted; a second signal ends it without waiting for what is in flight.
pub async fn run(serve: Serve, context: Context<'_>, sink: &mut dyn Sink) -> Result<Report, Error> {
    let Context { session, host, .. } = context;
    let Serve {
        listening,
        webhook,
        webhook_hosts,
    } = serve;
    let place = connect::simulator_location(session)?;
    let simulator = Simulator::open_to_serve(place, host.clock.clone(), host.entropy.clone())?;
    let simulator = simulator.with_webhook_rules(WebhookRules {
        allowed_hosts: webhook_hosts,
        ..WebhookRules::default()
    });
    let webhook = match webhook {
        Some(url) => Some(register(&simulator, &url).await?),
        None => None,
    };
    let server = Server::bind(simulator, &listening).await.map_err(refused)?;
    sink.take(Update::Ready(ServerInfo {
        address: server.address(),
        file: match place {
            DbLocation::File(path) => path.display().to_string(),
            DbLocation::Memory => ":memory:".to_owned(),
        },
        webhook,
    }));
    let (log, mut told) = unbounded_channel();
    let wanted = sink.wants_requests();
    if wanted {
        host.make_stderr_non_blocking();
    }
    let mut serving = server.start(wanted.then_some(log), host.clock.clone());
    let mut requests = Vec::new();
    let tell = async {
        while told.recv_many(&mut requests, AT_ONCE).await > 0 {
            sink.take(Update::Requests(std::mem::take(&mut requests)));
        }
        std::future::pending().await
    };
    let mut tell = std::pin::pin!(tell);
    tokio::select! {
        _ = host.wait(FOR_EVER) => {}
        () = &mut tell => {}
    }
    let drained = tokio::select! {
        drained = host.run_until_interrupted(serving.stop()) => drained,
        () = &mut tell => Ok(serving.summary()),
    };
    let stopped = drained.unwrap_or_else(|_| serving.summary());
    Ok(Report::Stopped(stopped))
}

/// Registers the webhook endpoint, unless it is registered with the same URL already.
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

pub(super) fn refused(error: BindError) -> Error {
    let (flag, hint) = match &error {
        BindError::Remote(_) => (
            "--host",
            "Add --allow-remote to let every machine that reaches the port read and change the simulator.",
        ),
        BindError::UnknownHost(_) => ("--host", "Use an address such as 127.0.0.1."),
        BindError::InUse(_) => (
            "--port",
            "Choose another port, or 0 for a free one, which the first line of stdout names.",
        ),
        BindError::PermissionDenied(_) => ("--port", "Choose a port from 1024 on."),
        BindError::Other { .. } => ("--host", "Use an address of this machine."),
    };
    Error::usage(format!("{flag}: {error}"), hint)
}
